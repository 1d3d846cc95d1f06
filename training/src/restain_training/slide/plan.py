"""What a slide shows and where: tissue, tumour nests, lymphocytes, folds, a hot spot, or cores of a microarray.

Everything is a field on a coarse grid, and a pixel's value is interpolated from it. So any part of the slide can be
drawn by itself, and meets its neighbours without a seam. Places are px of the full resolution, from the upper left
corner.
"""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from scipy import ndimage

from ..simulator.noise import smooth_field

STEP = 16  # px between nodes of the grid
BLOCK = 2048  # px; a slide is drawn in blocks of this side
MARGIN = 400  # px of glass along the edges of the slide
HOT_SPOT_MM2 = 0.2  # area of a field of a microscope with a 20x objective, the usual size of a hot spot
MICRONS_PER_PIXEL = 0.25
SOFT_EDGE = 60  # px over which the share of positive nuclei rises to the hot spot's


@dataclass
class Fold:
    """A crease. `across` is the distance in px to its line on the grid, `strength` 0 to 1 along it."""

    across: np.ndarray
    strength: np.ndarray
    width: float


@dataclass(frozen=True)
class HotSpot:
    """A disc in which more of the tumour's nuclei are positive than elsewhere. Lengths in px."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Core:
    """A core of a microarray; row and column from 0. Lengths in px. A missing one leaves glass."""

    row: int
    column: int
    x: float
    y: float
    radius: float
    is_missing: bool


@dataclass
class Plan:
    """Fields on the grid, all (nodes, nodes) float32: node (i, j) lies at the corner (STEP * j, STEP * i).

    `tissue`, `tumour` and `aggregate` are about the distance in px to their edges, positive inside. `share` is that of
    expressing tumour cells; `across` counts px across the stroma's fibres, so that its level lines are the fibres.
    """

    side: int
    tissue: np.ndarray
    tumour: np.ndarray
    aggregate: np.ndarray
    share: np.ndarray
    across: np.ndarray
    hot_spot: HotSpot | None = None
    folds: list[Fold] = field(default_factory=list)
    cores: list[Core] = field(default_factory=list)

    @property
    def blocks(self) -> int:
        """How many blocks there are along a side."""
        return -(-self.side // BLOCK)


def nodes_of(side: int) -> int:
    """Nodes along a side of the grid, which covers whole blocks and what lies around the last one."""
    return -(-side // BLOCK) * BLOCK // STEP + 8


def upsample(grid: np.ndarray, left: int, top: int, width: int, height: int) -> np.ndarray:
    """The (height, width) px at (left, top) of a field, at their centres. Past the grid it stays as it is."""
    first = np.array([left, top]) // STEP - 2
    last = np.array([left + width, top + height]) // STEP + 4
    rows = np.clip(np.arange(first[1], last[1]), 0, grid.shape[0] - 1)
    cols = np.clip(np.arange(first[0], last[0]), 0, grid.shape[1] - 1)
    window = Image.fromarray(np.ascontiguousarray(grid[np.ix_(rows, cols)], np.float32))
    x, y = np.array([left, top]) / STEP - first + 0.5  # Pillow counts from the corner of a node's own cell
    box = (x, y, x + width / STEP, y + height / STEP)
    return np.asarray(window.resize((width, height), Image.BILINEAR, box=box))


def sample(grid: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A field on the grid at points (x, y)."""
    return ndimage.map_coordinates(grid, [np.asarray(y) / STEP, np.asarray(x) / STEP], order=1, mode="nearest")


def draw_plan(seed: int, side: int, share: float, hot_share: float) -> Plan:
    """A slide with sections of a tumour. `share` and `hot_share` of its tumour cells express the marker."""
    rng = np.random.default_rng([seed, 1])
    count = nodes_of(side)
    xs, ys = _axes(count)
    tissue = _sections(rng, xs, ys, side)
    tumour_area = _smooth(rng, count, 0.35 * side) * 0.35 + np.minimum(tissue / 900, 0.6)
    nests = 0.9 * _smooth(rng, count, 1100) + 0.45 * _smooth(rng, count, 380) + 0.12 * _smooth(rng, count, 110)
    hot_spot = _place_hot_spot(rng, tissue, tumour_area, side)
    near = np.clip(1.6 - np.hypot(xs - hot_spot.x, ys - hot_spot.y) / hot_spot.radius, 0, 1)
    level = np.clip(tumour_area, -1, 0.4) * 1.2 + nests + 2.4 * near - 0.25
    holes = _smooth(rng, count, 520) + 0.2 * _smooth(rng, count, 120) - 2.6 - 2 * near
    tissue = np.minimum(tissue, -_to_distance(holes))
    plan = _finish(rng, side, tissue, level, _share(rng, count, share))
    distance = np.hypot(xs - hot_spot.x, ys - hot_spot.y)
    inside = np.clip((hot_spot.radius - distance) / SOFT_EDGE + 0.5, 0, 1)
    plan.share = (plan.share + (hot_share - plan.share) * inside).astype(np.float32)
    plan.hot_spot = hot_spot
    plan.folds = [_fold(rng, plan, xs, ys) for _ in range(max(1, round(side / 14_000)))]
    return plan


def draw_array(seed: int, side: int, share: float) -> Plan:
    """A tissue microarray: a grid of cores, a little turned, with some missing. Each core has a share of its own."""
    rng = np.random.default_rng([seed, 2])
    count = nodes_of(side)
    xs, ys = _axes(count)
    radius = min(1200.0, 0.105 * side)
    pitch = 2.75 * radius
    angle = rng.uniform(0.015, 0.045) * rng.choice([-1, 1])
    across = int((side - 2 * MARGIN) / (pitch * (np.cos(angle) + abs(np.sin(angle)))))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    missing = set(rng.choice(across * across, max(1, across * across // 12), replace=False).tolist())
    wobble = 0.08 * _smooth(rng, count, 700) + 0.02 * _smooth(rng, count, 110)
    tissue = np.full((count, count), -64, np.float32)
    shares = np.full((count, count), share, np.float32)
    cores = []
    for index in range(across * across):
        row, column = divmod(index, across)
        place = turn @ (np.array([column, row]) - (across - 1) / 2) * pitch + side / 2 + rng.normal(0, 0.03 * radius, 2)
        core = Core(row, column, *map(float, place), radius * rng.uniform(0.94, 1.03), index in missing)
        own = float(np.clip(share * rng.lognormal(0, 0.7), 0.02, 0.85))
        cores.append(core)
        if core.is_missing:
            continue
        rows, cols = _around(core, 1.3, count)
        distance = np.hypot(xs[:, cols] - core.x, ys[rows] - core.y)
        level = core.radius * (1 + wobble[rows, cols]) - distance
        tissue[rows, cols] = np.maximum(tissue[rows, cols], np.clip(level, -64, None))
        shares[rows, cols] = own
    level = 0.9 * _smooth(rng, count, 900) + 0.45 * _smooth(rng, count, 320) + 0.1 * _smooth(rng, count, 110) + 0.35
    plan = _finish(rng, side, tissue, level, shares)
    plan.cores = cores
    return plan


def _axes(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the nodes in px: x (1, count) and y (count, 1)."""
    nodes = STEP * np.arange(count, dtype=np.float32)
    return nodes[None, :], nodes[:, None]


def _smooth(rng, count: int, period: float) -> np.ndarray:
    """A smooth field of unit variance with bumps `period` px apart."""
    return smooth_field(rng, count, count, period / STEP)


def _to_distance(level: np.ndarray) -> np.ndarray:
    """`level` scaled to about px from where it is zero, within 400."""
    slope = np.hypot(*np.gradient(level.astype(np.float32), STEP))
    return np.clip(level / np.maximum(slope, 2e-4), -400, 400).astype(np.float32)


def _sections(rng, xs, ys, side: int) -> np.ndarray:
    """Distance to the outline of one section, or of two or three pieces on a large slide."""
    count = xs.shape[1]
    pieces = 1 if side < 16_000 else int(rng.integers(2, 4))
    edge = 0.13 * _smooth(rng, count, 0.22 * side) + 0.07 * _smooth(rng, count, 900) + 0.02 * _smooth(rng, count, 150)
    level = np.full((count, count), -1.0, np.float32)
    for piece in range(pieces):
        x = side * (0.5 if pieces == 1 else (0.27 + 0.46 * piece / max(1, pieces - 1)) + rng.uniform(-0.03, 0.03))
        y = side * (0.5 if pieces == 1 else (0.3 if piece % 2 else 0.66) + rng.uniform(-0.03, 0.03))
        reach = side * (0.31 if pieces == 1 else rng.uniform(0.23, 0.27))
        squash, angle = rng.uniform(0.75, 0.95), rng.uniform(0, np.pi)
        u = (xs - x) * np.cos(angle) + (ys - y) * np.sin(angle)
        v = (ys - y) * np.cos(angle) - (xs - x) * np.sin(angle)
        level = np.maximum(level, 1 - np.hypot(u, v / squash) / reach + edge)
    border = np.minimum(np.minimum(xs, ys), np.minimum(side - xs, side - ys)) - MARGIN
    return np.minimum(_to_distance(level), border).astype(np.float32)


def _place_hot_spot(rng, tissue: np.ndarray, tumour_area: np.ndarray, side: int) -> HotSpot:
    """A place deep in the tissue, where there is tumour."""
    radius = min(float(np.sqrt(HOT_SPOT_MM2 / np.pi) * 1000 / MICRONS_PER_PIXEL), side / 8)
    depth = ndimage.distance_transform_edt(tissue > 0) * STEP
    deep = np.argwhere((depth > 1.25 * radius) & (tumour_area > np.quantile(tumour_area[tissue > 0], 0.5)))
    if len(deep) == 0:
        raise ValueError(f"no room for a hot spot of radius {radius:.0f} px in this tissue: take a larger side")
    row, col = deep[rng.integers(len(deep))]
    return HotSpot(float(col * STEP), float(row * STEP), radius)


def _share(rng, count: int, share: float) -> np.ndarray:
    """Share of expressing tumour cells, which varies slowly over the slide."""
    return np.clip(share * np.exp(0.25 * _smooth(rng, count, 3000)), 0, 1).astype(np.float32)


def _finish(rng, side: int, tissue, level, share) -> Plan:
    """The fields that every slide has."""
    count = tissue.shape[0]
    tumour = np.minimum(_to_distance(level), tissue - 40).astype(np.float32)
    islands = _smooth(rng, count, 620) + 0.3 * _smooth(rng, count, 150) - 1.35 - np.clip(level - 1.2, 0, None)
    at_border = np.exp(-(((-tumour - 60) / 90) ** 2))  # lymphocytes gather where the tumour ends
    aggregate = np.minimum(_to_distance(islands + 0.9 * at_border), tissue - 30).astype(np.float32)
    angle = rng.uniform(0, np.pi)
    xs, ys = _axes(count)
    across = ys * np.cos(angle) - xs * np.sin(angle) + 260 * _smooth(rng, count, 1500) + 16 * _smooth(rng, count, 150)
    return Plan(side, tissue, tumour, aggregate, share, across.astype(np.float32))


def _fold(rng, plan: Plan, xs, ys) -> Fold:
    """A crease across a piece of tissue."""
    inner = np.argwhere(plan.tissue > 250)
    row, col = inner[rng.integers(len(inner))]
    angle = rng.uniform(0, np.pi)
    x, y = xs - col * STEP, ys - row * STEP
    across = x * np.sin(angle) - y * np.cos(angle) + 60 * _smooth(rng, xs.shape[1], 900)
    along = x * np.cos(angle) + y * np.sin(angle)
    strength = np.clip(1.5 - np.abs(along) / rng.uniform(500, 900), 0, 1) * rng.uniform(0.6, 1.0)
    return Fold(np.clip(across, -500, 500).astype(np.float32), strength.astype(np.float32), rng.uniform(18, 36))


def _around(core: Core, reach: float, count: int) -> tuple[slice, slice]:
    """The nodes around a core: rows and columns."""
    spans = []
    for centre in (core.y, core.x):
        first, last = (centre - reach * core.radius) / STEP, (centre + reach * core.radius) / STEP
        spans.append(slice(max(0, int(first)), min(count, int(last) + 1)))
    return spans[0], spans[1]
