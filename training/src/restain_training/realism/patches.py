"""Patches of real and of simulated pictures, at one pixel size and one white balance."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.pool import draw_training_scene
from ..data.white import balance, white_gains
from ..figures.sets import MICRONS_PER_PIXEL, SETS, find_samples
from ..simulator import Scene

SIDE = 256  # px at 0.25 um/px: 64 um
SIMULATED = "simulated"
# Seeds up to 1_799_999_999 are this module's: training, the test sets and the fields of `kinds` draw by others.
FIRST_SEED = 1_700_000_000
SEEDS_OF_A_RUN = 100_000
LEAST_MAGNIFICATION = 28.0  # of a simulated scan; all real sets were taken at 40x
MOST_OF_A_PICTURE = 4  # patches, so that large pictures do not outweigh the others
DARK, LEAST_TISSUE = 0.06, 0.05  # mean OD of tissue, and its least share of a patch
REAL_SETS = tuple(labelled.name for labelled in SETS if labelled.stain == "ihc")
NOT_NUCLEAR = ("cd138-marrow-points",)  # sets whose marker is in the membrane or the cytoplasm


@dataclass(frozen=True)
class Patch:
    """A piece of a picture as the network sees it."""

    image: np.ndarray  # (SIDE, SIDE, 3) uint8, white-balanced by its whole picture
    source: str  # name of the real set, or SIMULATED
    picture: str  # patches of one picture are never apart in the cross-validation
    is_nuclear: bool  # whether the marker is in nuclei


class NoPictures(Exception):
    """None of the real sets is there."""


def optical_density(image: np.ndarray) -> np.ndarray:
    """(..., 3) float32 of pixels (..., 3) uint8; 0 where the picture is as white as the white balance makes glass."""
    return -np.log10(np.clip((image.astype(np.float32) + 1) / 241, 0, 1))


def has_tissue(image: np.ndarray) -> bool:
    """Whether enough of a patch (H, W, 3) uint8 is darker than glass."""
    return bool((optical_density(image).mean(-1) > DARK).mean() >= LEAST_TISSUE)


def _at_common_size(image: Image.Image, microns_per_pixel: float) -> np.ndarray:
    scale = microns_per_pixel / MICRONS_PER_PIXEL
    size = tuple(max(1, round(n * scale)) for n in image.size)
    return np.asarray(image if size == image.size else image.resize(size, Image.BICUBIC))


def cut(image: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The squares of a white-balanced picture (H, W, 3) that show tissue, side by side, in random order."""
    image = balance(image, white_gains(image))
    rows, columns = (n // SIDE for n in image.shape[:2])
    top, left = (int(rng.integers(n % SIDE + 1)) for n in image.shape[:2])
    places = [(top + SIDE * (i // columns), left + SIDE * (i % columns)) for i in rng.permutation(rows * columns)]
    squares = (image[y : y + SIDE, x : x + SIDE] for y, x in places)
    return [square for square in squares if has_tissue(square)]


def real_patches(shared: Path, count: int, seed: int, names: tuple[str, ...] = REAL_SETS) -> list[Patch]:
    """At most `count` patches: one of every picture, then a second of each, up to MOST_OF_A_PICTURE.

    Raises
    ------
    NoPictures : where no set is there. Sets that are missing among others are named and skipped.
    """
    piles = []
    for labelled in (entry for entry in SETS if entry.name in names):
        samples = find_samples(shared, labelled)
        if not samples:
            print(f"skipped {labelled.name}: not in {shared / 'data'} (set RESTAIN_SHARED)")
        for index, sample in enumerate(samples):
            image = _at_common_size(Image.open(sample.image).convert("RGB"), sample.microns_per_pixel)
            squares = cut(image, np.random.default_rng([seed, index]))
            piles.append([Patch(square, labelled.name, f"{labelled.name}/{sample.name}",
                                labelled.name not in NOT_NUCLEAR) for square in squares[:MOST_OF_A_PICTURE]])
    if not piles:
        raise NoPictures(f"no real picture to compare with in {shared / 'data'}: set RESTAIN_SHARED or give --shared")
    rounds = (pile[turn] for turn in range(MOST_OF_A_PICTURE) for pile in piles if turn < len(pile))
    return list(islice(rounds, count))


def _draw(first_seed: int, draw: Callable[[int], Scene]) -> Iterator[Patch]:
    """One patch of every scene that is stained and magnified as the real pictures are."""
    for seed in range(first_seed, first_seed + SEEDS_OF_A_RUN):
        scene = draw(seed)
        if scene.spec.stain != "ihc" or scene.spec.magnification < LEAST_MAGNIFICATION:
            continue
        for square in cut(scene.image, np.random.default_rng(seed))[:1]:
            yield Patch(square, SIMULATED, str(seed), scene.spec.compartment == "nuclear")


def simulated_patches(count: int, seed: int, draw: Callable[[int], Scene] = draw_training_scene) -> list[Patch]:
    """`count` patches of as many scenes, drawn as training draws them."""
    drawn = _draw(FIRST_SEED + SEEDS_OF_A_RUN * seed, draw)
    return list(islice(drawn, count))
