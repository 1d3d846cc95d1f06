"""Writes features.json: drawn nuclei, and their forms and features as scikit-image and NumPy measure them.

usage: python3 make_features.py (NumPy, scikit-image)
"""

import json
from pathlib import Path

import numpy as np
from skimage.measure import regionprops

WIDTH, HEIGHT, MICRONS = 240, 200, 0.5
NAMES = ("size", "elongation", "fill", "density", "texture", "brown")


def draw():
    """Labels (H, W) of ellipses that do not overlap, numbered by first pixel, and an RGB picture by a rule of integers."""
    rng = np.random.default_rng(7)
    labels = np.zeros((HEIGHT, WIDTH), int)
    ys, xs = np.indices(labels.shape)
    for n in range(400):
        x, y, angle = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(0, np.pi)
        a, b = rng.uniform(2, 9), rng.uniform(2, 6)
        u = (xs - x) * np.cos(angle) + (ys - y) * np.sin(angle)
        v = (ys - y) * np.cos(angle) - (xs - x) * np.sin(angle)
        inside = (u / a) ** 2 + (v / b) ** 2 < 1
        if inside.any() and not labels[inside].any():
            labels[inside] = n + 1
    order = [label for label in dict.fromkeys(labels.ravel().tolist()) if label]
    table = np.zeros(labels.max() + 1, int)
    table[order] = np.arange(1, len(order) + 1)
    labels = table[labels]
    rgb = np.stack([(7 * xs + 13 * ys + 31 * labels) % 200 + 40, (5 * xs + 3 * ys + 17 * labels) % 200 + 40,
                    (3 * xs + 11 * ys + 29 * labels) % 200 + 40], -1)
    return labels, rgb


def main():
    labels, rgb = draw()
    density = 100 * np.log10(255 / rgb)
    total = np.floor(density.sum(-1) + 0.5)
    brown = np.floor(density[..., 2] - density[..., 0] + 0.5)
    regions = regionprops(labels)
    area = np.array([r.area for r in regions], float)
    major = np.array([r.axis_major_length for r in regions])
    minor = np.array([r.axis_minor_length for r in regions])
    # scikit-image: from the row axis, anticlockwise; ours: degrees from the x axis towards y.
    angle = np.array([np.degrees(np.pi / 2 - r.orientation) % 180 for r in regions])
    centre = np.array([r.centroid[::-1] for r in regions])
    of = lambda plane, stat: np.array([stat(plane[labels == r.label]) for r in regions])  # noqa: E731
    od, spread, brownness = of(total, np.mean) / 300, of(total, np.std) / 300, of(brown, np.mean) / 100

    used = area > 9 / MICRONS**2
    own = np.stack([np.log(area), np.log(np.maximum(major, 1) / np.maximum(minor, 1)),
                    area / (np.pi / 4 * np.maximum(major, 1) * np.maximum(minor, 1)) - 1, od, spread, brownness], 1)
    for f in (0, 3, 4, 5):
        own[:, f] -= np.median(own[used, f])
    diameter = 2 * np.sqrt(np.median(area[used]) / np.pi)
    turn = own[:, 1] * np.exp(2j * np.radians(angle))
    apart = np.hypot(*(centre[:, None] - centre[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    apart[:, ~used] = np.inf
    rows = []
    for k in range(len(area)):
        near = np.sort(np.minimum(apart[k], 6 * diameter))
        row = [*own[k], np.log(near[0] / diameter), np.log(near[2] / diameter)]
        for reach in (2.5, 6):
            radius = reach * diameter
            who = apart[k] <= radius
            shown = [(min(side, c + radius) - max(0, c - radius)) / (2 * radius)
                     for c, side in zip(centre[k], (WIDTH, HEIGHT))]
            cover = (area[who].sum() + area[k]) / (np.pi * radius**2 * shown[0] * shown[1])
            if not who.any():
                row += [cover] + [0.0] * (3 + len(NAMES))
                continue
            small = (own[who, 0] < -0.3) & (own[who, 1] < 0.35)
            row += [cover, abs(turn[who].mean()), small.mean(), (own[who, 1] > 0.55).mean(), *own[who].mean(0)]
        rows.append(row)
    runs = []
    for y, line in enumerate(labels):
        edges = np.flatnonzero(np.diff(np.r_[0, line, 0])) if line.any() else []
        runs += [[y, int(a), int(b), int(line[a])] for a, b in zip(edges[:-1], edges[1:]) if line[a]]
    text = json.dumps({
        "width": WIDTH, "height": HEIGHT, "micronsPerPixel": MICRONS, "runs": runs,
        "major": np.round(major, 4).tolist(), "minor": np.round(minor, 4).tolist(), "angle": np.round(angle, 3).tolist(),
        "features": np.round(rows, 5).tolist()}, separators=(",", ":"))
    Path(__file__).with_name("features.json").write_text(text + "\n")


main()
