from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from restain_training.simulator import SceneSpec, simulate
from restain_training.simulator.camera import Camera, expose
from restain_training.simulator.clutter import (
    add_blotches,
    add_disc,
    add_laden_cells,
    add_lumps,
    add_process,
    add_tails,
    folded,
)
from restain_training.simulator.layout import cell_map
from restain_training.simulator.nucleus import Nucleus
from restain_training.simulator.stains import random_dab

CAMERA = Camera(white=(240, 240, 238), noise=1.0)


@pytest.fixture(scope="module")
def scene():
    return simulate(3, 320, 288, SceneSpec(positive={"tumour": 0.5, "vesicular": 0.5}), CAMERA)


def test_same_seed_gives_same_pixels():
    first, second = simulate(11, 160, 192), simulate(11, 160, 192)
    for name in ("image", "labels", "positive", "hematoxylin", "dapi", "lap2", "marker"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
    assert not np.array_equal(first.image, simulate(12, 160, 192).image)


def test_shapes_and_types(scene):
    assert scene.image.shape == scene.hematoxylin.shape == (320, 288, 3)
    assert scene.labels.shape == scene.dapi.shape == scene.lap2.shape == scene.marker.shape == (320, 288)
    assert scene.image.dtype == scene.dapi.dtype == np.uint8


def test_labels_are_numbered_without_gaps(scene):
    count = scene.labels.max()
    assert count > 20
    assert np.array_equal(np.unique(scene.labels), np.arange(count + 1))
    assert len(scene.positive) == len(scene.mean_dab) == count + 1
    assert not scene.positive[0]


def test_class_follows_the_rule_of_the_spec(scene):
    assert 0 < scene.positive.sum() < scene.labels.max()
    assert (scene.mean_dab[scene.positive] >= scene.spec.positive_od).all()


def test_signals_lie_where_they_belong(scene):
    nuclei = scene.labels > 0
    positive = scene.positive[scene.labels]
    assert scene.dapi[nuclei].mean() > 8 * scene.dapi[~nuclei].mean()
    assert scene.marker[positive].mean() > 5 * scene.marker[nuclei & ~positive].mean()
    assert scene.hematoxylin[nuclei].mean() < scene.hematoxylin[~nuclei].mean() - 20
    assert scene.image[positive].mean() < scene.image[~nuclei].mean() - 40


def test_membrane_marker_stains_around_nuclei():
    spec = SceneSpec(compartment="membrane", positive={"tumour": 0.6, "vesicular": 0.6}, nuclear_veil=0.0)
    scene = simulate(5, 256, 256, spec, CAMERA)
    assert 0 < scene.positive.sum() < scene.labels.max()
    assert scene.marker[scene.labels == 0].mean() > scene.marker[scene.labels > 0].mean()


@pytest.mark.parametrize("compartment", ["membrane", "cytoplasm"])
@pytest.mark.parametrize("cell_margin", [5.0, 14.0])
def test_a_stained_cell_is_positive_however_pale_its_nucleus_is(compartment, cell_margin):
    kinds = ("tumour", "vesicular", "lymphocyte", "spindle", "plasma", "lobed")
    spec = SceneSpec(compartment=compartment, positive=dict.fromkeys(kinds, 1.0), nuclear_veil=0.0, dab_spread=0.2,
                     weak_share=0.0, crowding=1.4, cell_margin=cell_margin, membrane_width=1.2)
    scene = simulate(5, 320, 320, spec, CAMERA)
    assert scene.positive.sum() >= 0.95 * scene.labels.max()


def test_nuclei_that_are_cut_away_are_covered_by_stain_or_lose_their_label():
    kinds = ("tumour", "vesicular", "lymphocyte", "spindle", "plasma", "lobed")
    spec = SceneSpec(compartment="cytoplasm", positive=dict.fromkeys(kinds, 1.0), nuclear_veil=0.0, dab_spread=0.2,
                     weak_share=0.0, crowding=1.4)
    whole, cut = (simulate(5, 320, 320, replace(spec, cut_depth=depth), CAMERA) for depth in (0.0, 1.0))
    assert 0.7 * whole.labels.max() < cut.labels.max() < whole.labels.max()
    assert cut.positive.sum() >= 0.95 * cut.labels.max()
    assert cut.marker[cut.labels > 0].mean() > 2 * whole.marker[whole.labels > 0].mean()
    assert cut.dapi[cut.labels > 0].mean() < 0.9 * whole.dapi[whole.labels > 0].mean()


def test_hematoxylin_and_eosin_has_no_positive_nuclei():
    scene = simulate(6, 256, 256, SceneSpec(stain="he", positive={}, background=0.2, cytoplasm=0.3), CAMERA)
    assert scene.positive.sum() == 0
    assert scene.marker.max() == 0


def test_lower_magnification_keeps_the_truth_and_shrinks_the_camera_picture():
    spec = SceneSpec(positive={"tumour": 0.3}, magnification=20.0)
    scene = simulate(8, 256, 256, spec, CAMERA)
    assert scene.native.shape == (128, 128, 3)
    assert scene.image.shape == (256, 256, 3)


@pytest.mark.parametrize(("focal_shift", "sharpest"), [(0.6, 0), (-0.6, 2)])
def test_a_focal_shift_blurs_one_end_of_the_spectrum_more(focal_shift, sharpest):
    light = np.full((64, 64, 3), 230, np.float32)
    light[:, 32:] = 40
    camera = Camera(white=(240, 240, 240), blur=3.0, noise=0.0, sharpen=0.0, jpeg_quality=100, focal_shift=focal_shift)
    picture = expose(np.random.default_rng(1), light, camera).astype(int)
    steepest = np.abs(np.diff(picture, axis=1)).max((0, 1))
    assert np.argmax(steepest) == sharpest and np.argmin(steepest) == 2 - sharpest


def test_traces_of_dab_lie_below_the_threshold():
    spec = SceneSpec(positive={"tumour": 0.4, "vesicular": 0.4}, weak_share=0.4, dab_median=1.6, cytoplasm_leak=0.0)
    shares = []
    for ratio in (0.0, 2.0):
        scene = simulate(21, 320, 320, SceneSpec(**{**vars(spec), "trace_ratio": ratio}), CAMERA)
        has_trace = (scene.mean_dab > 0.05) & (scene.mean_dab < 0.85 * spec.positive_od)
        assert not scene.positive[has_trace].any()
        shares.append(has_trace.sum() / scene.labels.max())
    assert shares[1] > shares[0] + 0.1


def _round_cell(**changes) -> tuple[np.ndarray, np.ndarray]:
    """One round nucleus in the middle of 96 x 96 px, and its cell."""
    nucleus = Nucleus(48, 48, "plasma", 10, 10, 0.0, margin=10)
    ys, xs = np.indices((96, 96))
    labels = (np.hypot(xs - 48, ys - 48) < 10).astype(np.int32)
    cells, _ = cell_map(np.random.default_rng(4), labels, [None, nucleus], SceneSpec(**changes))
    return labels, cells


def test_an_eccentric_cell_leans_to_one_side_of_its_nucleus():
    for eccentricity, least, most in ((0.0, 0.0, 0.8), (0.9, 4.0, 12.0)):
        labels, cells = _round_cell(cell_eccentricity=eccentricity)
        offset = np.hypot(*(np.argwhere(cells).mean(0) - np.argwhere(labels).mean(0)))
        assert least <= offset <= most
        assert (cells[labels > 0] == 1).all()


def test_a_ragged_cell_has_a_longer_outline():
    rough, smooth = (np.abs(np.diff(_round_cell(cell_raggedness=r)[1], axis=1)).sum() for r in (0.8, 0.0))
    assert rough > 1.2 * smooth


def test_a_process_is_a_thin_band_of_the_given_density():
    dab = np.zeros((128, 128), np.float32)
    add_process(np.random.default_rng(2), dab, 64, 64, 0.8)
    points = np.argwhere(dab > 0.4)
    assert dab.max() <= 0.8 + 1e-6 and len(points) > 40
    spread = np.sqrt(np.linalg.eigvalsh(np.cov(points.T)))
    assert spread[1] > 1.5 * spread[0]


def test_a_tail_begins_at_a_cell_and_leaves_it():
    dab = np.zeros((128, 128), np.float32)
    add_tails(np.random.default_rng(2), dab, [Nucleus(64, 64, "plasma", 10, 10, 0.0, dab=1.0, margin=8)], 1.0)
    distance = np.hypot(*(np.argwhere(dab > 0.3) - 64).T)
    assert distance.min() < 18 and distance.max() > 22


def test_granules_lie_in_unstained_cells_only_and_are_golden():
    density = np.zeros((128, 256, 3), np.float32)
    nuclei = [Nucleus(64, 64, "plasma", 10, 10, 0.0), Nucleus(192, 64, "plasma", 10, 10, 0.0, dab=1.0)]
    for seed in range(40):  # one unstained cell in eight has granules
        add_laden_cells(np.random.default_rng(seed), density, nuclei, 1.0)
    assert density[:, :128].max() > 0.3 and not density[:, 160:].any()
    red, _, blue = density.sum((0, 1))
    assert blue > 1.3 * red


def test_most_lumps_are_smaller_than_a_nucleus():
    dab = np.zeros((512, 512), np.float32)
    add_lumps(np.random.default_rng(4), dab, np.ones(dab.shape, bool), 1.0, 1.0)
    parts, count = ndimage.label(dab > 0.15)
    assert count >= 5
    assert np.median(np.bincount(parts.ravel())[1:]) < 150


def test_folds_leave_the_mean_density_and_tear_holes():
    density = folded(np.random.default_rng(1), 256, 256, 1.0)
    assert 0.7 < density.mean() < 1.1
    assert 0.02 < (density < 0.4).mean() < 0.3


def test_a_crumpled_disc_is_dented_all_around():
    round_, crumpled = np.zeros((2, 64, 64))
    add_disc(round_, 32, 32, 12, 1.0)
    add_disc(crumpled, 32, 32, 12, 1.0, dent=(0.2, 4, 0.0))
    radius = lambda disc, dy, dx: sum(disc[32 + i * dy, 32 + i * dx] for i in range(32))  # noqa: E731
    assert radius(crumpled, 0, 1) > radius(round_, 0, 1) + 1.5
    assert np.hypot(1, 1) * radius(crumpled, 1, 1) < np.hypot(1, 1) * radius(round_, 1, 1) - 1.5


def test_blotches_cover_a_part_of_their_mask():
    where = np.zeros((256, 256), bool)
    where[:, 64:] = True
    dab = np.zeros((256, 256), np.float32)
    add_blotches(np.random.default_rng(3), dab, where, 1.0)
    assert not dab[:, :64].any()
    assert 0.01 < (dab[where] > 0.1).mean() < 0.5


def test_reddish_dab_absorbs_less_blue_and_more_green():
    rng = np.random.default_rng(5)
    plain, reddish = (np.mean([random_dab(rng, reddish=r) for _ in range(200)], 0) for r in (False, True))
    assert reddish[2] < plain[2] - 0.03 and reddish[1] > plain[1] + 0.03
