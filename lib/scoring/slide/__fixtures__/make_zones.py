#!/usr/bin/env python3
"""Writes what Shapely 2.2 (GEOS) makes of zones of a slide: areas of unions and differences, and the points within.

usage: make_zones.py   (writes zones.json beside itself; needs shapely and numpy)
"""
import json
from pathlib import Path

import numpy as np
from shapely import Point, Polygon, box, unary_union

random = np.random.default_rng(22)
SIZE = 1000


def shape():
    """A wavy polygon, often with a hole, sometimes beyond the slide."""
    corners = int(random.integers(5, 60))
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    radius = random.uniform(40, 300)
    middle = random.uniform(-50, SIZE + 50, 1)
    radii = radius * random.uniform(0.6, 1.2, corners)
    outer = np.round(middle + np.c_[radii * np.cos(angles), radii * np.sin(angles)], 1)
    hole = np.round(middle + 0.4 * np.c_[radii * np.cos(angles), radii * np.sin(angles)], 1)
    polygon = Polygon(outer, [hole] if random.random() < 0.5 else [])
    return polygon if polygon.is_valid else shape()


def rings(polygon):
    return [list(map(list, ring.coords)) for ring in (polygon.exterior, *polygon.interiors)]


def zone(includes, withins, excludes):
    parts = {name: [shape() for _ in range(n)] for name, n in (("include", includes), ("within", withins), ("exclude", excludes))}
    area = unary_union(parts["include"]).intersection(box(0, 0, SIZE, SIZE))
    if withins:
        area = area.intersection(unary_union(parts["within"]))
    if excludes:
        area = area.difference(unary_union(parts["exclude"]))
    points = np.round(random.uniform(0, SIZE, (100, 2)), 1).tolist()
    return {
        **{name: [rings(p) for p in polygons] for name, polygons in parts.items()},
        "area": area.area,
        "points": points,
        "inside": "".join("1" if area.contains(Point(p)) else "0" for p in points),
    }


counts = [(1, 0, 0), (1, 0, 1), (2, 0, 0), (3, 0, 2), (2, 1, 0), (4, 2, 2), (8, 0, 3), (6, 3, 3)]
Path(__file__).with_name("zones.json").write_text(
    json.dumps({"size": SIZE, "zones": [zone(*count) for count in counts for _ in range(2)]}) + "\n"
)
