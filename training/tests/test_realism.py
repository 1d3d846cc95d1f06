"""The measure of realism, on drawn shapes with a known answer and on the simulation against itself."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from restain_training.data import pool
from restain_training.data.shared import REPOSITORY
from restain_training.realism import __main__ as command
from restain_training.realism import patches, separation, statistics
from restain_training.realism.blobs import find_blobs, rim_contrast
from restain_training.realism.patches import Patch
from restain_training.simulator import SceneSpec, simulate
from restain_training.simulator.stains import DAB, unit

SIDE = patches.SIDE


def distance_from(y, x):
    return np.hypot(*(np.indices((SIDE, SIDE)) - np.array([y, x])[:, None, None]))


def as_image(density):
    """Pixels (SIDE, SIDE, 3) uint8 of a grey (SIDE, SIDE) or coloured optical density."""
    density = density[..., None] * np.ones(3) if density.ndim == 2 else density
    return np.clip(241 * 10**-density - 0.5, 0, 255).astype(np.uint8)


def described(density):
    return dict(zip(statistics.STATISTICS, statistics.describe(as_image(density))))


@pytest.fixture(scope="module")
def drawn():
    """60 simulated patches and their numbers."""
    found = patches.simulated_patches(60, 999, draw=lambda seed: simulate(seed, SIDE, SIDE))
    return found, np.stack([statistics.describe(patch.image) for patch in found])


def test_discs_are_found_with_their_size():
    density = np.full((SIDE, SIDE), 0.02)
    for y, x in ((50, 50), (50, 150), (180, 60), (180, 190)):
        density[distance_from(y, x) < 16] = 0.4
    blobs = find_blobs(density)
    assert len(blobs.area) == 4 and blobs.is_whole.all()
    assert blobs.area == pytest.approx(np.pi * 16**2, rel=0.12)
    assert blobs.elongation == pytest.approx(1, abs=0.05) and (blobs.solidity > 0.95).all()
    assert (blobs.touching == 0).all()


def test_a_black_disc_does_not_hide_a_pale_one():
    density = np.full((SIDE, SIDE), 0.02)
    density[distance_from(100, 100) < 16] = 2.0
    density[distance_from(100, 145) < 16] = 0.12
    assert len(find_blobs(density).area) == 2


def test_touching_is_the_share_of_the_outline_at_the_neighbour():
    density = np.full((SIDE, SIDE), 0.02)
    density[distance_from(120, 100) < 18] = 0.4
    density[distance_from(120, 135) < 18] = 0.4
    density[distance_from(40, 200) < 18] = 0.4
    touching = sorted(find_blobs(density).touching)
    assert touching[0] == 0 and 0.08 < touching[1] < 0.35 and 0.08 < touching[2] < 0.35


@pytest.mark.parametrize("rim", [0.0, 0.2, -0.1])
def test_the_rim_of_a_disc_is_measured_in_optical_density(rim):
    density = np.full((SIDE, SIDE), 0.02)
    for y, x in ((70, 70), (70, 180), (180, 120)):
        away = distance_from(y, x)
        density[away < 20] = 0.4 + rim
        density[away < 14] = 0.4
    contrast = rim_contrast(density, find_blobs(density))
    assert len(contrast) == 3 and contrast == pytest.approx(rim, abs=0.04)


def test_a_wave_has_its_power_at_its_wavelength():
    across = np.arange(SIDE) / 4  # um
    values = described(0.3 + 0.1 * np.sin(2 * np.pi * across / 3)[None] * np.ones((SIDE, 1)))
    assert values["power_4_2"] == pytest.approx(0, abs=0.02) and values["power_16_8"] < -3
    assert values["coherence"] > 0.9
    assert values["contrast"] == pytest.approx(0.1 / np.sqrt(2), rel=0.05)


def test_white_noise_has_a_flat_spectrum_and_blur_makes_it_steep():
    noise = np.random.default_rng(0).normal(0.4, 0.05, (SIDE, SIDE))
    assert described(noise)["slope"] == pytest.approx(0, abs=0.25)
    assert described(ndimage.gaussian_filter(noise, 2))["slope"] < -1


def test_brown_on_white_is_read_as_dab():
    density = np.full((SIDE, SIDE, 3), 0.01)
    density[distance_from(100, 100) < 40] += 0.8 * unit(DAB)
    density[distance_from(200, 200) < 40] += 0.8 * unit(DAB)
    values = described(density)
    assert values["brown_share"] == 1 and values["dab_p95"] == pytest.approx(0.81, abs=0.03)
    assert values["brown_warmth"] == pytest.approx((DAB[2] - DAB[0]) / DAB.mean(), rel=0.05)
    assert np.isnan(values["blue_od"]) and abs(values["pale_warmth"]) < 0.01


def test_an_empty_patch_has_numbers_where_it_can():
    values = statistics.describe(np.full((SIDE, SIDE, 3), 235, np.uint8))
    named = dict(zip(statistics.STATISTICS, values))
    assert named["blobs"] == 0 and named["cover"] == 0 and np.isnan(named["area"]) and np.isnan(named["rim"])


def test_every_statistic_is_in_one_family():
    members = [name for family in statistics.FAMILIES.values() for name in family]
    assert sorted(members) == sorted(statistics.STATISTICS)


def test_the_area_under_the_curve_counts_pairs():
    assert separation.auc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1
    assert separation.auc(np.array([0.0, 3.0]), np.array([1.0, 2.0])) == 0.5
    assert separation.auc(np.array([1.0, np.nan]), np.array([1.0, 1.0])) == 0.5
    assert np.isnan(separation.auc(np.array([np.nan]), np.array([1.0])))


def test_patches_of_a_picture_are_in_one_fold_and_every_source_is_in_all():
    pictures = [f"{source}/{i}" for source in "ab" for i in range(10) for _ in range(3)]
    fold = separation.folds_by_picture(pictures, [name[0] for name in pictures], seed=3)
    assert all(len(set(fold[i : i + 3])) == 1 for i in range(0, 60, 3))
    assert set(fold[:30]) == set(fold[30:]) == set(range(separation.FOLDS))


def test_a_picture_that_is_known_by_heart_does_not_help_to_tell_it():
    """Numbers that name the picture but not the class: without folds by picture the area would be 1."""
    rng = np.random.default_rng(5)
    numbers = np.repeat(rng.normal(size=(40, 30)), 5, axis=0) + 0.01 * rng.normal(size=(200, 30))
    pictures = [str(i) for i in range(40) for _ in range(5)]
    is_simulated = np.arange(200) < 100
    sources = ["simulated" if simulated else "real" for simulated in is_simulated]
    scores = separation.cross_validated(numbers, is_simulated, pictures, sources)
    area = separation.auc(scores[is_simulated], scores[~is_simulated])
    low, high = separation.interval(scores, is_simulated, pictures)
    assert low < area < high and area < 0.75 and high - low > 0.2


def told_apart(first, second):
    numbers = np.vstack([first, second])
    is_first = np.arange(len(numbers)) < len(first)
    pictures = [str(i) for i in range(len(numbers))]
    scores = separation.cross_validated(numbers, is_first, pictures, ["a" if one else "b" for one in is_first])
    return separation.auc(scores[is_first], scores[~is_first])


def test_the_simulation_is_not_told_from_itself_but_from_a_changed_one(drawn):
    found, numbers = drawn
    assert 0.3 < told_apart(numbers[::2], numbers[1::2]) < 0.7
    blurred = [ndimage.gaussian_filter(patch.image, (3, 3, 0)) for patch in found[1::2]]
    assert told_apart(numbers[::2], np.stack([statistics.describe(image) for image in blurred])) > 0.9
    recoloured = [(patch.image * np.array([1, 0.94, 0.8])).astype(np.uint8) for patch in found[1::2]]
    assert told_apart(numbers[::2], np.stack([statistics.describe(image) for image in recoloured])) > 0.95


def test_only_scenes_that_are_stained_and_magnified_like_the_real_ones_are_compared():
    specs = [SceneSpec(stain="he"), SceneSpec(magnification=20.0), SceneSpec(), SceneSpec(compartment="membrane")]
    seen = []

    def draw(seed):
        seen.append(seed)
        return simulate(seed, SIDE, SIDE, replace(specs[(len(seen) - 1) % 4], glass_share=0.0))

    found = patches.simulated_patches(2, 7, draw)
    assert [patch.is_nuclear for patch in found] == [True, False]
    first = patches.FIRST_SEED + 7 * patches.SEEDS_OF_A_RUN
    assert seen == [first, first + 1, first + 2, first + 3]


def test_the_pool_shows_what_is_measured(monkeypatch):
    seen = []
    monkeypatch.setattr(pool, "draw_training_scene", lambda seed: seen.append(seed) or simulate(seed, 512, 512))
    pool.make_tile("sim", 5, [])
    assert seen == [5]
    assert patches.draw_training_scene.__module__ == pool.__name__


def add_picture(shared, name, picture, seed, side=600, microns=0.25):
    folder = shared / "data" / name / picture
    folder.mkdir(parents=True)
    image = simulate(seed, side, side, SceneSpec(glass_share=0.0)).image
    Image.fromarray(image).save(folder / "image.png")
    (folder / "meta.json").write_text(json.dumps({"microns_per_pixel": microns}))


def test_pictures_take_turns_and_are_brought_to_one_pixel_size(tmp_path, capsys):
    add_picture(tmp_path, "ki67-breast-points", "0", 1)
    add_picture(tmp_path, "ki67-breast-points", "1", 2, side=300, microns=0.5)
    add_picture(tmp_path, "cd138-marrow-points", "a", 3)
    found = patches.real_patches(tmp_path, 8, 0)
    assert [patch.picture for patch in found[:4]] == [
        "ki67-breast-points/0", "ki67-breast-points/1", "cd138-marrow-points/a", "ki67-breast-points/0"]
    assert sum(patch.picture == "ki67-breast-points/1" for patch in found) > 1  # of 300 px at 0.25 um/px: a single one
    assert all(patch.image.shape == (SIDE, SIDE, 3) for patch in found)
    assert [patch.is_nuclear for patch in found[:3]] == [True, True, False]
    assert "skipped ki67-multiplex" in capsys.readouterr().out


def test_patches_are_white_balanced_by_their_picture():
    image = np.full((SIDE, SIDE, 3), (200, 190, 160), np.uint8)
    image[:128] = (100, 90, 60)
    square = patches.cut(image, np.random.default_rng(0))[0]
    assert np.abs(square[-1, 0].astype(int) - 240).max() <= 1


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["realism", *map(str, arguments)])
    command.main()


def test_without_real_pictures_the_command_says_what_to_set(tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, tmp_path / "out", "--shared", tmp_path)
    assert stopped.value.code == 1
    assert "RESTAIN_SHARED" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_the_sheet_is_never_written_into_the_repository(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, REPOSITORY / "training/realism")
    assert "repository" in capsys.readouterr().err


def test_the_command_writes_tables_and_a_sheet(tmp_path, monkeypatch, capsys):
    for i in range(3):
        add_picture(tmp_path, "ki67-breast-points", str(i), i)
    add_picture(tmp_path, "cd138-marrow-points", "a", 9)
    monkeypatch.setattr(command, "simulated_patches", lambda count, seed: [
        Patch(patches.cut(simulate(i, SIDE, SIDE, SceneSpec(glass_share=0.0)).image, np.random.default_rng(0))[0],
              patches.SIMULATED, str(i), True) for i in range(count)])
    run(monkeypatch, tmp_path / "out", "--shared", tmp_path, "--patches", 9)
    written = json.loads((tmp_path / "out/realism.json").read_text())
    assert [entry["source"] for entry in written["areas"]] == ["all", "ki67-breast-points", "cd138-marrow-points"]
    assert written["patches"] == 9 and 0 <= written["mean_distance"] <= 1
    assert set(written["families"]) == set(statistics.FAMILIES)
    assert {entry["name"] for entry in written["statistics"]} == set(statistics.STATISTICS)
    assert (tmp_path / "out/realism.md").read_text().strip() in capsys.readouterr().out
    assert Image.open(tmp_path / "out/sheet.png").width > 3 * 4 * 190
