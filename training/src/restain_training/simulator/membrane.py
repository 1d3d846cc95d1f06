"""Membranes of single cells, each with its own completeness and density, and the truth of what was drawn."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .noise import texture
from .nucleus import Nucleus
from .spec import MembraneSpec, SceneSpec

ANGLES = 72  # steps of a turn in which a membrane is stained or not
WOBBLE = 0.25  # log spread of the density along a stained membrane
REACH = {"lymphocyte": 0.45, "lobed": 0.6, "plasma": 0.8, "spindle": 0.5, "macrophage": 1.2}  # of the spec's margin
BLUSHING = ("tumour", "vesicular", "macrophage")
LINE = float(np.sqrt(2 * np.pi))  # a blurred line of 1 px has 1 / (LINE * sigma) of its density


@dataclass(frozen=True)
class MembraneTruth:
    """What was drawn of each cell, (n + 1,) float32 by label; 0 for the background."""

    completeness: np.ndarray  # share of the membrane inside the picture that is stained
    density: np.ndarray  # mean DAB OD along the stained part, with what neighbours add to it; 0 without any
    cytoplasm: np.ndarray  # DAB OD that the cytoplasm was given

    def of(self, kept: np.ndarray) -> "MembraneTruth":
        """The same for other labels: `kept` has the old label of each."""
        return MembraneTruth(self.completeness[kept], self.density[kept], self.cytoplasm[kept])


def _territories(rng, labels: np.ndarray, nuclei: list[Nucleus | None], spec: SceneSpec) -> np.ndarray:
    """Whose cell each pixel is, (H, W); 0 outside every cell."""
    distance, (rows, cols) = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    nearest = labels[rows, cols]
    margin = np.array([0.0] + [n.margin * REACH.get(n.kind, 1.0) for n in nuclei[1:]], np.float32)[nearest]
    ragged = 1 + spec.cell_raggedness * texture(rng, "mid", *labels.shape)
    return np.where(distance <= margin * np.clip(ragged, 0.4, 2.0), nearest, 0)


def draw_arcs(rng: np.random.Generator, wish: MembraneSpec) -> np.ndarray:
    """Where a stained membrane is stained, (ANGLES,) bool: everywhere, or in a few arcs."""
    if rng.random() < wish.full_share:
        return np.ones(ANGLES, bool)
    share = rng.uniform(*wish.partial)
    count = int(rng.integers(1, wish.most_arcs + 1))
    lengths = rng.dirichlet(np.full(count, 3.0)) * share
    gaps = rng.dirichlet(np.full(count, 3.0)) * (1 - share)
    turn = rng.uniform(0, 1)
    steps = (np.arange(ANGLES) + 0.5) / ANGLES
    arcs = np.zeros(ANGLES, bool)
    for length, gap in zip(lengths, gaps, strict=True):
        arcs |= (steps - turn) % 1 < length
        turn += length + gap
    return arcs


def _cytoplasm(rng, nuclei: list[Nucleus | None], expression: np.ndarray, wish: MembraneSpec) -> np.ndarray:
    """DAB OD of each cell's cytoplasm, (n + 1,): some cells blush, whether their membranes are stained or not."""
    blushes = rng.random(len(nuclei)) < wish.blush_share
    blushes &= np.array([False] + [nucleus.kind in BLUSHING for nucleus in nuclei[1:]])
    level = np.where(blushes, rng.uniform(0.3, 1, len(nuclei)) * wish.blush, 0)
    level = np.minimum(level, np.where(expression > 0, 0.6 * expression, level))
    macrophages = np.array([False] + [nucleus.kind == "macrophage" for nucleus in nuclei[1:]])
    level = np.where(macrophages & (expression > 0), rng.uniform(0.4, 0.9, len(nuclei)) * expression, level)
    level[0] = 0
    return level.astype(np.float32)


def draw_membranes(rng: np.random.Generator, labels: np.ndarray, nuclei: list[Nucleus | None],
                   spec: SceneSpec) -> tuple[np.ndarray, np.ndarray, MembraneTruth]:
    """Draw all membranes and cytoplasms.

    Parameters
    ----------
    labels : (H, W) int array, 0 = no nucleus
    nuclei : by label, None for 0; a cell is stained where `dab` reaches the spec's `positive_od`
    spec : with `membranes`

    Returns
    -------
    dab : (H, W) float32
    cells : (H, W) int array, 0 outside every cell
    truth : MembraneTruth
    """
    wish = spec.membranes
    height, width = labels.shape
    cells = _territories(rng, labels, nuclei, spec)
    expression = np.array([0.0] + [n.dab if n.dab >= spec.positive_od else 0.0 for n in nuclei[1:]], np.float32)
    border = np.zeros(cells.shape, bool)
    for axis in (0, 1):
        differs = np.diff(cells, axis=axis) != 0
        here = [slice(None)] * 2
        for side in (slice(None, -1), slice(1, None)):
            here[axis] = side
            border[tuple(here)] |= differs
    border &= cells > 0
    rows, cols = np.nonzero(border)
    owner = cells[rows, cols]
    xs, ys = (np.array([0.0] + [getattr(n, axis) for n in nuclei[1:]], np.float32) for axis in "xy")
    turn = np.arctan2(rows - ys[owner], cols - xs[owner]) / (2 * np.pi)
    angle = (np.floor(turn * ANGLES).astype(int)) % ANGLES
    arcs = np.zeros((len(nuclei), ANGLES), np.float32)
    for label in np.flatnonzero(expression):
        wobble = np.exp(WOBBLE * ndimage.gaussian_filter1d(rng.standard_normal(ANGLES), 3, mode="wrap") * 2)
        arcs[label] = expression[label] * draw_arcs(rng, wish) * wobble
    level = arcs[owner, angle]

    line = np.zeros(cells.shape, np.float32)
    line[rows, cols] = level
    sigma = spec.membrane_width
    membrane = ndimage.gaussian_filter(line, sigma) * (LINE * sigma)
    membrane *= np.clip(1 + spec.granularity * texture(rng, "grain", height, width), 0.2, 3)
    blush = _cytoplasm(rng, nuclei, expression, wish)
    outside = np.where(labels > 0, np.float32(spec.nuclear_veil), np.float32(1))
    veil = ndimage.gaussian_filter(blush[cells] * outside, 1.0)
    veil *= np.clip(1 + wish.blush_grain * texture(rng, "grain", height, width), 0, 3)
    dab = np.maximum(membrane, veil) + 0.3 * np.minimum(membrane, veil)

    count = len(nuclei)
    length = np.maximum(np.bincount(owner, minlength=count), 1)
    stained = level > 0
    stained_length = np.bincount(owner[stained], minlength=count)
    drawn = np.bincount(owner[stained], weights=dab[rows, cols][stained], minlength=count)
    truth = MembraneTruth(
        completeness=(stained_length / length).astype(np.float32),
        density=(drawn / np.maximum(stained_length, 1)).astype(np.float32),
        cytoplasm=blush,
    )
    return dab.astype(np.float32), cells, truth
