"""The truth of a slide: every nucleus, regions as GeoJSON, and the numbers that a measurement is compared with."""

import gzip
from pathlib import Path

import numpy as np
from skimage.measure import approximate_polygon, find_contours, points_in_poly

from .place import Nuclei
from .plan import STEP, Plan
from .stamps import KINDS

TUMOUR_KINDS = tuple(KINDS.index(kind) for kind in ("tumour", "vesicular"))
OUTLINE_TOLERANCE = 4.0  # px
SMALLEST_REGION = 30_000  # px²
COLOURS = {"tissue": (90, 90, 90), "tumour": (200, 0, 0), "hot spot": (255, 160, 0), "core": (0, 120, 200),
           "fold": (120, 80, 160)}


def outlines(level: np.ndarray) -> list[np.ndarray]:
    """Where a field of the grid is zero: closed rings (n, 2) of x, y in px, outer ones and holes alike."""
    padded = np.pad(level, 1, constant_values=-1)
    rings = []
    for contour in find_contours(padded, 0.0):
        ring = approximate_polygon((contour[:, ::-1] - 1) * STEP, OUTLINE_TOLERANCE)
        if len(ring) > 3 and abs(area_of(ring)) >= SMALLEST_REGION:
            rings.append(np.round(ring, 1))
    return rings


def area_of(ring: np.ndarray) -> float:
    """Signed area of a closed ring (n, 2)."""
    x, y = ring.T
    return float(0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def polygons(level: np.ndarray) -> list[list[np.ndarray]]:
    """The parts of a field that are above zero, each as an outer ring and its holes. find_contours turns them apart."""
    rings = outlines(level)
    outer = [[ring] for ring in rings if area_of(ring) > 0]
    for hole in (ring for ring in rings if area_of(ring) < 0):
        around = [part for part in outer if points_in_poly(hole[:1], part[0])[0]]
        if around:
            min(around, key=lambda part: abs(area_of(part[0]))).append(hole)
    return outer


def inside(parts: list[list[np.ndarray]], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether points lie in any of the polygons."""
    result = np.zeros(len(x), bool)
    for rings in parts:
        low, high = rings[0].min(0), rings[0].max(0)
        near = np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
        points = np.column_stack([x[near], y[near]])
        within = points_in_poly(points, rings[0]) if len(near) else np.zeros(0, bool)
        for hole in rings[1:]:
            within &= ~points_in_poly(points, hole)
        result[near[within]] = True
    return result


def count(nuclei: Nuclei, positive: np.ndarray, chosen: np.ndarray) -> dict:
    """Counts and index of the chosen nuclei, of all and of the tumour's own."""
    own = chosen & np.isin(nuclei.kind, TUMOUR_KINDS)
    return {**_index(positive[chosen]), "tumour_cells": _index(positive[own])}


def _index(positive: np.ndarray) -> dict:
    total, number = len(positive), int(positive.sum())
    return {"total": total, "positive": number, "percent_positive": round(100 * number / max(1, total), 2)}


def describe(plan: Plan, nuclei: Nuclei, positive: np.ndarray, about: dict) -> tuple[dict, dict]:
    """The numbers, and the regions as a GeoJSON FeatureCollection as QuPath reads it."""
    x, y = nuclei.x + 0.5, nuclei.y + 0.5
    tumour, tissue = polygons(plan.tumour), polygons(plan.tissue)
    features = [_feature("tissue", f"Tissue {n}", rings) for n, rings in enumerate(tissue, 1)]
    features += [_feature("tumour", f"Nest {n}", rings) for n, rings in enumerate(tumour, 1)]
    truth = {
        **about, "slide": count(nuclei, positive, np.ones(len(x), bool)),
        "tumour": {**count(nuclei, positive, inside(tumour, x, y)), "regions": len(tumour)},
        "tissue_px2": round(sum(abs(area_of(rings[0])) - sum(abs(area_of(hole)) for hole in rings[1:])
                                for rings in tissue)),
        "hot_spot": None, "cores": [],
    }
    if plan.hot_spot:
        spot = plan.hot_spot
        within = np.hypot(x - spot.x, y - spot.y) < spot.radius
        truth["hot_spot"] = {"x": spot.x, "y": spot.y, "radius": round(spot.radius, 1),
                             **count(nuclei, positive, within)}
        features.append(_feature("hot spot", "Hot spot", [_circle(spot.x, spot.y, spot.radius)]))
    for core in plan.cores:
        place = {"row": core.row, "column": core.column, "x": round(core.x, 1), "y": round(core.y, 1),
                 "radius": round(core.radius, 1), "is_missing": core.is_missing}
        within = np.hypot(x - core.x, y - core.y) < 1.25 * core.radius
        truth["cores"].append({**place, **count(nuclei, positive, within)})
        if not core.is_missing:
            ring = _circle(core.x, core.y, 1.2 * core.radius)
            features.append(_feature("core", f"Core {chr(65 + core.row)}{core.column + 1}", [ring]))
    return truth, {"type": "FeatureCollection", "features": features}


def _circle(x: float, y: float, radius: float) -> np.ndarray:
    angle = np.append(np.arange(96) * 2 * np.pi / 96, 0)
    return np.round(np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)]), 1)


def _feature(name: str, title: str, rings: list[np.ndarray]) -> dict:
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring.tolist() for ring in rings]},
        "properties": {"objectType": "annotation", "name": title,
                       "classification": {"name": name, "color": list(COLOURS[name])}},
    }


def write_nuclei(path: Path, nuclei: Nuclei, positive: np.ndarray, mean_dab: np.ndarray) -> None:
    """A line for every nucleus: its place in px from the centre of pixel (0, 0), kind, class and mean DAB."""
    with gzip.open(path, "wt", compresslevel=4) as file:
        file.write("x,y,kind,is_positive,mean_dab\n")
        file.writelines(f"{x},{y},{KINDS[kind]},{int(is_positive)},{dab:.3f}\n" for x, y, kind, is_positive, dab
                        in zip(nuclei.x.tolist(), nuclei.y.tolist(), nuclei.kind.tolist(), positive.tolist(),
                               mean_dab.tolist()))
