import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from restain_training.figures.scoring import match_inside, score_points, tumour_scores
from restain_training.kinds.fields import TEACH, WIDE, _as_trained, draw_fields
from restain_training.kinds.fit import fit_stage, read_table, report, stage_likelihoods
from restain_training.simulator import SceneSpec, draw_spec, simulate
from restain_training.simulator.spec import KINDS, RARE_KINDS, STATED_KIND, STATED_KINDS

TRAINING = Path(__file__).parents[1]


def test_every_drawn_kind_is_stated():
    assert set(STATED_KIND) == {*KINDS, *RARE_KINDS}
    assert set(STATED_KIND.values()) == set(STATED_KINDS)


def test_truth_states_the_kind_of_every_label():
    spec = SceneSpec(tumour_share=0.5, lymphocyte_share=0.5, lumens=0, tumour_radius=18.0)
    scene = simulate(5, 320, 320, spec)
    assert len(scene.kinds) == len(scene.positive) and scene.kinds[0] == ""
    assert set(scene.kinds[1:]) <= set(STATED_KINDS)
    area = np.bincount(scene.labels.ravel())
    mean = {kind: area[1:][scene.kinds[1:] == kind].mean() for kind in ("tumour", "lymphocyte")}
    assert mean["tumour"] > 1.8 * mean["lymphocyte"]


@pytest.fixture
def folder(tmp_path):
    """Two fields to fit on and one to report on; the first feature tells tumour from lymphocyte."""
    rng = np.random.default_rng(1)
    rows, names = [], ["choose-0000.json", "fit-0000.json", "fit-0001.json"]
    for field, name in enumerate(names):
        kinds = rng.choice(["tumour", "lymphocyte"], 200).tolist()
        positive = [bool(kind == "tumour" and rng.random() < 0.5) for kind in kinds]
        truth = {"kinds": ["", *kinds], "positive": [False, *positive]}
        (tmp_path / name).write_text(json.dumps(truth))
        rows += [(field, label, positive[label - 1], 3.0 * (kinds[label - 1] == "tumour") + rng.normal(0, 0.4),
                  rng.normal()) for label in range(1, 201)]
    np.array(rows, np.float32).tofile(tmp_path / "table.bin")
    (tmp_path / "table.json").write_text(json.dumps({"features": ["size", "noise"], "fields": names}))
    return tmp_path


def test_a_fit_learns_what_tells_kinds_apart(folder):
    table = read_table(folder)
    likelihood = stage_likelihoods(table, fit_stage(table, 1, 1e-3), 1)
    assert likelihood.sum(1) == pytest.approx(np.ones(600))
    figures = report(table, likelihood, "choose")
    assert figures["kind_right"] > 0.97
    assert figures["tumour_index_error_mean"] < 2 < figures["index_of_all_nuclei_error_mean"]


def test_more_regularisation_makes_less_sure(folder):
    table = read_table(folder)
    sure = [stage_likelihoods(table, fit_stage(table, 1, l2), 1).max(1).mean() for l2 in (1e-4, 1.0)]
    assert sure[0] > sure[1] + 0.1


def test_a_point_inside_the_outline_is_a_hit_however_far_from_the_centre():
    truth, guess = np.array([[25.0, 5.0], [60.0, 60.0]]), np.array([[5.0, 5.0], [90.0, 60.0]])
    long = [(0, 0), (30, 0), (30, 10), (0, 10)]
    small = [(85, 55), (95, 55), (95, 65), (85, 65)]
    assert match_inside(truth, guess, [long, small]) == [(0, 0)]
    assert match_inside(truth, guess, [small, small]) == []


def test_the_second_count_compares_tumour_nuclei_alone():
    points = [{"x": 5, "y": 5, "cls": "positive"}, {"x": 50, "y": 5, "cls": "til"}]
    cells = [{"x": 5, "y": 5, "positive": True, "kind": "tumour"},
             {"x": 50, "y": 5, "positive": False, "kind": "lymphocyte"}]
    assert score_points(points, cells)["pct_true"] == 50
    scores = tumour_scores(points, cells)
    assert scores["det_f1_tumour"] == 1 and scores["pct_true_tumour"] == scores["pct_tumour"] == 100
    stated = [{**point, "kind": "lymphocyte"} for point in points]
    assert tumour_scores(stated, cells)["n_true_tumour"] == 0


@pytest.mark.skipif(not (TRAINING.parent / "node_modules").exists(), reason="needs npm ci")
def test_kinds_are_fitted_to_the_wide_draw_then_to_looks_and_membranous_markers():
    drawn = {index: _as_trained(np.random.default_rng(index), index)[0] for index in range(WIDE - 40, WIDE + 60)}
    wide = [index for index, spec in drawn.items() if spec == draw_spec(np.random.default_rng(index), "ihc")]
    assert set(range(WIDE - 40, WIDE)) <= set(wide) and len(wide) < 70
    membranous = [index for index, spec in drawn.items() if spec.membranes]
    assert membranous == [index for index in range(WIDE, WIDE + 60) if index % 3 == 2]
    assert {drawn[index].positive.get("macrophage", 0) > 0 for index in membranous} == {True, False}
    assert all(spec.stain == "ihc" for spec in drawn.values())


def test_the_product_describes_drawn_fields_by_the_commands_of_the_readme(tmp_path):
    draw_fields(tmp_path, TEACH, 1)
    scripts = "src/restain_training/kinds"
    for script, *more in (["measure.mjs", "../lib/scoring/classify/prior.json"], ["teach.mjs", "1", "20"]):
        command = ["node", f"{scripts}/{script}", "..", str(tmp_path), *more]
        said = subprocess.run(command, cwd=TRAINING, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
    assert "any nuclei: 1 fields, 1 users of 20 clicks" in said.stdout
