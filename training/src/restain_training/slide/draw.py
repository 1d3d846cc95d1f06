"""Draws any block of a slide, with the class of every nucleus in it."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from ..simulator import stains
from ..simulator.noise import BANK_SIZE, noise_bank
from ..simulator.spec import POSITIVE_SHARE, STAINED_PIXEL_SHARE_OF_THRESHOLD, SceneSpec
from .place import Nuclei
from .plan import BLOCK, Plan, upsample
from .stamps import MAX_REACH, Library
from .tiff import TILE

CANVAS_MARGIN = MAX_REACH + 8  # px around a block that are drawn too, so that its own nuclei and filters are whole
NOISE_PERIOD = BLOCK  # px; so a tile of glass has one of a few looks, and is encoded once
WHITE = (241.0, 240.0, 242.0)
BLUR, SHARPEN, SHARPEN_RADIUS, NOISE = 0.6, 0.5, 1.2, 0.8


@dataclass(frozen=True)
class Tones:
    """Optical densities (3,) of what is on the slide, and from which DAB on it looks black."""

    hematoxylin: np.ndarray
    matrix: np.ndarray
    dab: np.ndarray
    black_from: float
    stained_share: float  # of the matrix: by hematoxylin


def draw_tones(seed: int) -> Tones:
    """The colours of a slide."""
    rng = np.random.default_rng([seed, 5])
    return Tones(stains.random_hematoxylin(rng), stains.random_matrix(rng),
                 stains.unit(stains.DAB + rng.normal(0, 0.02, 3)),
                 rng.uniform(1.0, 1.7), rng.uniform(0.3, 0.6))


@dataclass(frozen=True)
class Block:
    """A drawn block: its picture, and of the nuclei whose centre is in it number, class, mean DAB and area."""

    image: np.ndarray  # (BLOCK, BLOCK, 3) uint8
    is_glass: np.ndarray  # (tiles, tiles) bool: nothing but glass
    nuclei: np.ndarray  # (n,) indices
    positive: np.ndarray
    mean_dab: np.ndarray
    area: np.ndarray  # px that can be seen of it


class Painter:
    """Draws a slide that is planned. A pixel depends on its place alone, never on the block that it is drawn with."""

    def __init__(self, plan: Plan, library: Library, nuclei: Nuclei, spec: SceneSpec, tones: Tones):
        self.plan, self.library, self.nuclei, self.spec, self.tones = plan, library, nuclei, spec, tones
        self.kernel = _kernel()
        self.noise = _noise()

    def block(self, column: int, row: int, side: int = BLOCK) -> Block:
        """Draw the block at (column, row) of a grid of blocks of `side` px."""
        left, top = column * side - CANVAS_MARGIN, row * side - CANVAS_MARGIN
        size = side + 2 * CANVAS_MARGIN
        x, y = self.nuclei.x - left, self.nuclei.y - top
        seen = np.flatnonzero((x > -MAX_REACH) & (x < size + MAX_REACH) & (y > -MAX_REACH) & (y < size + MAX_REACH))
        tissue = upsample(self.plan.tissue, left, top, size, size)
        inner = np.s_[CANVAS_MARGIN:-CANVAS_MARGIN, CANVAS_MARGIN:-CANVAS_MARGIN]
        solid = np.clip(tissue / 3 + 0.5, 0, 1)
        tile = min(TILE, side)
        is_glass = ~_near_tissue(solid, tile)
        hema, dab, labels = (np.zeros((size, size), kind) for kind in (np.float32, np.float32, np.int32))
        for label, number in enumerate(seen, 1):
            self._paint(hema, dab, labels, label, number, x[number], y[number])
        own = (x[seen] >= CANVAS_MARGIN) & (x[seen] < CANVAS_MARGIN + side)
        own &= (y[seen] >= CANVAS_MARGIN) & (y[seen] < CANVAS_MARGIN + side)
        positive, mean, area = self._classify(labels, dab, len(seen))
        image = self._expose(self._light(hema, dab, solid, left, top), left, top)[inner]
        chosen = np.flatnonzero(own)
        return Block(image, is_glass, seen[chosen], positive[chosen + 1], mean[chosen + 1], area[chosen + 1])

    def glass(self, column: int, row: int, side: int) -> np.ndarray:
        """The picture of glass at (column, row) of a grid of tiles of `side` px; it repeats after NOISE_PERIOD px."""
        white = np.empty((side, side, 3), np.float32)
        white[:] = WHITE
        return self._finish(white, column * side, row * side)

    def _paint(self, hema, dab, labels, label: int, number: int, x: int, y: int) -> None:
        """Paint one nucleus, the `label`-th of this canvas, in place."""
        stamp = self.library.stamps[self.nuclei.stamp[number]]
        reach = stamp.alpha.shape[0] // 2
        size = labels.shape[0]
        t0, l0 = max(0, reach - y), max(0, reach - x)
        t1, l1 = min(2 * reach + 1, size + reach - y), min(2 * reach + 1, size + reach - x)
        if t1 <= t0 or l1 <= l0:
            return
        patch = np.s_[t0:t1, l0:l1]
        outer = np.s_[y - reach + t0 : y - reach + t1, x - reach + l0 : x - reach + l1]
        inside, room = stamp.inside[patch], 1.0
        taken = labels[outer] > 0
        if self.nuclei.is_moulded[number] and (taken & inside).any():  # cut off at its neighbour
            inside = inside & ~taken
            room = 1 - ndimage.uniform_filter(taken.astype(np.float32), 3)
        _overlay(hema[outer], self.nuclei.hematoxylin[number] * room * stamp.hematoxylin[patch])
        if self.nuclei.dab[number] > 0:
            _overlay(dab[outer], self.nuclei.dab[number] * room * stamp.dab[patch])
        labels[outer][inside] = label

    def _classify(self, labels, dab, count: int):
        """The rule of the simulated fields, on what is drawn. Returns (positive, mean DAB, area), by label."""
        flat = labels.ravel()
        area = np.bincount(flat, minlength=count + 1)
        size = np.maximum(area, 1)
        mean = np.bincount(flat, weights=dab.ravel(), minlength=count + 1) / size
        stained = dab > STAINED_PIXEL_SHARE_OF_THRESHOLD * self.spec.positive_od
        share = np.bincount(flat, weights=stained.ravel(), minlength=count + 1) / size
        return (mean >= self.spec.positive_od) & (share >= POSITIVE_SHARE), mean.astype(np.float32), area

    def _light(self, hema, dab, solid, left: int, top: int) -> np.ndarray:
        """Light (H, W, 3) through everything that is there."""
        size = hema.shape[0]
        spec, plan, tones = self.spec, self.plan, self.tones
        tumour = np.clip(upsample(plan.tumour, left, top, size, size) / 8 + 0.5, 0, 1)
        grain, coarse = (_window(name, left, top, size) for name in ("grain", "coarse"))
        soft = np.clip(1 + 0.35 * coarse + 0.2 * grain, 0, 3)
        mottle = 0.25 * _window("coarse", top + 311, left + 97, size).T + 0.15 * grain
        fibre = np.clip(1 + spec.fibre_contrast * (0.6 * self._strands(left, top, size) + mottle), 0, 4)
        matrix = spec.background * (fibre * (1 - 0.8 * tumour) + 0.3 * soft) + spec.cytoplasm * soft * tumour
        matrix *= solid
        blue = hema + tones.stained_share * matrix
        rest = (1 - tones.stained_share) * 0.5 * matrix
        brown = dab + spec.dab_background * soft * solid
        black = stains.blacken(dab, tones.black_from)
        gain = self._folds(left, top, size, solid)
        light = np.empty((size, size, 3), np.float32)
        for channel in range(3):
            density = blue * tones.hematoxylin[channel] + rest * tones.matrix[channel] + brown * tones.dab[channel]
            density += black
            density *= gain
            light[..., channel] = WHITE[channel] * np.exp(density * np.float32(-np.log(10)))
        return light

    def _strands(self, left: int, top: int, size: int) -> np.ndarray:
        """Fibres along the level lines of the plan's `across`."""
        across = upsample(self.plan.across, left, top, size, size)
        ys, xs = np.arange(size)[:, None] + top, np.arange(size)[None] + left
        along = (0.1 * xs + 0.07 * ys).astype(np.float32)
        return ndimage.map_coordinates(noise_bank()["grain"], [across, along], order=1, mode="grid-wrap")

    def _folds(self, left: int, top: int, size: int, solid) -> np.ndarray | float:
        """By how much tissue is denser: 1, and more where it lies folded."""
        gain = 1.0
        for fold in self.plan.folds:
            strength = upsample(fold.strength, left, top, size, size)
            if strength.any():
                across = upsample(fold.across, left, top, size, size)
                gain = gain + strength * np.clip(1.3 - np.abs(across) / fold.width, 0, 1) * solid
        return gain

    def _expose(self, light, left: int, top: int) -> np.ndarray:
        """Through the optics, sharpening included, onto the sensor."""
        for axis in (0, 1):
            light = ndimage.correlate1d(light, self.kernel, axis=axis, mode="nearest")
        return self._finish(light, left, top)

    def _finish(self, light, left: int, top: int) -> np.ndarray:
        """Add the sensor's noise, and round."""
        rows, cols = (np.arange(size) + start for size, start in zip(light.shape[:2], (top, left)))
        for channel in range(3):
            shift = 613 * channel
            light[..., channel] += self.noise[np.ix_((rows + shift) % NOISE_PERIOD, (cols + 2 * shift) % NOISE_PERIOD)]
        return np.clip(light + 0.5, 0, 255).astype(np.uint8)


def encode(image: np.ndarray, quality: int) -> bytes:
    """`image` (H, W, 3) as a complete JPEG with colour at half the resolution."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality, subsampling=2, optimize=True)
    return buffer.getvalue()


def shrink(image: np.ndarray, step: int) -> np.ndarray:
    """Means of step by step px of `image` (H, W, 3), both sides multiples of `step`."""
    height, width = image.shape[0] // step, image.shape[1] // step
    return np.asarray(Image.fromarray(image).resize((width, height), Image.BOX))


def _overlay(target: np.ndarray, new: np.ndarray) -> None:
    """Lay one absorbing layer over another, in place: the denser one plus 0.3 of the other."""
    np.add(np.maximum(target, new), 0.3 * np.minimum(target, new), out=target)


def _near_tissue(solid: np.ndarray, tile: int) -> np.ndarray:
    """By tile of a canvas, whether anything but glass is in it or so near that filters bring it in."""
    count = (solid.shape[0] - 2 * CANVAS_MARGIN) // tile
    starts = CANVAS_MARGIN + tile * np.arange(count)
    found = [[solid[t - 8 : t + tile + 8, s - 8 : s + tile + 8].any() for s in starts] for t in starts]
    return np.array(found, bool)


def _window(name: str, left: int, top: int, size: int) -> np.ndarray:
    """A window of the noise bank that is fixed to the slide."""
    rows, cols = ((np.arange(size) + start) % BANK_SIZE for start in (top, left))
    return noise_bank()[name][np.ix_(rows, cols)]


def _kernel() -> np.ndarray:
    """Weights along one axis of blur and sharpening together."""
    x = np.arange(-4, 5)
    narrow, wide = (np.exp(-(x**2) / (2 * sigma**2)) for sigma in (BLUR, np.hypot(BLUR, SHARPEN_RADIUS)))
    return (1 + SHARPEN) * narrow / narrow.sum() - SHARPEN * wide / wide.sum()


def _noise() -> np.ndarray:
    """Noise of the sensor, (NOISE_PERIOD, NOISE_PERIOD), wrapping around."""
    noise = np.random.default_rng(5).standard_normal((NOISE_PERIOD, NOISE_PERIOD), dtype=np.float32)
    return NOISE * 1.3 * ndimage.uniform_filter1d(noise, 2, axis=0, mode="wrap")
