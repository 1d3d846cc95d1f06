#!/usr/bin/env python3
"""Writes reference cases of our own: drawn maps, and what the reference's post-processing makes of them.

usage: make_reference.py [check FOLDER]

Without arguments, writes the folders `reference/<case>` beside itself: `ihc.png`, `seg.png`, `marker.png` and
`expected.json`. With `check`, compares its answers with the cases of another folder in the same format.

This is the published behaviour in its plainest form, with NumPy, SciPy and scikit-image, pixel by pixel where that
reads best; it shares nothing with the product's kernels. Scenes come from seeded generators, so a second run writes
the same files. Needs numpy, scipy, scikit-image and pillow.
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import measure

GREEN_AT_MOST, NOISE_THRESH, KDE_POINTS = 80, 4, 500
SIZE_BOUNDS = {"40x": (4, 7, 10), "20x": (3, 4, 6), "10x": (2, 2, 3)}  # lowest, default, highest root of the size
LARGE_NOISE = {"40x": 16000, "20x": 4000, "10x": 1000}
OPTION_SETS = [
    {}, {"size_thresh": 0}, {"size_thresh": 200}, {"seg_thresh": 80}, {"seg_thresh": 200},
    {"marker_thresh": "default"}, {"marker_thresh": 120}, {"size_thresh_upper": 600},
    {"noise_thresh": 30, "large_noise_thresh": "default"}, {"od_thresh_lower": 40},
    {"od_thresh_lower": 20, "od_thresh_upper": 120},
]
# Clockwise on the screen, from east: (row, column) steps.
COMPASS = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]


def half_even(value):
    return int(np.rint(value))


def find_cells(seg, seg_thresh, noise_thresh, large_noise_thresh):
    """Labels (0 background, -1 cells that are noise), and the classes of the labels from 1 on."""
    red, green, blue = np.moveaxis(seg.astype(int), -1, 0)
    is_cell = (red + blue > seg_thresh) & (green <= GREEN_AT_MOST)
    unknown = ndimage.label(~is_cell)[0]
    frame = np.ones(unknown.shape, bool)
    frame[1:-1, 1:-1] = False
    background = np.isin(unknown, np.setdiff1d(unknown[frame], [0])) & ~is_cell
    components = measure.label(~background, connectivity=2)
    labels, positive = np.zeros_like(components), []
    for component in range(1, components.max() + 1):
        inside = components == component
        size = inside.sum()
        if size <= noise_thresh or (large_noise_thresh and size >= large_noise_thresh):
            labels[inside] = -1
            continue
        seen = inside & is_cell
        is_red = red >= blue
        positive.append(bool((seen & is_red).sum() >= (seen & ~is_red).sum()))
        labels[inside] = len(positive)
    return labels, positive


def default_size_thresh(sizes, resolution):
    if len(sizes) < 2:
        return 0
    lowest, default, highest = SIZE_BOUNDS[resolution]
    roots = np.sqrt(np.array(sizes, np.float32))
    step = np.float32((roots.max() + 1) / np.float32(KDE_POINTS))
    points = np.arange(KDE_POINTS, dtype=np.float32) * step
    density = np.exp(-np.float32(0.5) * (points[:, None] - roots[None]) ** 2).sum(1, dtype=np.float32)
    valley = next(
        (i for i in range(1, KDE_POINTS - 1) if density[i - 1] > density[i] and density[i] < density[i + 1]), 1)
    root = (valley - 1) * float(step)
    if root < lowest:
        root = lowest
    elif root > highest:
        root = default
    return half_even(root * root)


def default_marker_thresh(marker):
    values = marker[marker > 0]
    if values.size == 0:
        return 0
    low, high = (half_even(p) for p in np.percentile(values, [0.1, 99.9]))
    return low + half_even(0.9 * (high - low))


def optical_density(ihc):
    """Hundredths, channels summed."""
    return np.rint(100 * np.log10(255 / np.maximum(ihc.astype(float), 1)).sum(-1)).astype(int)


def boundary(inside):
    """The contour through pixel centres, clockwise from the first pixel, ends of straight runs only."""
    padded = np.pad(inside, 1)
    start = tuple(np.argwhere(padded)[0])
    steps, at, heading = [], start, 0
    while True:
        # From the pixel behind the left shoulder on, clockwise, the first that belongs to the cell.
        turn = next((t for t in range(8) if padded[at[0] + COMPASS[(heading + 5 + t) % 8][0],
                                                   at[1] + COMPASS[(heading + 5 + t) % 8][1]]), None)
        if turn is None:
            return [[start[1] - 1, start[0] - 1]]
        towards = (heading + 5 + turn) % 8
        if at == start and steps and towards == steps[0]:
            break
        steps.append(towards)
        at, heading = (at[0] + COMPASS[towards][0], at[1] + COMPASS[towards][1]), towards
    row, col, corners = start[0] - 1, start[1] - 1, []
    for n, towards in enumerate(steps):
        if n == 0 or towards != steps[n - 1]:
            corners.append([int(col), int(row)])
        row, col = row + COMPASS[towards][0], col + COMPASS[towards][1]
    return corners


def neighbours(shape, row, col, steps):
    for down, right in steps:
        if 0 <= row + down < shape[0] and 0 <= col + right < shape[1]:
            yield row + down, col + right


def draw(ihc, labels, kept, positive):
    """Overlay and refined picture."""
    outline = np.zeros(labels.shape, int)  # the label whose outline a pixel is
    first = {k: tuple(np.argwhere(labels == k)[0]) for k in kept}
    for k in kept:
        for row, col in np.argwhere(labels == k):
            if (row, col) != first[k]:
                for at in neighbours(labels.shape, row, col, COMPASS[::2]):
                    if labels[at] == 0 and outline[at] == 0:
                        outline[at] = k
        outline[first[k]] = k
    for _ in range(2):
        for row, col in np.argwhere(outline):
            for at in neighbours(labels.shape, row, col, COMPASS):
                if labels[at] == 0 and outline[at] == 0:
                    outline[at] = outline[row, col]
    is_red = np.array([False, *positive])
    overlay = ihc.copy()
    overlay[outline > 0] = np.where(is_red[outline[outline > 0]][:, None], [255, 0, 0], [0, 0, 255])
    refined = np.zeros_like(ihc)
    inside = np.isin(labels, kept) & (outline == 0)
    refined[inside & is_red[labels * inside], 0] = 255
    refined[inside & ~is_red[labels * inside], 2] = 255
    refined[outline > 0, 1] = 255
    return overlay, refined


def sha256(picture):
    return hashlib.sha256(np.ascontiguousarray(picture, np.uint8).tobytes()).hexdigest()


def final_case(maps, resolution, params):
    seg_thresh = params.get("seg_thresh", 120)
    large = LARGE_NOISE[resolution] if "large_noise_thresh" in params else None
    labels, positive = find_cells(maps["seg"], seg_thresh, params.get("noise_thresh", NOISE_THRESH), large)
    count = len(positive)
    sizes = [int((labels == k).sum()) for k in range(1, count + 1)]
    marker = maps["marker"].max(-1)
    size_thresh = params.get("size_thresh", default_size_thresh(sizes, resolution))
    upper = params.get("size_thresh_upper")
    marker_thresh = params.get("marker_thresh")
    if marker_thresh == "default":
        marker_thresh = default_marker_thresh(marker)
    lower_od, upper_od = params.get("od_thresh_lower"), params.get("od_thresh_upper")
    od = optical_density(maps["ihc"])
    for k in range(1, count + 1):
        inside = labels == k
        if lower_od is not None or upper_od is not None:
            mean = half_even(od[inside].mean())
            if (lower_od is not None and mean < lower_od) or (upper_od is not None and mean > upper_od):
                positive[k - 1] = False
        elif marker_thresh is not None and marker[inside].max() > marker_thresh:
            positive[k - 1] = True
    kept = [k for k in range(1, count + 1) if sizes[k - 1] > size_thresh and (upper is None or sizes[k - 1] < upper)]
    num_pos = sum(positive[k - 1] for k in kept)
    overlay, refined = draw(maps["ihc"], labels, kept, positive)
    scoring = {
        "num_total": len(kept), "num_pos": num_pos, "num_neg": len(kept) - num_pos,
        "percent_pos": round(100 * num_pos / len(kept), 1) if num_pos else 0,
        "seg_thresh": seg_thresh, "size_thresh": size_thresh, "size_thresh_upper": upper, "marker_thresh": marker_thresh,
    }
    return {"params": params, "scoring": scoring, "overlay_sha256": sha256(overlay), "refined_sha256": sha256(refined)}


def cell_records(maps, resolution):
    """Every cell above the noise, with its marker value and, again, with its optical density."""
    labels, positive = find_cells(maps["seg"], 120, NOISE_THRESH, None)
    marker, od = maps["marker"].max(-1), optical_density(maps["ihc"])
    with_marker, with_od = [], []
    for k in range(1, len(positive) + 1):
        inside = labels == k
        rows, cols = np.nonzero(inside)
        record = {
            "size": len(rows), "positive": positive[k - 1],
            "bbox": [[int(cols.min()), int(rows.min())], [int(cols.max()), int(rows.max())]],
            "centroid": [half_even(cols.mean()), half_even(rows.mean())], "boundary": boundary(inside),
        }
        with_marker.append({**record, "marker": int(marker[inside].max())})
        with_od.append({**record, "od": half_even(od[inside].mean())})
    settings = {"default_size_thresh": default_size_thresh([c["size"] for c in with_marker], resolution)}
    return [
        {"cells": with_marker, "settings": {**settings, "default_marker_thresh": default_marker_thresh(marker)}},
        {"cells": with_od, "settings": settings},
    ]


def expected_of(maps, resolution):
    return {
        "resolution": resolution, "final": [final_case(maps, resolution, params) for params in OPTION_SETS],
        "cells": cell_records(maps, resolution),
    }


def stain(rng, positive, negative):
    """A stained picture and its marker for (H, W) strengths of the two classes."""
    clear = np.full((*positive.shape, 3), 236.0)
    for strength, colour in ((negative, (110, 120, 180)), (positive, (120, 80, 50))):
        clear += strength[..., None] * (np.array(colour) - clear)
    ihc = np.rint(clear + 8 * rng.integers(-1, 2, positive.shape)[..., None])
    # The marker spills over some of the negative nuclei.
    spilt = ndimage.gaussian_filter(rng.standard_normal(positive.shape), 6) > 0.02
    marker = np.rint(225 * np.maximum(positive, 0.7 * negative * spilt))[..., None] * [0.5, 1, 0.75]
    return np.clip(ihc, 0, 255).astype(np.uint8), marker.astype(np.uint8)


def crowd(height, width, sizes, seed):
    """Soft discs of the given radii, some touching, some cut off by the border, some of both classes, some hollow."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:height, :width]
    red, blue, rim = (np.zeros((height, width)) for _ in range(3))
    for n, radius in enumerate(sizes):
        row, col = rng.uniform(0, height), rng.uniform(0, width)
        depth = radius - np.hypot(rows - row, cols - col)
        strength = rng.uniform(0.35, 1) * np.clip(depth / 2 + 0.5, 0, 1)
        if n % 7 == 0:
            strength *= np.hypot(rows - row, cols - col) > radius / 3
        share = (cols > col) * 1.0 if n % 5 == 0 else float(rng.random() < 0.4)
        red, blue = np.maximum(red, strength * share), np.maximum(blue, strength * (1 - share))
        rim = np.maximum(rim, 0.5 * (np.abs(depth) < 1) * (rng.random() < 0.5))
    seg = np.rint(np.stack([230 * red, 255 * rim, 230 * blue], -1)).astype(np.uint8)
    ihc, marker = stain(rng, np.clip(red, 0, 1), np.clip(blue, 0, 1))
    return {"ihc": ihc, "seg": seg, "marker": marker}


def ragged(height, width, grain, seed):
    """Two classes of torn islands with holes, bridges through corners, and specks of one pixel."""
    rng = np.random.default_rng(seed)

    def island():
        field = ndimage.gaussian_filter(rng.standard_normal((height, width)), grain)
        return np.clip(0.45 + 0.45 * field / field.std(), 0, 1)

    red, blue = island(), island()
    strongest = np.maximum(red, blue) > 0.55
    red, blue = red * strongest, blue * strongest
    specks = rng.random((height, width)) < 0.01
    red[specks] = 1 - red[specks]
    green = np.where(rng.random((height, width)) < 0.05, 90, 70) * strongest
    seg = np.rint(np.stack([120 * red, green, 120 * blue], -1)).astype(np.uint8)
    ihc, marker = stain(rng, red, blue)
    return {"ihc": ihc, "seg": seg, "marker": marker}


def scenes():
    rng = np.random.default_rng(71)
    debris, large = rng.uniform(1.2, 3, 25), rng.uniform(8, 19, 22)
    small, medium = rng.uniform(3.2, 4.2, 40), rng.uniform(8, 11, 16)
    return {
        # The gap in the sizes is the automatic size threshold.
        "crowd_40x": ("40x", crowd(180, 220, [*large, *debris], 1)),
        # The gap lies above the bounds: the default.
        "crowd_20x": ("20x", crowd(150, 170, [*medium, *small], 2)),
        # There is no gap: the lowest bound.
        "ragged_10x": ("10x", ragged(110, 130, 1.6, 3)),
    }


def read_maps(folder):
    return {name: np.array(Image.open(folder / f"{name}.png").convert("RGB")) for name in ("ihc", "seg", "marker")}


def check(folder):
    for path in sorted(folder.glob("*/expected.json")):
        expected = json.loads(path.read_text())
        ours = expected_of(read_maps(path.parent), expected["resolution"])
        same = ours["final"] == expected["final"] and all(
            mine["cells"] == theirs["cells"] and mine["settings"].items() <= theirs["settings"].items()
            for mine, theirs in zip(ours["cells"], expected["cells"]))
        print(path.parent.name, "equal" if same else "DIFFERENT", len(ours["cells"][0]["cells"]), "cells")


def write(folder):
    for name, (resolution, maps) in scenes().items():
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        for picture, pixels in maps.items():
            Image.fromarray(pixels).save(target / f"{picture}.png", optimize=True)
        expected = expected_of(maps, resolution)
        (target / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
        print(name, *(f"{c['scoring']['num_pos']}/{c['scoring']['num_total']}" for c in expected["final"]))


if sys.argv[1:2] == ["check"]:
    check(Path(sys.argv[2]))
else:
    write(Path(__file__).with_name("reference"))
