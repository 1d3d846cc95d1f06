"""Batches from the pool: random crops, geometry and colour augmentation, targets."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import IterableDataset

from ..simulator.camera import jpeg
from ..simulator.stains import DAB, HEMATOXYLIN, unit
from . import targets as t
from .staining import describe_staining
from .views import COARSER_SCALE
from .white import balance, white_gains

RELIST_SECONDS = 60
FIELD_STEP = 8  # every how many px of a tile its white point and its staining are read
_RESIDUAL = np.cross(unit(HEMATOXYLIN), unit(DAB))
_BASIS = np.stack([unit(HEMATOXYLIN), unit(DAB), unit(_RESIDUAL)])
_UNMIX = np.linalg.inv(_BASIS).astype(np.float32)


@dataclass(frozen=True)
class Crops:
    """The scales of a network's crops, in px of a crop per px of a tile.

    Parameters
    ----------
    upright : scales of crops that are not rotated, and the share of the crops at each
    others : the least and the most scale of all others, which are rotated by any angle
    reduction : how many times smaller the scan is that the picture is taken from; the truth stays that of the tile
    band : width of the boundary class, in units of that of `targets`, where it is one width on the tile at any scale;
        None = one width in the crop
    """

    upright: tuple[tuple[float, float], ...]
    others: tuple[float, float]
    reduction: int = 1
    band: float | None = None


FINE = Crops(((1.0, 0.4), (COARSER_SCALE, 0.25)), (0.5, 2.1))
# Most of these have 0.4 um/px, the others 0.3 to 0.56. What is grown back over the boundary is 0.75 um wide at 20x.
COARSE = Crops(((0.625, 0.65),), (0.45, 0.85), reduction=2, band=1.25)


def crosstalk(rng: np.random.Generator) -> np.ndarray:
    """(3, 3) matrix of a sensor whose colour channels see part of each other's light, or overcorrect for it.

    Grey stays grey. Microscope cameras without a correction mix strongly: their DAB is red-brown, not yellow-brown.
    """
    least, most = (-0.06, 0.25) if rng.random() < 0.5 else (-0.05, 0.05)
    matrix = rng.uniform(least, most, (3, 3))
    np.fill_diagonal(matrix, 0)
    np.fill_diagonal(matrix, 1 - matrix.sum(1))
    return matrix.astype(np.float32)


def draw_recolouring(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Another staining and another lamp: a function from (..., 3) uint8 to (..., 3) float32 light, pixel by pixel.

    In optical density: separate strengths of the blue and the brown part, a small mix of the channels, a gain for
    each, a new white point. Then the sensor's crosstalk.
    """
    amount = np.array([rng.uniform(0.7, 1.35), rng.uniform(0.8, 1.3), 1.0], np.float32)
    mix = np.eye(3, dtype=np.float32) + rng.normal(0, 0.035, (3, 3)).astype(np.float32)
    gain = rng.uniform(0.7, 1.35) * np.exp(rng.normal(0, 0.10, 3)).astype(np.float32)
    white = 256 * (1 - rng.uniform(0, 0.1)) * (1 - np.clip(rng.normal(0.01, 0.02, 3), -0.02, 0.12))
    is_stained_anew = rng.random() < 0.8
    sensor = crosstalk(rng).T if rng.random() < 0.6 else None

    def recolour(image: np.ndarray) -> np.ndarray:
        light = image.astype(np.float32)
        if is_stained_anew:
            amounts = -np.log10((light + 1) / 256) @ _UNMIX * amount
            density = np.clip(amounts @ (_BASIS.astype(np.float32) @ mix), 0, None) * gain
            light = white.astype(np.float32) * np.exp(density * np.float32(-np.log(10))) - 1
        return light if sensor is None else light @ sensor

    return recolour


def augment_colour(rng: np.random.Generator, image: np.ndarray, field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Another scanner and another staining, white-balanced as in the product.

    After `draw_recolouring`: blur or sharpening, noise, JPEG. Then the white balance, sometimes with an error.

    Parameters
    ----------
    image : (H, W, 3) uint8
    field : (h, w, 3) uint8 pixels of the whole field that `image` is cut from

    Returns
    -------
    image : (H, W, 3) uint8
    staining : (FEATURES,) float32, of the field
    """
    recolour = draw_recolouring(rng)
    light = recolour(image)
    if rng.random() < 0.5:
        amount = rng.uniform(-0.7, 0.7)
        soft = (np.roll(light, 1, 0) + np.roll(light, -1, 0) + np.roll(light, 1, 1) + np.roll(light, -1, 1)) / 4
        light = light + amount * (light - soft)
    if rng.random() < 0.4:
        light = light + rng.uniform(0, 6) * rng.standard_normal(light.shape, dtype=np.float32)
    image = np.clip(light + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        image = jpeg(image, int(rng.integers(40, 95)))
    slip = 3.0 if rng.random() < 0.15 else 1.0
    slips = np.exp(slip * (rng.normal(0, 0.025) + rng.normal(0, 0.012, 3)))
    field = np.clip(recolour(field) + 0.5, 0, 255).astype(np.uint8)
    gains = white_gains(field) * slips
    return balance(image, gains), describe_staining(balance(field, gains))


def crop(rng: np.random.Generator, tile: np.ndarray, size: int, crops: Crops = FINE) -> tuple[np.ndarray, float]:
    """A randomly placed and flipped square of a tile: upright at one of the stated scales, or rotated and scaled.

    Parameters
    ----------
    tile : (H, W, C) uint8, possibly a memory map

    Returns
    -------
    patch : (size, size, C) uint8
    scale : stored distances are multiplied by it; output px per tile px, or less where `crops` has a `band`
    """
    height, width = tile.shape[:2]
    scale, is_upright = _draw_scale(rng, crops)
    if scale == 1:
        top, left = rng.integers(height - size + 1), rng.integers(width - size + 1)
        patch = np.array(tile[top : top + size, left : left + size])
    else:
        angle = 0.0 if is_upright else rng.uniform(0, 2 * np.pi)
        reach = size / scale / 2
        around = min(int(np.ceil(reach * (abs(np.cos(angle)) + abs(np.sin(angle))))) + 2, height // 2, width // 2)
        around -= around % crops.reduction
        cy, cx = (int(rng.integers(around, n - around + 1)) for n in (height, width))
        region = torch.from_numpy(np.array(tile[cy - around : cy + around, cx - around : cx + around]))
        region = region.permute(2, 0, 1)[None].float()
        ratio = reach / around
        matrix = torch.tensor([[[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]]]) * ratio
        grid = functional.affine_grid(matrix.float(), (1, 1, size, size), align_corners=False)
        seen = region[:, t.IMAGE]
        if crops.reduction > 1:
            seen = functional.avg_pool2d(seen, crops.reduction).round()
        parts = [functional.grid_sample(part, grid, padding_mode="reflection", align_corners=False) + 0.5
                 for part in (seen, region[:, t.IMAGE.stop : t.CLASS])]
        nearest = functional.grid_sample(region[:, t.CLASS:], grid, mode="nearest", padding_mode="reflection",
                                         align_corners=False)
        patch = torch.cat([*parts, nearest], 1)[0].permute(1, 2, 0).clamp(0, 255).byte().numpy()
    patch = np.rot90(patch, int(rng.integers(4)))
    return (patch[:, ::-1] if rng.random() < 0.5 else patch), 1 / crops.band if crops.band else scale


def _draw_scale(rng: np.random.Generator, crops: Crops) -> tuple[float, bool]:
    kind = rng.random()
    for scale, share in crops.upright:
        if kind < share:
            return scale, True
        kind -= share
    return float(np.exp(rng.uniform(*np.log(crops.others)))), False


def make_sample(rng: np.random.Generator, tile: np.ndarray, known: int, size: int,
                crops: Crops = FINE) -> dict[str, np.ndarray]:
    """One training sample: uint8 image, its field's staining, and targets as CHW arrays, see `losses.loss_parts`."""
    patch, scale = crop(rng, tile, size, crops)
    depth = patch[..., t.DEPTH] * np.float32(scale / t.DEPTH_SCALE)
    outside = patch[..., t.OUTSIDE] * np.float32(scale / t.OUTSIDE_SCALE)
    classes = t.classes_from_depth(depth, outside, patch[..., t.CLASS])
    field = np.array(tile[::FIELD_STEP, ::FIELD_STEP, t.IMAGE])
    image, staining = augment_colour(rng, patch[..., t.IMAGE], field)
    planes = (*range(t.HEMATOXYLIN.start, t.HEMATOXYLIN.stop), t.DAPI, t.LAP2, t.MARKER, t.DISTANCE)
    return {
        "image": np.ascontiguousarray(image.transpose(2, 0, 1)),
        "staining": staining,
        "classes": classes.astype(np.uint8),
        "continuous": np.stack([patch[..., plane] for plane in planes]),
        "known": np.int64(known),
    }


class PoolDataset(IterableDataset):
    """Endless samples from a folder of tiles that another process may refresh."""

    def __init__(self, folder: Path, size: int, seed: int, crops: Crops = FINE):
        self.folder, self.size, self.seed, self.crops = Path(folder), size, seed, crops

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        listed, files = -np.inf, []
        while True:
            if time.monotonic() - listed > RELIST_SECONDS:
                files, listed = sorted(self.folder.glob("[0-9]*.npy")), time.monotonic()
                if not files:
                    raise FileNotFoundError(f"no tiles in {self.folder}")
            path = files[int(rng.integers(len(files)))]
            try:
                tile = np.load(path, mmap_mode="r")
            except FileNotFoundError:  # replaced under another name since it was listed
                continue
            yield make_sample(rng, tile, int(path.stem.rsplit("-", 1)[1], 16), self.size, self.crops)


def to_targets(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Collated uint8 samples to the targets of `losses.loss_parts`: floats in 0..1, long classes."""
    return {"classes": batch["classes"].long(), "continuous": batch["continuous"].float() / 255,
            "known": batch["known"]}
