"""What is sent of napari's layers, and what a result becomes.

In napari the centre of pixel (0, 0) is at (0, 0), rows first. In Restain it is at (0.5, 0.5), x first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Optional

import numpy as np
from skimage.draw import polygon2mask

_HALF = 0.5
_ELLIPSE_POINTS = 64
_SQUARE = 0.01

RESOLUTIONS = {"40x": 0.25, "20x": 0.5, "10x": 1.0}
"""Pixel size in µm of the scan magnifications."""


def pixels_of(layer: Any) -> np.ndarray[Any, Any]:
    """The full resolution of an RGB layer: height x width x 3, uint8. Raises ValueError with a sentence."""
    if not layer.rgb:
        raise ValueError(f'The layer "{layer.name}" is no colour image. Restain scores brightfield images in RGB.')
    data = layer.data[0] if layer.multiscale else layer.data
    if data.ndim != 3:
        raise ValueError(f'The layer "{layer.name}" has {data.ndim - 1} dimensions. Choose one plane of it first.')
    if data.dtype != np.uint8:
        raise ValueError(f'The layer "{layer.name}" holds {data.dtype}. Numbers from 0 to 255 (uint8) are needed.')
    return np.asarray(data[..., :3])


def microns_per_pixel(layer: Any, resolution: str) -> float:
    """The pixel size to score with: that of a magnification, or of the layer. Raises ValueError with a sentence."""
    if resolution in RESOLUTIONS:
        return RESOLUTIONS[resolution]
    sizes = _microns(layer)
    if sizes is None:
        raise ValueError(
            f'The layer "{layer.name}" states no pixel size in a unit of length. Choose the resolution 40x, 20x or 10x.'
        )
    height, width = sizes
    if abs(width - height) > _SQUARE * width:
        raise ValueError(f"The pixels are not square: {width:.4f} x {height:.4f} µm.")
    return (width + height) / 2


def _microns(layer: Any) -> Optional[tuple[float, float]]:
    # The last axes of a layer in RGB are rows and columns; pixels are the default unit.
    sizes = []
    for size, unit in zip(layer.scale[-2:], layer.units[-2:]):
        if not unit.is_compatible_with("micrometer"):
            return None
        sizes.append(float((float(size) * unit).to("micrometer").magnitude))
    return sizes[0], sizes[1]


def region_of(shapes: Any, image: Any) -> dict[str, Any]:
    """The shapes of a layer as GeoJSON in pixels of the image layer. Raises ValueError with a sentence."""
    polygons = []
    for vertices, kind in zip(shapes.data, shapes.shape_type):
        if kind not in ("polygon", "rectangle", "ellipse"):
            raise ValueError(f'The layer "{shapes.name}" has a {kind}, which encloses nothing.')
        outline = _ellipse(vertices) if kind == "ellipse" else vertices
        places = [image.world_to_data(shapes.data_to_world(vertex))[-2:] for vertex in outline]
        ring = [[float(x) + _HALF, float(y) + _HALF] for y, x in places]
        polygons.append([[*ring, ring[0]]])
    if not polygons:
        raise ValueError(f'The layer "{shapes.name}" has no shape. Draw a region, or choose none.')
    return {"type": "MultiPolygon", "coordinates": polygons}


def _ellipse(corners: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """Points of an ellipse, from the corners of the rectangle around it."""
    centre = corners.mean(axis=0)
    a, b = (corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2
    angles = [2 * math.pi * i / _ELLIPSE_POINTS for i in range(_ELLIPSE_POINTS)]
    return [centre + math.cos(angle) * a + math.sin(angle) * b for angle in angles]


def labels_of(nuclei: Iterable[Any], shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """A label map of height x width: each nucleus has its id, the background 0."""
    labels = np.zeros(tuple(shape[:2]), np.int32)
    for nucleus in nuclei:
        left, top = math.floor(nucleus.left), math.floor(nucleus.top)
        size = math.ceil(nucleus.bottom) - top, math.ceil(nucleus.right) - left
        mask = _mask(nucleus.contour, (top, left), size)
        for hole in getattr(nucleus, "holes", None) or ():
            mask &= ~_mask(hole, (top, left), size)
        part = labels[top : top + size[0], left : left + size[1]]
        part[mask] = nucleus.id
    return labels


def _mask(ring: Sequence[Sequence[float]], corner: tuple[int, int], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Pixels whose centre is inside. Outlines follow the edges of pixels, so that no centre lies on one."""
    rows_first = np.asarray(ring)[:, ::-1] - np.asarray(corner) - _HALF
    return polygon2mask(size, rows_first)  # type: ignore[no-any-return, no-untyped-call]


def centres_of(nuclei: Any) -> np.ndarray[Any, Any]:
    """Rows and columns of the centres, as napari counts."""
    return np.column_stack([nuclei["y"], nuclei["x"]]) - _HALF if len(nuclei) else np.zeros((0, 2))
