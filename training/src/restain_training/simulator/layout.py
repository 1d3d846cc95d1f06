"""Where things are in a field: tissue, glands, glass, nuclei."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .noise import smooth_field, texture
from .nucleus import Nucleus
from .spec import SceneSpec

CELL = 16  # px, bucket of the neighbour search


@dataclass
class Regions:
    """Boolean or float maps (H, W) of a scene, and the direction of its fibres."""

    tissue: np.ndarray
    tumour: np.ndarray
    aggregate: np.ndarray
    lumen: np.ndarray
    necrosis: np.ndarray
    fibre_angle: float
    lumen_shapes: list


def draw_regions(rng: np.random.Generator, height: int, width: int, spec: SceneSpec) -> Regions:
    """Split the field into tumour, stroma, lymphocyte aggregates, lumens and glass."""
    tissue = np.ones((height, width), bool)
    if spec.glass_share > 0:
        field = smooth_field(rng, height, width, 330) + 0.12 * smooth_field(rng, height, width, 25)
        tissue = field > np.quantile(field, spec.glass_share)
    field = smooth_field(rng, height, width, spec.nest_size or rng.uniform(110, 380))
    field += 0.15 * smooth_field(rng, height, width, 30)
    tumour = field > np.quantile(field, 1 - spec.tumour_share)
    field = smooth_field(rng, height, width, 150) + 0.2 * smooth_field(rng, height, width, 30)
    aggregate = field > np.quantile(field, 1 - 0.55 * spec.lymphocyte_share)
    necrosis = np.zeros_like(tissue)
    if spec.necrosis > 0:
        field = smooth_field(rng, height, width, 200)
        necrosis = field > np.quantile(field, 1 - 0.5 * spec.necrosis)

    lumen = np.zeros_like(tissue)
    shapes = []
    area = height * width / 512**2
    count = round(spec.lumens * area) if area > 1.2 else spec.lumens
    fat_count = int(rng.integers(4, 10) * max(1, area)) if spec.fat else 0
    for index in range(count + fat_count):
        is_fat = index >= count
        radius = rng.uniform(45, 110) if is_fat else rng.uniform(12, 80)
        cy, cx = rng.uniform(0, height), rng.uniform(0, width)
        squash = rng.uniform(0.8, 1.2) if is_fat else rng.uniform(0.45, 1.0)
        angle = rng.uniform(0, np.pi)
        y0, y1 = int(max(0, cy - 1.5 * radius)), int(min(height, cy + 1.5 * radius))
        x0, x1 = int(max(0, cx - 1.5 * radius)), int(min(width, cx + 1.5 * radius))
        if y1 <= y0 or x1 <= x0:
            continue
        dy = (np.arange(y0, y1) - cy)[:, None]
        dx = (np.arange(x0, x1) - cx)[None]
        u = dx * np.cos(angle) + dy * np.sin(angle)
        v = (dy * np.cos(angle) - dx * np.sin(angle)) / squash
        wobble = 0.06 if is_fat else 0.18
        theta = np.arctan2(v, u)
        edge = radius * (1 + wobble * (np.sin(2 * theta + cx) + 0.7 * np.sin(3 * theta + cy)))
        hole = np.hypot(u, v) < edge
        lumen[y0:y1, x0:x1] |= hole
        if is_fat:
            ring = (np.hypot(u, v) < edge + 3) & ~hole
            lumen[y0:y1, x0:x1] &= ~ring
        shapes.append((cy, cx, radius, squash, angle, is_fat))
    if spec.cleft > 0:
        gap = ndimage.distance_transform_edt(~tumour) <= spec.cleft * (1 + 0.5 * texture(rng, "coarse", height, width))
        lumen |= gap & ~tumour & (smooth_field(rng, height, width, 90) > rng.uniform(-0.8, 0.8))
    return Regions(tissue, tumour, aggregate, lumen, necrosis, rng.uniform(0, np.pi), shapes)


class _Neighbours:
    """Buckets of placed circles for rejecting new ones that lie too near."""

    def __init__(self):
        self.buckets = {}

    def is_free(self, x, y, radius, crowding):
        bx, by = int(x // CELL), int(y // CELL)
        span = int((radius + 26) // CELL) + 1
        for j in range(by - span, by + span + 1):
            for i in range(bx - span, bx + span + 1):
                for ox, oy, other in self.buckets.get((i, j), ()):
                    gap = crowding * (radius + other)
                    if (x - ox) ** 2 + (y - oy) ** 2 < gap * gap:
                        return False
        return True

    def add(self, x, y, radius):
        self.buckets.setdefault((int(x // CELL), int(y // CELL)), []).append((x, y, radius))


def _draw_kind(rng, spec, regions, row, col):
    if spec.membranes and spec.membranes.macrophage_share > 0:
        share = spec.membranes.macrophage_share
        if rng.random() < (share / 6 if regions.tumour[row, col] else share):
            return "macrophage"
    if regions.aggregate[row, col] and rng.random() < 0.85:
        return "plasma" if rng.random() < 0.12 else "lymphocyte"
    if regions.tumour[row, col]:
        pick = rng.random()
        if pick < 0.12 * spec.lymphocyte_share:
            return "lymphocyte"
        return "vesicular" if rng.random() < spec.vesicular_share else "tumour"
    pick = rng.random()
    if pick < 0.25 + 0.5 * spec.lymphocyte_share:
        return "lymphocyte"
    if pick > 0.97:
        return "lobed"
    return "plasma" if pick > 0.92 else "spindle"


def _draw_axes(rng, spec, kind, given=None):
    """Half axes (major, minor) in px, of a `given` ratio or one of the kind's own."""
    spread = rng.lognormal(0, spec.radius_spread)
    if kind in ("lymphocyte", "lobed", "plasma"):
        radius = (11.5 if kind == "plasma" else 10.0) * rng.lognormal(0, 0.12)
        stretch = rng.uniform(1.0, 1.25)
    elif kind == "macrophage":
        radius, stretch = 12.5 * rng.lognormal(0, 0.15), rng.uniform(1.1, 1.7)
    elif kind == "spindle":
        radius, stretch = 9.5 * rng.lognormal(0, 0.18), rng.uniform(1.7, 4.2)
    else:
        radius = np.clip(spec.tumour_radius * spread * (1.12 if kind == "vesicular" else 1.0), 7, 34)
        stretch = max(1.0, spec.elongation * rng.lognormal(0, 0.14))
    stretch = given or stretch
    return float(radius * np.sqrt(stretch)), float(radius / np.sqrt(stretch))


def _bundle(rng, height, width, spec, regions):
    """Yield candidates of spindle nuclei side by side along a wavy strand."""
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    angle = regions.fibre_angle + rng.normal(0, 0.3)
    thickness, bend, turn = rng.uniform(6, 28), rng.uniform(0, 0.5), rng.uniform(30, 120)
    for step in range(int(rng.uniform(15, 60))):
        heading = angle + bend * np.sin(8 * step / turn)
        x, y = x + 8 * np.cos(heading), y + 8 * np.sin(heading)
        for aside in rng.normal(0, thickness / 2, max(1, int(thickness / 8))):
            yield (x - aside * np.sin(heading), y + aside * np.cos(heading), "spindle",
                   heading + rng.normal(0, 0.12), rng.uniform(2.0, 5.0))


def _fat_rim(rng, shape, share):
    """Yield candidates of flat nuclei along the rim of a fat cell."""
    cy, cx, radius, squash, angle, _ = shape
    ring = 1.06 * radius + 4
    for t in rng.uniform(0, 2 * np.pi, rng.poisson(share * ring * 2 * np.pi / 45)):
        u, v = ring * np.cos(t), ring * np.sin(t) * squash
        along = np.arctan2(squash * np.cos(t), -np.sin(t))
        yield (cx + u * np.cos(angle) - v * np.sin(angle), cy + u * np.sin(angle) + v * np.cos(angle), "spindle",
               along + angle, rng.uniform(3.5, 6.5))


def _candidates(rng, height, width, spec, regions):
    """Yield (x, y, kind, angle, stretch), the last three or None: what has a place of its own first."""
    for _ in range(int(rng.poisson(spec.bundles * height * width / 512**2)) if spec.bundles else 0):
        yield from _bundle(rng, height, width, spec, regions)
    if spec.fat_rim > 0:
        for shape in regions.lumen_shapes:
            if shape[-1]:
                yield from _fat_rim(rng, shape, spec.fat_rim)
    if spec.glandular:
        for cy, cx, radius, squash, angle, is_fat in regions.lumen_shapes:
            if is_fat:
                continue
            for layer in range(rng.integers(1, 4)):
                ring = radius * 1.1 + spec.tumour_radius * (1.3 + 2.0 * layer)
                steps = max(6, int(2 * np.pi * ring / (1.5 * spec.tumour_radius)))
                for t in np.arange(steps) * 2 * np.pi / steps + rng.normal(0, 0.05, steps):
                    u, v = ring * np.cos(t), ring * np.sin(t) * squash
                    x = cx + u * np.cos(angle) - v * np.sin(angle)
                    y = cy + u * np.sin(angle) + v * np.cos(angle)
                    yield x, y, "tumour", np.arctan2(y - cy, x - cx), None
    count = int(height * width / (0.35 * spec.tumour_radius**2 * 3.2))
    points = rng.uniform(-8, 8, (count, 2)) + rng.uniform(0, 1, (count, 2)) * (width, height)
    for x, y in points:
        yield x, y, None, None, None


def place_nuclei(rng: np.random.Generator, height: int, width: int, spec: SceneSpec,
                 regions: Regions) -> list[Nucleus]:
    """Place nuclei at random in the regions, except those too near to a neighbour."""
    neighbours = _Neighbours()
    placed = []
    flow = smooth_field(rng, height, width, 160)
    for x, y, kind, angle, stretch in _candidates(rng, height, width, spec, regions):
        row, col = int(np.clip(y, 0, height - 1)), int(np.clip(x, 0, width - 1))
        if not regions.tissue[row, col] or regions.lumen[row, col]:
            continue
        if regions.necrosis[row, col] and rng.random() < 0.9:
            continue
        kind = kind or _draw_kind(rng, spec, regions, row, col)
        major, minor = _draw_axes(rng, spec, kind, stretch)
        radius = np.sqrt(major * minor)
        gap = spec.crowding if kind in ("tumour", "vesicular") else max(0.8, 0.9 * spec.crowding)
        if stretch:  # they lie side by side
            gap = 0.55
        elif not regions.tumour[row, col] and not regions.aggregate[row, col]:
            gap *= spec.stroma_spacing
        if not neighbours.is_free(x, y, radius, gap * rng.uniform(0.88, 1.15)):
            continue
        neighbours.add(x, y, radius)
        if angle is None:
            angle = regions.fibre_angle + 0.6 * flow[row, col]
            angle += rng.normal(0, 0.25 if kind == "spindle" else 0.8)
        defocus = 0.0
        if rng.random() < spec.defocus_share:
            defocus = float(rng.gamma(1.6, 2.2))
        placed.append(Nucleus(x, y, kind, major, minor, angle, defocus=min(defocus, 9.0),
                              margin=spec.cell_margin * rng.uniform(0.7, 1.4)))
    _express(rng, spec, placed, smooth_field(rng, height, width, 120))
    return placed


def _express(rng, spec, nuclei, cluster):
    """Draw how strongly every cell expresses the marker: not, weakly (around the threshold), or clearly."""
    height, width = cluster.shape
    strength = rng.uniform(0, 1.2)
    for nucleus in nuclei:
        share = spec.positive.get(nucleus.kind, 0.0)
        if share <= 0:
            continue
        row, col = int(np.clip(nucleus.y, 0, height - 1)), int(np.clip(nucleus.x, 0, width - 1))
        odds = share / max(1 - share, 1e-3) * np.exp(strength * cluster[row, col])
        if rng.random() < odds / (1 + odds):
            weak = rng.random() < spec.weak_share
            median = 1.25 * spec.positive_od if weak else spec.dab_median
            nucleus.dab = float(np.clip(rng.lognormal(np.log(median), spec.dab_spread), 0.05, 3.2))
        elif rng.random() < spec.trace_ratio * spec.weak_share:  # traces: visible, but negative
            nucleus.dab = float(rng.uniform(0.1, 0.95) * spec.positive_od)


def cell_map(rng: np.random.Generator, labels: np.ndarray, nuclei: list[Nucleus | None],
             spec: SceneSpec) -> tuple[np.ndarray, np.ndarray]:
    """Assign every pixel near a nucleus to its cell.

    Parameters
    ----------
    labels : (H, W) int array, 0 = no nucleus
    nuclei : by label, None for 0
    spec : eccentricity and raggedness of cells

    Returns
    -------
    cells : (H, W) int array, 0 outside every cell
    distance : (H, W) float32 array, px to the nearest nucleus
    """
    coarse = labels[::2, ::2]
    distance, (rows, cols) = ndimage.distance_transform_edt(coarse == 0, return_indices=True)
    nearest = coarse[rows, cols]
    distance = 2 * distance
    reach = np.array([0.0] + [nucleus.margin for nucleus in nuclei[1:]])[nearest]
    if spec.cell_eccentricity > 0:
        x, y = (np.array([0.0] + [getattr(nucleus, axis) for nucleus in nuclei[1:]])[nearest] for axis in "xy")
        ys, xs = 2 * np.indices(coarse.shape)
        side = rng.uniform(-np.pi, np.pi, len(nuclei))[nearest]
        reach = reach * (1 + spec.cell_eccentricity * np.cos(np.arctan2(ys - y, xs - x) - side))
    if spec.cell_raggedness > 0:
        reach = reach * np.clip(1 + spec.cell_raggedness * texture(rng, "mid", *coarse.shape), 0, 2.5)
    cells = np.where(distance <= reach, nearest, 0)
    height, width = labels.shape
    cells = cells.repeat(2, 0).repeat(2, 1)[:height, :width]
    distance = distance.astype(np.float32).repeat(2, 0).repeat(2, 1)[:height, :width]
    return np.where(labels > 0, labels, cells), distance
