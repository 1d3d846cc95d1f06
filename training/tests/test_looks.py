from dataclasses import fields, replace

import numpy as np
import pytest
from scipy import ndimage

from restain_training.simulator import SceneSpec, draw_spec, simulate
from restain_training.simulator.camera import Camera, expose
from restain_training.simulator.clutter import add_crushed, collagen
from restain_training.simulator.layout import draw_regions, place_nuclei
from restain_training.simulator.looks import CALM_SHARE, LOOKS, PLAIN_SHARE, draw_look
from restain_training.simulator.nucleus import outline
from restain_training.simulator.scene import _overlay

CAMERA = Camera(white=(240, 240, 238), noise=1.0)
OF_LOOKS = ("angularity", "overlap", "nest_size", "cleft", "bundles", "fat_rim", "haze", "collagen", "crushed", "dome",
            "golden", "unevenness")


def test_the_wide_draw_that_test_sets_use_has_none_of_the_looks():
    default = {one.name: one.default for one in fields(SceneSpec)}
    for seed in range(100):
        spec = draw_spec(np.random.default_rng(seed))
        assert {name: getattr(spec, name) for name in OF_LOOKS} == {name: default[name] for name in OF_LOOKS}


def test_a_fifth_of_the_scenes_are_as_the_wide_draw_has_them():
    drawn = [draw_look(np.random.default_rng(seed)) for seed in range(400)]
    share = np.mean([spec.stain == "ihc" and spec == draw_spec(np.random.default_rng(seed))
                     for seed, (spec, _) in enumerate(drawn)])
    assert abs(share - PLAIN_SHARE * (1 - CALM_SHARE) * 0.91) < 0.05
    assert all(spec.positive == {} for spec, _ in drawn if spec.stain == "he")
    assert any(camera.denoise for _, camera in drawn) and any(spec.collagen for spec, _ in drawn)
    assert any(spec.golden for spec, _ in drawn) and any(spec.unevenness for spec, _ in drawn)


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_shows_nuclei_of_both_classes(name):
    seen = np.zeros(2, int)
    for seed in range(6):
        rng = np.random.default_rng([seed, 5])
        spec = replace(LOOKS[name](rng, draw_spec(rng, "ihc")), glass_share=0.0)
        scene = simulate(seed, 256, 256, spec)
        seen += (scene.positive[1:].sum(), (~scene.positive[1:]).sum())
    assert seen.min() >= 8


def test_a_polygon_has_a_few_corners_and_straight_sides():
    rng = np.random.default_rng(3)
    assert np.allclose(outline(rng, "spindle", 0.0), 1, atol=0.31)
    for _ in range(20):
        radius = outline(rng, "lymphocyte", 0.0, 1.0)
        corners = (radius > np.roll(radius, 1)) & (radius >= np.roll(radius, -1))
        assert 3 <= corners.sum() <= 7
        assert radius.max() > 1.1 * radius.min()


def test_overlapping_nuclei_add_their_ink():
    one, two = np.full((4, 4), 0.3), np.full((4, 4), 0.2)
    for share, together in ((0.3, 0.36), (1.0, 0.5)):
        target = one.copy()
        _overlay(target, two, share)
        assert np.allclose(target, together)


def test_haze_is_brown_around_stained_nuclei_and_no_protein():
    spec = SceneSpec(positive={"tumour": 0.6}, dab_median=1.5, precipitate=0.0, fragments=0.0)
    clear, hazy = (simulate(4, 256, 256, replace(spec, haze=haze), CAMERA) for haze in (0.0, 0.6))
    assert np.array_equal(clear.marker, hazy.marker) and np.array_equal(clear.positive, hazy.positive)
    near = ndimage.binary_dilation(clear.positive[clear.labels], iterations=6) & (clear.labels == 0)
    blue = [scene.image[near][:, 2].mean() for scene in (clear, hazy)]
    assert blue[1] < blue[0] - 10


def _placed(seed, **changes):
    rng = np.random.default_rng(seed)
    spec = SceneSpec(**changes)
    regions = draw_regions(rng, 512, 512, spec)
    return regions, place_nuclei(rng, 512, 512, spec, regions)


def test_a_bundle_is_spindle_nuclei_side_by_side():
    counts = []
    for bundles in (0, 12):
        _, nuclei = _placed(6, bundles=bundles, tumour_share=0.9, lymphocyte_share=0.0, lumens=0)
        spindles = [nucleus for nucleus in nuclei if nucleus.kind == "spindle"]
        places = np.array([(nucleus.x, nucleus.y) for nucleus in spindles])
        near = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) < 16
        counts.append((near.sum() - len(places)) / 2)
    assert counts[1] > 20 + 3 * counts[0]


def test_flat_nuclei_lie_along_the_rim_of_fat_cells():
    regions, nuclei = _placed(9, fat=True, fat_rim=1.0, lumens=0, tumour_share=0.9, lymphocyte_share=0.0)
    to_fat = ndimage.distance_transform_edt(~regions.lumen)
    flat = [nucleus for nucleus in nuclei if nucleus.kind == "spindle" and nucleus.major > 3.4 * nucleus.minor]
    inside = [one for one in flat if 0 <= one.x < 512 and 0 <= one.y < 512]
    assert len(inside) > 10
    assert np.median([to_fat[int(one.y), int(one.x)] for one in inside]) < 14


def test_a_cleft_is_glass_along_the_border_of_the_tumour():
    for cleft, least, most in ((0.0, 0, 0), (6.0, 100, 60_000)):
        regions, _ = _placed(2, cleft=cleft, lumens=0)
        assert least <= regions.lumen.sum() <= most
        if cleft:
            assert ndimage.distance_transform_edt(~regions.tumour)[regions.lumen].max() < 4 * cleft
            assert not (regions.lumen & regions.tumour).any()


def test_small_nests_have_a_longer_border():
    borders = []
    for size in (0.0, 60.0):
        regions, _ = _placed(2, nest_size=size)
        borders.append(np.abs(np.diff(regions.tumour.astype(int), axis=0)).sum())
    assert borders[1] > 1.5 * borders[0]


def test_collagen_and_crushed_chromatin_stay_in_the_tissue():
    where = np.zeros((256, 256), bool)
    where[:, 64:] = True
    density, hema = np.zeros((256, 256, 3)), np.zeros((256, 256), np.float32)
    for seed in range(8):  # a patch may miss the picture
        density += collagen(np.random.default_rng(seed), where, 0.4, 0.2)
        add_crushed(np.random.default_rng(seed), hema, where, 0.4, SceneSpec(crushed=0.6, hematoxylin=0.5))
    for drawn in (density, hema):
        assert not drawn[:, :64].any() and drawn[:, 64:].mean() > 0.002
    assert density.min() >= 0


def test_denoising_takes_fine_structure_away():
    light = np.full((96, 96, 3), 200, np.float32)
    noisy, clean = (expose(np.random.default_rng(1), light, Camera(white=(240, 240, 240), noise=6, sharpen=0,
                                                                   denoise=size, jpeg_quality=97)) for size in (0, 4))
    assert clean.astype(float).std() < 0.6 * noisy.astype(float).std()
