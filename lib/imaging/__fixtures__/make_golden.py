#!/usr/bin/env python3
"""Writes the golden cases of the imaging kernels, made by scikit-image and SciPy.

usage: make_golden.py   (writes kernels.json beside itself)
Arrays are nested lists, rows first. Random scenes come from a seeded generator, so a second run writes the same file.
"""
import json
from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage import measure, morphology, segmentation

rng = np.random.default_rng(20260)


def discs(height, width, count, low, high):
    """A mask of overlapping discs."""
    rows, cols = np.mgrid[:height, :width]
    mask = np.zeros((height, width), bool)
    for _ in range(count):
        row, col, radius = rng.integers(height), rng.integers(width), rng.uniform(low, high)
        mask |= (rows - row) ** 2 + (cols - col) ** 2 <= radius**2
    return mask


def masks():
    empty = np.zeros((3, 5), bool)
    frame = np.ones((6, 7), bool)
    frame[2:4, 2:5] = False
    diagonal = np.eye(6, dtype=bool)
    comb = np.zeros((5, 9), bool)
    comb[:, ::2] = True
    comb[4] = True
    one = np.ones((4, 4), bool)
    one[1, 2] = False
    return {
        "empty": empty, "frame": frame, "diagonal": diagonal, "comb": comb, "one_gap": one,
        "row": rng.random((1, 24)) < 0.6, "column": rng.random((24, 1)) < 0.6,
        "noise": rng.random((31, 37)) < 0.55, "sparse": rng.random((29, 33)) < 0.2,
        "discs": discs(48, 60, 14, 3, 9), "full_but_corner": np.indices((12, 14)).sum(0) > 0,
    }


def mask_case(mask):
    labels4 = measure.label(mask, connectivity=1)
    labels8 = measure.label(mask, connectivity=2)
    regions = measure.regionprops(labels8)
    has_background = not mask.all()
    return {
        "mask": mask.astype(int).tolist(),
        "labels4": labels4.tolist(),
        "labels8": labels8.tolist(),
        "filled": ndimage.binary_fill_holes(mask).astype(int).tolist(),
        "squaredDistances": np.rint(ndimage.distance_transform_edt(mask) ** 2).astype(int).tolist() if has_background else None,
        "areas": [int(r.area) for r in regions],
        "centroids": [[float(c) for c in r.centroid] for r in regions],
        "bboxes": [[int(b) for b in r.bbox] for r in regions],
    }


def watershed_case(relief, seeds, mask, connectivity):
    labels = segmentation.watershed(relief, seeds, mask=mask, connectivity=1 if connectivity == 4 else 2)
    return {"relief": relief.tolist(), "seeds": seeds.tolist(), "mask": np.asarray(mask).astype(int).tolist(),
            "connectivity": connectivity, "labels": labels.tolist()}


def distinct(height, width):
    """A relief without two equal levels: every order of visiting is then decided by level alone."""
    return rng.permutation(height * width).reshape(height, width)


def scattered_seeds(shape, count):
    seeds = np.zeros(shape, int)
    seeds.ravel()[rng.choice(seeds.size, count, replace=False)] = np.arange(1, count + 1)
    return seeds


def watersheds():
    cases = {}
    for connectivity in (4, 8):
        shape = (26, 31)
        cases[f"distinct_{connectivity}"] = watershed_case(distinct(*shape), scattered_seeds(shape, 9), np.ones(shape, bool), connectivity)
        cases[f"masked_{connectivity}"] = watershed_case(distinct(*shape), scattered_seeds(shape, 12), discs(*shape, 9, 3, 7), connectivity)
        # One seed pixel a level apart from the next: plateaus are shared out by arrival, but seeds are never tied.
        plateau = np.full((15, 22), 9)
        plateau[7, 3], plateau[2, 18], plateau[12, 15] = 0, 1, 2
        seeds = np.zeros_like(plateau)
        seeds[7, 3], seeds[2, 18], seeds[12, 15] = 1, 2, 3
        cases[f"plateau_{connectivity}"] = watershed_case(plateau, seeds, np.ones(plateau.shape, bool), connectivity)
        # Touching discs, split on the distance transform as touching nuclei are.
        mask = discs(40, 52, 9, 5, 9)
        distance = ndimage.distance_transform_edt(mask)
        relief = np.rint((distance.max() - distance) * 64).astype(int)
        peaks = (distance == ndimage.maximum_filter(distance, 7)) & mask
        tops, count = ndimage.label(peaks, np.ones((3, 3)))
        seeds = np.zeros_like(tops)
        used = set()
        for k in range(1, count + 1):
            row, col = np.argwhere(tops == k)[0]
            if relief[row, col] not in used:
                used.add(relief[row, col])
                seeds[row, col] = k
        cases[f"touching_{connectivity}"] = watershed_case(relief, seeds, mask, connectivity)
        # Water that falls back to lower ground behind a ridge.
        cases[f"coarse_{connectivity}"] = watershed_case(
            distinct(20, 24) // 4, np.where(np.arange(480).reshape(20, 24) == 37, 1, np.where(np.arange(480).reshape(20, 24) == 401, 2, 0)),
            np.ones((20, 24), bool), connectivity)
    return cases


def peaks():
    """Touching discs and a rough sea: maxima of dynamics >= h."""
    mask = np.pad(discs(38, 50, 9, 5, 9), 1)
    hills = np.rint(ndimage.distance_transform_edt(mask) * 16).astype(int)
    sea = np.pad(np.rint(ndimage.gaussian_filter(rng.random((30, 34)), 2) * 4000).astype(int), 1)
    return [
        {"height": height.tolist(), "prominence": h, "maxima": measure.label(morphology.h_maxima(height, h), connectivity=2).tolist()}
        for height, h in ((hills, 8), (hills, 26), (sea, 40), (sea, 150))
    ]


STEPS = {"tissue": 0.08, "brown": [0.05, 0.2, 0.5, 0.9], "blue": [0.05, 0.2], "dark": [0.2, 0.4, 0.8], "leastShare": 0.001}


def staining(image, gains):
    """What share of the tissue is browner, bluer and darker than each step, in NumPy."""
    balanced = np.minimum(np.floor(image * gains + 0.5), 255)
    red, green, blue = np.moveaxis(-np.log10((balanced + 1) / 256), -1, 0)
    mean = (red + green + blue) / 3
    is_tissue = mean > STEPS["tissue"]
    values = {"brown": (blue - red)[is_tissue], "blue": (red - blue)[is_tissue], "dark": mean[is_tissue]}
    shares = np.array([(v > step).sum() / max(1, v.size) for axis, v in values.items() for step in STEPS[axis]])
    described = 1 - np.log(shares + STEPS["leastShare"]) / np.log(STEPS["leastShare"])
    return {"image": image.tolist(), "gains": gains, "expected": np.round(described, 6).tolist()}


def stainings():
    """Pixels of every colour, of glass, and of brown and blue tissue in unequal parts."""
    mixed = np.array([[250, 250, 248]] * 40 + [[150, 90, 40]] * 9 + [[120, 100, 190]] * 31)[rng.permutation(80)].reshape(8, 10, 3)
    return {"every_colour": staining(rng.integers(0, 256, (16, 16, 3)), [1.0, 1.1, 1.6]),
            "glass": staining(np.full((6, 6, 3), 246), [1.0, 1.0, 1.0]), "mixed": staining(mixed, [1.0, 0.97, 1.04])}


golden = {"masks": {name: mask_case(mask) for name, mask in masks().items()}, "watersheds": watersheds(), "peaks": peaks(), "steps": STEPS, "stainings": stainings()}
path = Path(__file__).with_name("kernels.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path.name, path.stat().st_size, "bytes")
