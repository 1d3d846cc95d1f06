"""Noise fields from which every texture of the simulator is cut."""

from functools import lru_cache

import numpy as np
from PIL import Image
from scipy import ndimage

BANK_SIZE = 1024
BANK_SIGMAS = {"fine": 0.8, "grain": 1.4, "mid": 2.4, "coarse": 5.0, "broad": 11.0}


@lru_cache(maxsize=1)
def noise_bank() -> dict[str, np.ndarray]:
    """Periodic unit-variance noise, one (BANK_SIZE, BANK_SIZE) float32 field per scale."""
    rng = np.random.default_rng(20_211)
    bank = {}
    for name, sigma in BANK_SIGMAS.items():
        field = rng.standard_normal((BANK_SIZE, BANK_SIZE)).astype(np.float32)
        field = ndimage.gaussian_filter(field, sigma, mode="wrap")
        bank[name] = (field - field.mean()) / field.std()
    return bank


def texture(rng: np.random.Generator, name: str, height: int, width: int) -> np.ndarray:
    """A random (height, width) window of the bank, wrapped around at its edges."""
    field = noise_bank()[name]
    if rng.random() < 0.5:
        field = field.T
    rows = (np.arange(height) + rng.integers(BANK_SIZE)) % BANK_SIZE
    cols = (np.arange(width) + rng.integers(BANK_SIZE)) % BANK_SIZE
    if rng.random() < 0.5:
        rows = rows[::-1]
    return field[np.ix_(rows, cols)]


def small_texture(rng: np.random.Generator, name: str, height: int, width: int) -> np.ndarray:
    """A random (height, width) window without wrap-around. It is a view, which is fast for many small nuclei."""
    top = int(rng.integers(BANK_SIZE - height))
    left = int(rng.integers(BANK_SIZE - width))
    return noise_bank()[name][top : top + height, left : left + width]


def smooth_field(rng: np.random.Generator, height: int, width: int, period: float) -> np.ndarray:
    """Smooth unit-variance field (height, width) whose bumps are about `period` px apart."""
    rows = max(2, int(np.ceil(height / period)) + 3)
    cols = max(2, int(np.ceil(width / period)) + 3)
    coarse = rng.standard_normal((rows, cols)).astype(np.float32)
    left, top = rng.uniform(0, 1, 2)
    box = (1 + left, 1 + top, 1 + left + width / period, 1 + top + height / period)
    box = (box[0], box[1], min(box[2], cols), min(box[3], rows))
    field = Image.fromarray(coarse).resize((width, height), Image.BICUBIC, box=box)
    return np.asarray(field, dtype=np.float32) / 0.7


def fibres(rng: np.random.Generator, height: int, width: int, angle: float, wave: float) -> np.ndarray:
    """Wavy fibres along `angle`: anisotropic noise sampled along a warped direction."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = wave * smooth_field(rng, height, width, 90.0)
    along = (xs * np.cos(angle) + ys * np.sin(angle)) * 0.12
    across = -xs * np.sin(angle) + ys * np.cos(angle) + bend
    offset = rng.uniform(0, BANK_SIZE, 2)
    return ndimage.map_coordinates(
        noise_bank()["grain"], [across + offset[0], along + offset[1]], order=1, mode="grid-wrap"
    )
