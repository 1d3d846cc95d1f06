#!/usr/bin/env python3
"""Writes what Shapely 2.2 (GEOS) makes of lines and rings: simpler lines (Douglas and Peucker), and which rings cross or touch.

usage: make_outlines.py   (writes outlines.json beside itself; needs shapely and numpy)
"""
import json
from pathlib import Path

import numpy as np
from shapely import LinearRing, LineString

random = np.random.default_rng(4)


def walk(points):
    """A line that wanders in whole steps."""
    return np.cumsum(random.integers(-3, 4, (points, 2)), axis=0).tolist()


def simpler(points, tolerance):
    line = LineString(points).simplify(tolerance, preserve_topology=False)
    return {"points": points, "tolerance": tolerance, "simple": [list(p) for p in line.coords]}


def ring(corners, spread):
    """A closed ring of whole points around a place; with a wide spread it often crosses itself."""
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    radii = random.uniform(6 - spread, 6 + spread, corners)
    middle = random.integers(8, 22, 2)
    points = np.round(middle + np.c_[radii * np.cos(angles), radii * np.sin(angles)]).astype(int).tolist()
    points = [p for p, q in zip(points, points[1:] + points[:1]) if p != q]
    return points + points[:1]


def judged(rings):
    lines = [LinearRing(r) for r in rings]
    crossing = [
        not line.is_simple or any(line.intersects(other) for other in lines if other is not line) for line in lines
    ]
    return {"rings": rings, "crossing": crossing}


lines = [simpler(walk(n), t) for n in (2, 3, 10, 40, 120) for t in (0.5, 1, 2.5)]
pictures = []
while len(pictures) < 150:
    rings = [ring(int(random.integers(4, 12)), float(random.uniform(0, 5.5))) for _ in range(random.integers(1, 4))]
    if all(len(r) >= 4 and len({tuple(p) for p in r}) >= 3 for r in rings):
        pictures.append(judged(rings))
Path(__file__).with_name("outlines.json").write_text(json.dumps({"lines": lines, "pictures": pictures}) + "\n")
