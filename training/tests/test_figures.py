"""The scoring, checked by hand-computed figures, and by the shared scorers where they exist."""

import importlib.util
import json

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from restain_training.data.shared import shared_folder
from restain_training.figures import calibration, client, scoring, sets, simulated, studies, taught

SHARED = shared_folder()


def draw_squares(squares, side=60):
    """A drawing of squares [(row, column, size, positive)] with a one-pixel outline inside their edge."""
    picture = np.zeros((side, side, 3), np.uint8)
    for row, column, size, positive in squares:
        picture[row : row + size, column : column + size, 1] = 255
        picture[row + 1 : row + size - 1, column + 1 : column + size - 1] = (255, 0, 0) if positive else (0, 0, 255)
    return picture


def test_a_drawing_gives_its_nuclei_back_with_their_outlines():
    nuclei = scoring.read_drawing(draw_squares([(5, 5, 10, True), (5, 30, 12, False), (40, 40, 5, False)]))
    assert nuclei.positive.tolist() == [False, True, False]  # the third is a speck of 9 px inside
    assert np.bincount(nuclei.labels.ravel())[1:].tolist() == [100, 144]


def test_a_reduced_picture_is_scored_at_its_full_size(tmp_path):
    Image.fromarray(draw_squares([])).save(tmp_path / "image.png")
    Image.fromarray(draw_squares([(4, 4, 20, True), (32, 20, 16, False)])).save(tmp_path / "nuclei.png")
    seen = []

    class Halving:
        def infer(self, picture, microns_per_pixel, **_options):
            seen.append((picture.shape, microns_per_pixel))
            images = {"SegRefined": draw_squares([(2, 2, 10, True), (16, 10, 8, False)], side=30)}
            cell = {"x": 9.5, "y": 4.5, "positive": True, "kind": "tumour", "contour": []}
            return client.Answer({}, images, [cell], [], {})

    scores = sets.score_sample(Halving(), sets.Sample(tmp_path), reduction=2)
    assert seen == [((30, 30, 3), 0.5)]
    assert scores["dice"] == 1 and scores["aji"] == 1 and scores["f1_50"] == 1
    (tmp_path / "points.json").write_text(json.dumps([{"x": 19.5, "y": 9.5, "cls": "positive"}]))
    assert sets._infer(Halving(), sets.Sample(tmp_path), 2).cells[0]["x"] == 19.5
    assert sets.score_sample(Halving(), sets.Sample(tmp_path), reduction=2)["det_f1"] == 1


def test_a_perfect_answer_scores_one():
    nuclei = scoring.read_drawing(draw_squares([(5, 5, 10, True), (5, 30, 12, False)]))
    scores = scoring.score_nuclei(nuclei, nuclei)
    assert {scores[key] for key in ("dice", "aji", "f1_50", "det_f1", "cls_acc", "f1_pos", "f1_neg")} == {1.0}
    assert scores["pct_err"] == 0 and scores["pct"] == 50


def test_a_shifted_a_missed_and_an_invented_nucleus():
    truth = scoring.read_drawing(draw_squares([(5, 5, 10, True), (30, 5, 10, False)]))
    guess = scoring.read_drawing(draw_squares([(5, 10, 10, True), (30, 40, 10, True)]))
    scores = scoring.score_nuclei(truth, guess)
    assert scores["dice"] == pytest.approx(2 * 50 / 400)
    assert scores["aji"] == pytest.approx(50 / (150 + 100 + 100))
    assert (scores["f1_50"], scores["det_f1"]) == (0, 0.5)  # overlap is a third
    assert scores["pct_err"] == 50


def test_points_are_matched_one_to_one_within_the_box():
    points = [{"x": 10, "y": 10, "cls": "positive"}, {"x": 18, "y": 10, "cls": "til"}, {"x": 90, "y": 90, "cls": "til"}]
    cells = [{"x": 14, "y": 10, "positive": True}, {"x": 40, "y": 40, "positive": False}]
    scores = scoring.score_points(points, cells, box=(0, 0, 80, 80))
    assert scores["det_f1"] == pytest.approx(2 / 4)
    assert (scores["n_true"], scores["pct_true"], scores["pct"]) == (2, 50, 50)


def test_the_shared_scorers_agree():
    tools, folder = SHARED / "tools", SHARED / "data/ki67-breast-tiles"
    if not (tools.is_dir() and folder.is_dir()):
        pytest.skip(f"no scorers and pictures in {SHARED}: set RESTAIN_SHARED")
    theirs = {name: load_tool(tools / f"score_{name}.py") for name in ("segmentation", "points")}
    rng = np.random.default_rng(1)
    for sample in sorted(folder.iterdir()):
        drawing = np.asarray(Image.open(sample / "nuclei.png").convert("RGB"))
        guess = np.roll(drawing, (2, -3), (0, 1))
        guess = np.where((rng.random((512, 512, 1)) < 0.03) & (guess > 0), 255 - guess, guess).astype(np.uint8)
        guess[200:260, 100:300] = 0
        expected = theirs["segmentation"].score(*theirs["segmentation"].from_drawn(drawing.astype(int)),
                                                *theirs["segmentation"].from_drawn(guess.astype(int)))
        scores = scoring.score_nuclei(scoring.read_drawing(drawing), scoring.read_drawing(guess))
        names = {"gt_n": "n_true", "gt_pct": "pct_true"}
        for name, value in expected.items():
            if name != "iou":
                assert scores[names.get(name, name)] == pytest.approx(float(value), abs=1e-12), name
    for sample in sorted((SHARED / "data/ki67-breast-points").iterdir())[:4]:
        points = json.loads((sample / "points.json").read_text())
        cells = [{"x": p["x"] + rng.normal(0, 6), "y": p["y"] + rng.normal(0, 6), "positive": rng.random() < 0.5}
                 for p in points if rng.random() < 0.8]
        for box in (None, (32.0, 32.0, 544.0, 544.0)):
            expected = theirs["points"].score(points, cells, 10, box)
            assert scoring.score_points(points, cells, box=box) == pytest.approx(
                {key: float(value) for key, value in expected.items()}, abs=1e-12)


def load_tool(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("collection", "group"), [
    (simulated.MARKERS, "Ki67"), pytest.param(simulated.EXTREMES, "membrane", marks=pytest.mark.long)])
def test_simulated_fields_are_fixed_and_disjoint_from_training(tmp_path, collection, group):
    fields = simulated.make_fields(tmp_path, 2, collection, side=256)
    truth, image = fields[1].truth, fields[1].image.read_bytes()
    assert truth["group"] == group and truth["magnification"] == 40
    assert truth["seed"] >= simulated.FIRST_SEED[collection] > 1000 * 1_000_000
    assert len(truth["points"]) >= simulated.FEWEST_NUCLEI
    for path in fields[1].folder.iterdir():
        path.unlink()
    again = simulated.make_fields(tmp_path, 2, collection, side=256)[1]
    assert again.truth == truth and again.image.read_bytes() == image
    labels = again.labels
    inside = [labels[round(p["y"]), round(p["x"])] > 0 for p in truth["points"]]
    assert np.mean(inside) > 0.9


def test_a_shifted_picture_is_registered_and_scored():
    rng = np.random.default_rng(5)
    dapi = ndimage.gaussian_filter(rng.random((96, 80)), 2)
    drawing = draw_squares([(20, 30, 12, True), (60, 25, 14, False), (2, 2, 10, False)], side=96)[:, :80]
    shift = (5, -9)
    mine, real = scoring.register(dapi, np.roll(dapi, shift, (0, 1)))
    assert [there.start - here.start for here, there in zip(mine, real)] == list(shift)
    truth, guess = (scoring.read_drawing(picture) for picture in (np.roll(drawing, shift, (0, 1)), drawing))
    assert scoring.score_nuclei(truth, guess)["dice"] < 0.5
    scores = scoring.score_nuclei(truth.crop(real), guess.crop(mine))
    assert (scores["dice"], scores["det_f1"], scores["n"]) == (1, 1, 2)  # the third lies in the corner that is left out
    assert guess.crop(mine).positive.tolist() == [False, True, False]


def test_a_faithful_answer_is_scored_against_the_unshifted_picture():
    rng = np.random.default_rng(6)
    dapi = ndimage.gaussian_filter(rng.random((96, 80)), 2)
    drawing = draw_squares([(20, 30, 12, True), (60, 25, 14, False)], side=96)[:, :80]
    truth, perfect = (scoring.read_drawing(picture) for picture in (np.roll(drawing, (3, -2), (0, 1)), drawing))
    photo = np.roll(dapi, (3, -2), (0, 1))
    scores = sets._score_registered(perfect, truth, {"r_dapi": (dapi, photo)})
    mine, _ = scoring.register(dapi, photo)
    plain = scoring.score_nuclei(truth.crop(mine), perfect.crop(mine))
    assert 0.5 < plain["dice"] < 0.9
    assert (scores["dice_registered"], scores["dice_faithful"]) == (1, plain["dice"])
    assert scores["r_dapi_registered"] == pytest.approx(1)
    assert scores["r_dapi_faithful"] == pytest.approx(scoring.correlation(dapi[mine], photo[mine]))


def test_changes_of_light_and_position_do_what_their_names_say():
    image = np.full((8, 8, 3), 100, np.uint8)
    image[0, 0] = 200
    assert studies.LIGHT["brightness +10 %"](image)[4, 4].tolist() == [110, 110, 110]
    assert studies.LIGHT["gamma 0.8"](image).mean() > image.mean() > studies.LIGHT["gamma 1.25"](image).mean()
    assert studies.TURNS["flipped left to right"](image)[0, 7, 0] == 200
    assert {picture.shape for picture in studies.junk().values()} == {(512, 512, 3)}


def test_reliability_counts_claims_and_truths():
    reliability = calibration.Reliability()
    reliability.add(np.array([0.05, 0.05, 0.95, 1.0]), np.array([False, True, True, True]))
    assert [row["count"] for row in reliability.rows()] == [2, 2]
    assert reliability.rows()[0]["true"] == 0.5
    assert reliability.error == pytest.approx((0.9 + 0.05) / 4)


def test_goals_are_judged_at_the_precision_shown():
    assert sets.meets("dice", 0.7396, 0.74) and not sets.meets("dice", 0.7394, 0.74)
    assert sets.meets("pct_err", 6.04, 6.0) and not sets.meets("pct_err", 6.06, 6.0)
    assert studies.judge("robustness", "rotated 90", "move", [1.0, 1.008], 1.0)["met"]
    assert not studies.judge("robustness", "rotated 90", "move", [0.5, 1.54], 1.0)["met"]


def square_cell(x, y, kind, side=8):
    """A square nucleus as the client gives it, its corners counted from pixel centres: pixel (x, y) is its first."""
    left, top = x - 0.5, y - 0.5
    contour = [(left, top), (left + side, top), (left + side, top + side), (left, top + side)]
    return {"x": x + side / 2 - 0.5, "y": y + side / 2 - 0.5, "positive": False, "kind": kind, "contour": contour}


def test_a_simulated_user_states_tumour_and_others_in_turn_each_by_a_pixel_of_it():
    cells = [square_cell(20 * n, 0, "tumour") for n in range(30)]
    cells += [square_cell(20 * n, 60, "stroma") for n in range(4)]
    # The first 12 are annotated as tumour, the next three as lymphocytes.
    points = [{"x": cells[n]["x"] + 1, "y": cells[n]["y"], "cls": "til" if n >= 12 else "positive"} for n in range(15)]
    clicks = taught._clicks(np.random.default_rng(4), points, cells)
    assert len(clicks) == taught.CLICKS
    names = [click["name"] for click in clicks]
    assert names[:20:2] == ["tumour"] * 10
    assert set(names[1::2]) <= {"lymphocyte", "stroma", "other"} and "other" in names
    stated = {}
    for click in clicks:
        # The API counts from corners: the click lies in the middle of the nucleus's first pixel.
        [place] = [n for n, cell in enumerate(cells)
                   if (click["x"] - 1, click["y"] - 1) == tuple(cell["contour"][0])]
        assert (click["x"] % 1, click["y"] % 1) == (0.5, 0.5)
        assert place not in stated
        stated[place] = click["name"]
    for place, name in stated.items():
        expected = "tumour" if place < 12 else "lymphocyte" if place < 15 else "other" if place < 30 else "stroma"
        assert name == expected


def test_a_simulated_user_of_few_nuclei_states_each_once():
    cells = [square_cell(0, 0, "tumour"), square_cell(40, 0, "lymphocyte")]
    clicks = taught._clicks(np.random.default_rng(1), [{"x": 3.5, "y": 3.5, "cls": "negative"}], cells)
    assert sorted(click["name"] for click in clicks) == ["lymphocyte", "tumour"]
    assert taught._clicks(np.random.default_rng(1), [], []) == []
