"""A slide from its order to its files, in bounded memory."""

import json
import multiprocessing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ..data.samples import EPITHELIUM
from ..simulator.spec import SceneSpec
from . import truth as truths
from .draw import NOISE_PERIOD, Painter, draw_tones, encode, shrink
from .place import place_nuclei
from .plan import BLOCK, MICRONS_PER_PIXEL, draw_array, draw_plan
from .stamps import draw_library
from .tiff import TILE, TiledTiff

STEPS = (1, 4, 16)  # of the levels of the file
OVERVIEW_STEP = STEPS[-1]


@dataclass(frozen=True)
class Order:
    """What a slide shows. The same order gives the same bytes and the same truth."""

    side: int
    seed: int = 1
    is_array: bool = False
    share: float = 0.15
    hot_share: float = 0.5
    quality: int = 85


def slide_spec() -> SceneSpec:
    """Epithelium like that of the sample pictures. `positive` is relative to the share of a place."""
    kinds = {"tumour": 1.0, "vesicular": 1.0, "spindle": 0.04, "lymphocyte": 0.1}
    return replace(EPITHELIUM, positive=kinds, defocus_share=0.08, background=0.1, cytoplasm=0.1, dab_median=0.8,
                   dab_hides_hematoxylin=0.5)


def painter_of(order: Order) -> Painter:
    """Everything that is to be drawn."""
    spec = slide_spec()
    plan = (draw_array(order.seed, order.side, order.share) if order.is_array
            else draw_plan(order.seed, order.side, order.share, order.hot_share))
    library = draw_library(order.seed, spec)
    return Painter(plan, library, place_nuclei(order.seed, plan, library, spec), spec, draw_tones(order.seed))


_painter: Painter  # of a process that draws: inherited, so that the slide's plan is not copied


def _draw(task: tuple[int, int, int]):
    """Draw a block and encode its tiles. A tile of glass is None."""
    column, row, quality = task
    block = _painter.block(column, row)
    tiles = [None if block.is_glass[r, c] else encode(block.image[r * TILE:(r + 1) * TILE, c * TILE:(c + 1) * TILE],
                                                      quality)
             for r, c in np.ndindex(block.is_glass.shape)]
    reduced = encode(shrink(block.image, STEPS[1]), quality)
    overview = shrink(block.image, OVERVIEW_STEP)
    return tiles, reduced, overview, (block.nuclei, block.positive, block.mean_dab, block.area)


def write_slide(path: Path, order: Order, processes: int = 1) -> dict:
    """Draw the slide, write it and its truth. Returns the truth."""
    global _painter
    path.parent.mkdir(parents=True, exist_ok=True)
    _painter = painter_of(order)
    plan, nuclei = _painter.plan, _painter.nuclei
    sizes = [(-(-order.side // step),) * 2 for step in STEPS]
    tiff = TiledTiff(path, sizes, MICRONS_PER_PIXEL, order.side**2 // 3)
    glass = _Glass(_painter, tiff, order.quality)
    overview = np.empty((plan.blocks * BLOCK // OVERVIEW_STEP,) * 2 + (3,), np.uint8)
    positive, mean_dab = np.zeros(len(nuclei), bool), np.zeros(len(nuclei), np.float32)
    drawn = np.zeros(len(nuclei), bool)
    blocks = [(column, row, order.quality) for row in range(plan.blocks) for column in range(plan.blocks)]
    has_tissue = [_has_tissue(plan, column, row) for column, row, _ in blocks]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        results = pool.imap(_draw, [one for one, is_there in zip(blocks, has_tissue) if is_there])
        for (column, row, _), is_there in zip(blocks, has_tissue):
            tiles, reduced, small, found = next(results) if is_there else (None, None, glass.overview, None)
            _place_block(tiff, glass, column, row, tiles, reduced)
            side = BLOCK // OVERVIEW_STEP
            overview[row * side:(row + 1) * side, column * side:(column + 1) * side] = small
            if found:
                numbers, is_positive, dab, area = found
                positive[numbers], mean_dab[numbers], drawn[numbers] = is_positive, dab, area > 0
    if not drawn.all():
        raise AssertionError(f"{int((~drawn).sum())} nuclei are hidden altogether")
    level = tiff.levels[2]
    for row, column in np.ndindex(level.down, level.across):
        piece = overview[row * TILE:(row + 1) * TILE, column * TILE:(column + 1) * TILE]
        whole = np.full((TILE, TILE, 3), 241, np.uint8)
        whole[: piece.shape[0], : piece.shape[1]] = piece
        tiff.place(2, column, row, tiff.append(encode(whole, order.quality)))
    size = tiff.close()
    about = {**asdict(order), "microns_per_pixel": MICRONS_PER_PIXEL, "bytes": size}
    truth, regions = truths.describe(plan, nuclei, positive, about)
    path.with_suffix(".truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    path.with_suffix(".regions.geojson").write_text(json.dumps(regions) + "\n")
    truths.write_nuclei(path.with_suffix(".nuclei.csv.gz"), nuclei, positive, mean_dab)
    return truth


def _has_tissue(plan, column: int, row: int) -> bool:
    nodes = BLOCK // 16
    part = np.s_[max(0, row * nodes - 2):(row + 1) * nodes + 3, max(0, column * nodes - 2):(column + 1) * nodes + 3]
    return bool((plan.tissue[part] > -8).any())


def _place_block(tiff: TiledTiff, glass: "_Glass", column: int, row: int, tiles, reduced) -> None:
    """Write the tiles of a block; those beyond the slide's edge are left out."""
    count = BLOCK // TILE
    for r, c in np.ndindex(count, count):
        x, y = column * count + c, row * count + r
        if x >= tiff.levels[0].across or y >= tiff.levels[0].down:
            continue
        jpeg = tiles[r * count + c] if tiles else None
        tiff.place(0, x, y, glass.tile(c, r) if jpeg is None else tiff.append(jpeg))
    if column < tiff.levels[1].across and row < tiff.levels[1].down:
        tiff.place(1, column, row, glass.reduced() if reduced is None else tiff.append(reduced))


class _Glass:
    """Tiles of glass, each written once."""

    def __init__(self, painter: Painter, tiff: TiledTiff, quality: int):
        self.tiff, self.quality, self.written = tiff, quality, {}
        self.block = painter.glass(0, 0, NOISE_PERIOD)
        self.overview = shrink(self.block, OVERVIEW_STEP)

    def tile(self, column: int, row: int) -> tuple[int, int]:
        """Where the tile of glass at (column, row) of a block lies."""
        return self._where((column, row), self.block[row * TILE:(row + 1) * TILE, column * TILE:(column + 1) * TILE])

    def reduced(self) -> tuple[int, int]:
        """Where the tile of a whole block of glass lies, on the second level."""
        return self._where("reduced", shrink(self.block, STEPS[1]))

    def _where(self, key, image: np.ndarray) -> tuple[int, int]:
        if key not in self.written:
            self.written[key] = self.tiff.append(encode(image, self.quality))
        return self.written[key]
