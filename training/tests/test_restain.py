import numpy as np
import pytest
from scipy import ndimage

from restain_training.data import targets as t
from restain_training.data.restain import load_sources, restain, separate, split_touching
from restain_training.data.shared import shared_folder
from restain_training.simulator import SceneSpec, simulate
from restain_training.simulator.camera import Camera


@pytest.fixture(scope="module")
def stained():
    spec = SceneSpec(stain="he", positive={}, background=0.2, cytoplasm=0.2, hematoxylin=0.6)
    return simulate(21, 512, 512, spec, Camera(white=(240, 238, 240), noise=1.0))


def test_touching_discs_are_split():
    rows, cols = np.mgrid[0:60, 0:80]
    mask = (np.hypot(rows - 30, cols - 28) < 13) | (np.hypot(rows - 30, cols - 51) < 13)
    assert ndimage.label(mask)[1] == 1
    assert split_touching(mask).max() == 2


def test_separation_finds_hematoxylin_in_nuclei(stained):
    hema, _ = separate(stained.image)
    assert hema[stained.labels > 0].mean() > 1.5 * hema[stained.labels == 0].mean()


def test_restaining_paints_only_nuclei_and_states_known_modalities(stained):
    for seed in range(12):
        tile, known = restain(np.random.default_rng(seed), "tnbc", stained.image, stained.labels)
        assert tile.shape == (512, 512, t.TILE_CHANNELS)
        assert known == t.HAS_HEMATOXYLIN | t.HAS_DAPI | t.HAS_MARKER
        positive = tile[..., t.CLASS] == t.POSITIVE
        if positive.sum() > 500:
            assert tile[..., t.MARKER][positive].mean() > 4 * tile[..., t.MARKER][tile[..., t.CLASS] == 0].mean()
            return
    pytest.fail("no draw painted any nucleus")


def test_small_pictures_are_mirrored_to_full_size(stained):
    tile, _ = restain(np.random.default_rng(1), "dsb", stained.image[:200, :240], stained.labels[:200, :240])
    assert tile.shape[:2] == (512, 512)


def test_shared_pictures_load():
    folder = shared_folder()
    if not (folder / "data/train-tnbc").is_dir():
        pytest.skip(f"no training pictures in {folder} (set RESTAIN_SHARED)")
    kind, image, labels = load_sources(folder)[0]
    assert kind == "tnbc" and image.shape[:2] == labels.shape and labels.max() > 0
