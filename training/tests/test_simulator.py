import numpy as np
import pytest

from restain_training.simulator import SceneSpec, simulate
from restain_training.simulator.camera import Camera, expose

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


def test_class_follows_the_stated_rule(scene):
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
