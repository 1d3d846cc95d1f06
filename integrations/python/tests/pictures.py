"""Drawn fields: round blue and brown nuclei on a pale background."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CELL = 40
RADIUS = 11
GROUND, BLUE, BROWN = (236, 230, 234), (115, 105, 165), (120, 75, 50)


def draw_field(columns: int = 6, rows: int = 5, brown: int = 10, seed: int = 1, noise: int = 8) -> np.ndarray[Any, Any]:
    """A field of `columns` x `rows` nuclei, the first `brown` of them brown, row by row; for 40x."""
    grain = np.random.default_rng(seed).integers(-noise, noise + 1, (rows * CELL, columns * CELL, 3))
    y, x = np.mgrid[0 : rows * CELL, 0 : columns * CELL]
    is_nucleus = (x % CELL - CELL // 2) ** 2 + (y % CELL - CELL // 2) ** 2 < RADIUS**2
    is_brown = (y // CELL) * columns + x // CELL < brown
    colour = np.where(is_brown[..., None], BROWN, BLUE)
    return (np.where(is_nucleus[..., None], colour, GROUND) + grain).astype(np.uint8)


def png_of(pixels: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def save_field(path: Path, **drawn: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_of(draw_field(**drawn)))
    return path
