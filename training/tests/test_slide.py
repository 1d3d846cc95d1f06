import gzip
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from restain_training.slide import truth as truths
from restain_training.slide.draw import encode
from restain_training.slide.place import _choose, place_nuclei
from restain_training.slide.plan import BLOCK, STEP, draw_plan, sample, upsample
from restain_training.slide.stamps import KINDS
from restain_training.slide.tiff import TILE, TiledTiff
from restain_training.slide.write import Order, painter_of, write_slide

SIDE = 4096
ORDER = Order(SIDE, seed=5)


@pytest.fixture(scope="module")
def painter():
    return painter_of(ORDER)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slide")
    return folder / "slide.tif", write_slide(folder / "slide.tif", ORDER)


@pytest.fixture(scope="module")
def blocks(painter):
    return {(c, r): painter.block(c, r) for r in range(painter.plan.blocks) for c in range(painter.plan.blocks)}


def _lines(path):
    with gzip.open(path.with_suffix(".nuclei.csv.gz"), "rt") as file:
        head, *lines = file.read().splitlines()
    return head, [line.split(",") for line in lines]


def test_every_nucleus_is_drawn_once_whole_and_by_one_block(painter, blocks):
    numbers = np.concatenate([block.nuclei for block in blocks.values()])
    assert np.array_equal(np.sort(numbers), np.arange(len(painter.nuclei)))
    area = np.concatenate([block.area for block in blocks.values()])[np.argsort(numbers)]
    whole = np.array([stamp.inside.sum() for stamp in painter.library.stamps])[painter.nuclei.stamp]
    assert (area > 0).all() and np.median(area / whole) > 0.95


def test_a_pixel_does_not_depend_on_the_block_that_it_is_drawn_with(painter, blocks):
    large, seen = blocks[0, 1], 0
    for row in range(2):
        for column in range(2):
            small = painter.block(column, 2 + row, BLOCK // 2)
            part = np.s_[row * BLOCK // 2 : (row + 1) * BLOCK // 2, column * BLOCK // 2 : (column + 1) * BLOCK // 2]
            assert np.abs(small.image.astype(int) - large.image[part]).max() <= 1  # the last bit of a sum
            both, here, there = np.intersect1d(small.nuclei, large.nuclei, return_indices=True)
            assert len(both) == len(small.nuclei)
            seen += len(both)
            assert np.array_equal(small.positive[here], large.positive[there])
            assert np.array_equal(small.area[here], large.area[there])
    assert seen == len(large.nuclei) > 300


def _stands_out(picture: np.ndarray) -> float:
    """How much the step across the middle of `picture` (H, W, 3) differs from steps nearby, in standard deviations.

    Looked at are the median step, which a seam of brightness changes, and the mean size, which one of texture does.
    """
    steps = np.diff(picture[:, BLOCK - 200 : BLOCK + 200].mean(2), axis=1)
    found = []
    for by_column in (np.median(steps, 0), np.abs(steps).mean(0)):
        others = np.delete(by_column, 199)
        found.append(abs(by_column[199] - others.mean()) / others.std())
    return max(found)


def test_no_seam_between_blocks(painter, blocks):
    left, right = (blocks[column, 0].image.astype(np.float32) for column in (0, 1))
    rows = sample(painter.plan.tissue, np.full(BLOCK, BLOCK), np.arange(BLOCK)) > 20
    assert rows.sum() > 500
    assert _stands_out(np.concatenate([left, right], 1)[rows]) < 4
    # Seams that are made on purpose are found.
    assert _stands_out(np.concatenate([left, right + 4], 1)[rows]) > 5
    assert _stands_out(np.concatenate([left, np.roll(right, 9, 0)], 1)[rows]) > 5


def test_the_density_of_nuclei_is_the_same_at_the_borders_of_blocks():
    plan = draw_plan(2, 3 * BLOCK, 0.15, 0.5)
    plan.tissue[:] = plan.tumour[:] = 300
    big = painter_of(Order(3 * BLOCK, 2))
    nuclei = place_nuclei(2, plan, big.library, big.spec)
    within = [np.abs((axis + BLOCK // 2) % BLOCK - BLOCK // 2) < 40 for axis in (nuclei.x, nuclei.y)]
    inner = (nuclei.x > 100) & (nuclei.y > 100) & (nuclei.x < plan.side - 100) & (nuclei.y < plan.side - 100)
    for near in within:
        share = (near & inner).sum() / inner.sum()
        assert share == pytest.approx(160 / (plan.side - 200), rel=0.12)


def test_nuclei_are_chosen_one_after_the_other():
    rng = np.random.default_rng(1)
    own = np.column_stack([rng.uniform(0, 400, (700, 2)), rng.uniform(8, 15, 700)]).astype(np.float32)
    gap = rng.uniform(0.8, 1.2, 700)
    fixed, own = own[:5], own[5:]
    gap = gap[5:]
    kept, expected = list(fixed), []
    for number, (x, y, radius) in enumerate(own):
        if all(np.hypot(x - u, y - v) >= gap[number] * (radius + r) for u, v, r in kept):
            kept.append(own[number])
            expected.append(number)
    assert _choose(fixed, own, gap).tolist() == expected


def test_a_window_of_a_field_agrees_with_its_points():
    grid = np.random.default_rng(3).standard_normal((40, 40)).astype(np.float32)
    window = upsample(grid, 37, 101, 90, 60)
    xs, ys = np.meshgrid(37 + np.arange(90) + 0.5, 101 + np.arange(60) + 0.5)
    assert np.allclose(window, sample(grid, xs, ys), atol=1e-4)
    assert np.isfinite(upsample(grid, -80, -80, 64, 64)).all()


def test_the_file_shows_what_was_drawn(written, blocks):
    path, truth = written
    with Image.open(path) as picture:
        assert picture.size == (SIDE, SIDE) and picture.n_frames == 3
        drawn = blocks[1, 0].image
        read = np.asarray(picture.crop((BLOCK, 0, 2 * BLOCK, BLOCK)).convert("RGB")).astype(int)
        assert np.abs(read - drawn).mean() < 4
        for level, side in ((1, SIDE // 4), (2, SIDE // 16)):
            picture.seek(level)
            assert picture.size == (side, side)
        reduced = np.asarray(picture.convert("RGB").crop((128, 0, 256, 128))).astype(int)
        expected = drawn.reshape(128, 16, 128, 16, 3).mean((1, 3))
        assert np.abs(reduced - expected).mean() < 4
    assert truth["bytes"] == path.stat().st_size


def test_tiles_of_glass_share_their_bytes(written):
    path, _ = written
    with Image.open(path) as picture:
        offsets = picture.tag_v2[324]
        assert len(offsets) == (SIDE // TILE) ** 2
        assert len(set(offsets)) < len(offsets) - 8


def test_the_truth_is_the_nuclei_that_are_listed(written, painter):
    path, truth = written
    head, lines = _lines(path)
    assert head == "x,y,kind,is_positive,mean_dab"
    assert len(lines) == truth["slide"]["total"] == len(painter.nuclei)
    x, y = (np.array([int(line[n]) for line in lines]) for n in (0, 1))
    kind, positive = np.array([line[2] for line in lines]), np.array([line[3] == "1" for line in lines])
    assert set(kind) <= set(KINDS) and {"tumour", "lymphocyte", "spindle"} <= set(kind)
    assert positive.sum() == truth["slide"]["positive"] > 50
    assert truth["slide"]["percent_positive"] == pytest.approx(100 * positive.mean(), abs=0.01)
    spot = truth["hot_spot"]
    within = np.hypot(x + 0.5 - spot["x"], y + 0.5 - spot["y"]) < spot["radius"]
    own = within & np.isin(kind, ["tumour", "vesicular"])
    assert (spot["total"], spot["positive"]) == (within.sum(), positive[within].sum())
    assert spot["tumour_cells"]["total"] == own.sum()
    outside = np.isin(kind, ["tumour", "vesicular"]) & ~within
    assert positive[own].mean() > 2 * positive[outside].mean()


def test_positive_nuclei_are_brown_in_the_picture(written):
    path, _ = written
    _, lines = _lines(path)
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(float)
    rows = [(int(y), int(x), flag == "1", float(dab)) for x, y, kind, flag, dab in lines if kind == "tumour"]
    brown = np.array([pixels[y - 4 : y + 5, x - 4 : x + 5].mean((0, 1)) @ (1, 0, -1) for y, x, *_ in rows])
    positive = np.array([flag for _, _, flag, _ in rows])
    assert np.median(brown[positive]) > 5 > -15 > np.median(brown[~positive])


def test_regions_are_those_of_the_numbers(written):
    path, truth = written
    regions = json.loads(path.with_suffix(".regions.geojson").read_text())["features"]
    by_name = {}
    for one in regions:
        rings = [np.array(ring) for ring in one["geometry"]["coordinates"]]
        assert all(np.array_equal(ring[0], ring[-1]) for ring in rings)
        by_name.setdefault(one["properties"]["classification"]["name"], []).append(rings)
    assert set(by_name) == {"tissue", "tumour", "hot spot"}
    _, lines = _lines(path)
    x, y = (np.array([int(line[n]) + 0.5 for line in lines]) for n in (0, 1))
    assert truths.inside(by_name["tissue"], x, y).mean() > 0.99
    assert truths.inside(by_name["tumour"], x, y).sum() == truth["tumour"]["total"]
    assert len(by_name["tumour"]) == truth["tumour"]["regions"]


def test_a_hole_belongs_to_the_region_around_it():
    ys, xs = np.mgrid[0:64, 0:64]
    level = np.minimum(28 - np.hypot(xs - 32, ys - 32), np.hypot(xs - 32, ys - 32) - 12).astype(np.float32)
    (rings,) = truths.polygons(level)
    assert len(rings) == 2
    centre, ring = np.array([32.0 * STEP]), np.array([52.0 * STEP])
    assert not truths.inside([rings], centre, centre).any() and truths.inside([rings], ring, centre).all()
    expected = np.pi * (28**2 - 12**2) * STEP**2
    assert truths.area_of(rings[0]) + truths.area_of(rings[1]) == pytest.approx(expected, rel=0.02)


def test_the_same_order_gives_the_same_bytes_with_any_number_of_processes(written, tmp_path):
    path, _ = written
    again = tmp_path / "again.tif"
    write_slide(again, ORDER, processes=2)
    for suffix in (".tif", ".truth.json", ".regions.geojson"):
        assert again.with_suffix(suffix).read_bytes() == path.with_suffix(suffix).read_bytes()
    other = draw_plan(6, SIDE, 0.15, 0.5)
    assert not np.array_equal(other.tissue, draw_plan(5, SIDE, 0.15, 0.5).tissue)


def test_cores_of_an_array_lie_on_a_turned_grid_and_have_values_of_their_own():
    painter = painter_of(Order(8000, 3, is_array=True))
    cores = painter.plan.cores
    assert len(cores) == 9 and sum(core.is_missing for core in cores) == 1
    x, y = painter.nuclei.x + 0.5, painter.nuclei.y + 0.5
    counts = {(core.row, core.column): (np.hypot(x - core.x, y - core.y) < 1.25 * core.radius).sum() for core in cores}
    assert sum(counts.values()) == len(x)
    for core in cores:
        assert (counts[core.row, core.column] == 0) == core.is_missing
    by_place = {(core.row, core.column): core for core in cores}
    turn = (by_place[0, 2].y - by_place[0, 0].y) / (by_place[0, 2].x - by_place[0, 0].x)
    assert 0.005 < abs(turn) < 0.06
    shares = {round(float(sample(painter.plan.share, [core.x], [core.y])[0]), 4) for core in cores}
    assert len(shares) >= 8


def test_a_slide_too_small_for_its_tissue_says_so():
    with pytest.raises(ValueError, match="larger side"):
        draw_plan(1, 1000, 0.15, 0.5)


@pytest.mark.parametrize("is_big", [False, True])
def test_a_tiff_of_shared_tiles_is_read_by_others(tmp_path, is_big):
    path = tmp_path / "tiles.tif"
    tiff = TiledTiff(path, [(700, 600), (350, 300)], 0.5, 10**10 if is_big else 0)
    colours = [(200, 30, 30), (30, 200, 30)]
    where = [tiff.append(encode(np.full((TILE, TILE, 3), colour, np.uint8), 90)) for colour in colours]
    for row, column in np.ndindex(2, 2):
        tiff.place(0, column, row, where[(row + column) % 2])
    tiff.place(1, 0, 0, where[0])
    assert tiff.close() == path.stat().st_size
    assert path.read_bytes()[2] == (43 if is_big else 42)
    with Image.open(path) as picture:
        assert picture.size == (700, 600)
        assert np.abs(np.array(picture.convert("RGB").getpixel((600, 100))) - colours[1]).max() < 6
        assert picture.tag_v2[282] == 20_000
        picture.seek(1)
        assert picture.size == (350, 300)


def test_a_tiff_with_a_missing_tile_is_not_finished(tmp_path):
    tiff = TiledTiff(tmp_path / "tiles.tif", [(700, 600)], 0.5, 0)
    tiff.place(0, 0, 0, tiff.append(b"x"))
    with pytest.raises(ValueError, match="3 tiles of level 0"):
        tiff.close()


@pytest.mark.long
def test_memory_does_not_grow_with_the_slide(tmp_path):
    peaks = []
    for side in (8192, 16_384):
        code = (f"import resource; from pathlib import Path; from restain_training.slide.write import *;"
                f"write_slide(Path({str(tmp_path / 'a.tif')!r}), Order({side}, 5), 1);"
                f"print(max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF,"
                f" resource.RUSAGE_CHILDREN)))")
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        peaks.append(int(run.stdout.splitlines()[-1]) * 1024)
    assert max(peaks) < 1.2e9 and peaks[1] < 1.25 * peaks[0]
