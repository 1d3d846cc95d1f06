"""Where the nuclei of a slide lie, and how strongly each is stained."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..simulator.spec import SceneSpec
from .plan import BLOCK, STEP, Plan, sample
from .stamps import KIND_GAIN, KINDS, SPINDLE_ANGLES, SPINDLES_EACH, Library

REACH = 64  # px within which two nuclei may be too near to each other
FAINTEST = 0.11  # least sum of hematoxylin and DAB: every nucleus can be seen
FULLY_BROWN = 0.7


@dataclass
class Nuclei:
    """All nuclei of a slide, each array (n,). Places in px from the centre of pixel (0, 0), whole numbers."""

    x: np.ndarray
    y: np.ndarray
    kind: np.ndarray  # index of KINDS
    stamp: np.ndarray  # index of the library
    hematoxylin: np.ndarray
    dab: np.ndarray  # mean density that is drawn
    is_moulded: np.ndarray  # cut off where it meets a neighbour

    def __len__(self) -> int:
        return len(self.x)


def place_nuclei(seed: int, plan: Plan, library: Library, spec: SceneSpec) -> Nuclei:
    """Place nuclei at random, block after block, except those too near to one that is there already."""
    radius = library.radius
    placed: dict[tuple[int, int], np.ndarray] = {}
    parts = []
    for row in range(plan.blocks):
        for column in range(plan.blocks):
            rng = np.random.default_rng([seed, 4, row, column])
            found = _candidates(rng, plan, library, spec, column * BLOCK, row * BLOCK)
            if found is None:
                continue
            points, kind, stamp, gap = found
            fixed = [placed[at] for at in _before(row, column) if at in placed]
            others = _near(np.concatenate(fixed), column, row) if fixed else np.empty((0, 3), np.float32)
            own = np.column_stack([points, radius[stamp]]).astype(np.float32)
            free = _choose(others, own, gap)
            placed[row, column] = own[free]
            points, kind, stamp = points[free], kind[free], stamp[free]
            parts.append((points, kind, stamp, *_stain(rng, plan, library, spec, points, kind, stamp)))
        for column in range(plan.blocks):
            placed.pop((row - 1, column), None)
    if not parts:
        raise ValueError("there is no tissue in this slide")
    points, *rest = (np.concatenate(column) for column in zip(*parts))
    return Nuclei(points[:, 0].astype(np.int32), points[:, 1].astype(np.int32), *rest)


def _before(row: int, column: int):
    """The neighbouring blocks that were filled before."""
    return (row, column - 1), (row - 1, column - 1), (row - 1, column), (row - 1, column + 1)


def _near(circles: np.ndarray, column: int, row: int) -> np.ndarray:
    """Of circles (n, 3) those within reach of a block."""
    x, y = circles[:, 0] - column * BLOCK, circles[:, 1] - row * BLOCK
    return circles[(x > -REACH) & (x < BLOCK + REACH) & (y > -REACH) & (y < BLOCK + REACH)]


def _candidates(rng, plan: Plan, library: Library, spec: SceneSpec, left: int, top: int):
    """Points of a block in the tissue: (points, kind, stamp, distance that each keeps relative to the radii)."""
    count = int(BLOCK**2 / (0.35 * spec.tumour_radius**2 * 3.2))
    nodes = np.s_[top // STEP : (top + BLOCK) // STEP + 2, left // STEP : (left + BLOCK) // STEP + 2]
    if (plan.tissue[nodes] <= 0).all():
        return None
    points = rng.integers(0, BLOCK, (count, 2)) + (left, top)
    picks = rng.random((count, 6))
    keep = (sample(plan.tissue, *(points.T + 0.5)) > 8) & (points < plan.side).all(1)
    points, picks = points[keep], picks[keep]
    x, y = points.T + 0.5
    tumour, aggregate = sample(plan.tumour, x, y) > 0, sample(plan.aggregate, x, y) > 0
    kind = _kinds(picks, tumour, aggregate, spec)
    number = np.array([library.count[name] for name in KINDS])[kind]
    stamp = np.array([library.first[name] for name in KINDS])[kind] + (picks[:, 3] * number).astype(int)
    spindles = kind == KINDS.index("spindle")
    stamp[spindles] = library.first["spindle"] + _along_fibres(plan, x[spindles], y[spindles], picks[spindles, 3:])
    gap = np.where(kind <= 1, spec.crowding, max(0.8, 0.9 * spec.crowding))  # 0, 1: the tumour's own kinds
    gap = gap * np.where(tumour | aggregate, 1, spec.stroma_spacing) * (0.88 + 0.27 * picks[:, 5])
    return points, kind, stamp, gap


def _kinds(picks, tumour, aggregate, spec: SceneSpec) -> np.ndarray:
    """Kinds of nuclei, with the shares of a simulated field."""
    index = {name: number for number, name in enumerate(KINDS)}
    first, second, third = picks[:, 0], picks[:, 1], picks[:, 2]
    stroma = np.select(
        [first < 0.25 + 0.5 * spec.lymphocyte_share, first > 0.97, first > 0.92],
        [index["lymphocyte"], index["lobed"], index["plasma"]], index["spindle"])
    nest = np.where(first < 0.12 * spec.lymphocyte_share, index["lymphocyte"],
                    np.where(second < spec.vesicular_share, index["vesicular"], index["tumour"]))
    crowd = np.where(second < 0.12, index["plasma"], index["lymphocyte"])
    return np.where(aggregate & (third < 0.85), crowd, np.where(tumour, nest, stroma))


def _along_fibres(plan: Plan, x, y, picks) -> np.ndarray:
    """Numbers of spindles that lie about along the fibres at (x, y)."""
    dx = sample(plan.across, x + STEP, y) - sample(plan.across, x - STEP, y)
    dy = sample(plan.across, x, y + STEP) - sample(plan.across, x, y - STEP)
    spread = 0.5 * (picks[:, 1] + picks[:, 2] - 1)  # within half a radian
    angle = np.mod(np.arctan2(-dx, dy) + spread, np.pi)
    nearest = np.rint(angle * SPINDLE_ANGLES / np.pi).astype(int) % SPINDLE_ANGLES
    return nearest * SPINDLES_EACH + (picks[:, 0] * SPINDLES_EACH).astype(int)


def _choose(fixed: np.ndarray, own: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Which of `own` circles (n, 3) stay: one after the other, each unless it is too near to one that stayed before.

    Parameters
    ----------
    fixed : (m, 3) circles that are there already
    gap : (n,) least distance to another circle, in units of the sum of both radii
    """
    circles = np.concatenate([fixed, own])
    gaps = np.concatenate([np.zeros(len(fixed)), gap])
    pairs = cKDTree(circles[:, :2]).query_pairs(REACH, output_type="ndarray")
    pairs.sort(axis=1)
    earlier, later = pairs[pairs[:, 1] >= len(fixed)].T
    distance = np.hypot(*(circles[earlier, :2] - circles[later, :2]).T)
    clash = distance < gaps[later] * (circles[earlier, 2] + circles[later, 2])
    earlier, later = earlier[clash], later[clash]
    stays = np.zeros(len(circles), bool)
    stays[: len(fixed)] = True
    is_open = ~stays
    while is_open.any():
        gone = np.zeros(len(circles), bool)
        gone[later[stays[earlier]]] = True  # too near to one that stays
        waits = np.zeros(len(circles), bool)
        waits[later[is_open[earlier]]] = True  # what it depends on is not known yet
        is_open &= ~gone
        decided = is_open & ~waits
        stays |= decided
        is_open &= ~decided
        alive = is_open[later]
        earlier, later = earlier[alive], later[alive]
    return np.flatnonzero(stays[len(fixed) :])


def _stain(rng, plan: Plan, library: Library, spec: SceneSpec, points, kind, stamp):
    """(hematoxylin, dab, is_moulded) of nuclei; each expresses the marker clearly, weakly, in traces or not."""
    count = len(points)
    share = sample(plan.share, *(points.T + 0.5)) * np.array([spec.positive.get(name, 0.0) for name in KINDS])[kind]
    expresses, weak = rng.random(count) < share, rng.random(count) < spec.weak_share
    median = np.where(weak, 1.25 * spec.positive_od, spec.dab_median)
    strength = np.clip(median * rng.lognormal(0, spec.dab_spread, count), 0.05, 3.2)
    has_trace = rng.random(count) < spec.trace_ratio * spec.weak_share
    trace = np.where(has_trace & (share > 0), rng.uniform(0.1, 0.95, count) * spec.positive_od, 0)
    dab = np.where(expresses, strength, trace)
    fade = 1 / (1 + 0.22 * np.array([one.defocus for one in library.stamps])[stamp])
    gain = np.array([KIND_GAIN.get(name, 1.0) for name in KINDS])[kind]
    hematoxylin = spec.hematoxylin * gain * rng.lognormal(0, spec.hematoxylin_spread, count) * fade
    dab = dab * fade
    hematoxylin *= 1 - spec.dab_hides_hematoxylin * np.minimum(dab / FULLY_BROWN, 1)
    hematoxylin = np.maximum(hematoxylin, FAINTEST - dab)
    is_moulded = rng.random(count) < spec.moulding
    return hematoxylin.astype(np.float32), dab.astype(np.float32), is_moulded
