import json
from dataclasses import replace

import numpy as np
import pytest

from restain_training.membranes.fields import CHOOSE, DRAW, FIRST_SEED, TEST, draw_fields
from restain_training.membranes.judge import fit_logistic, read_evidence
from restain_training.membranes.report import report, true_scores
from restain_training.simulator import SceneSpec, simulate
from restain_training.simulator.camera import Camera
from restain_training.simulator.membrane import ANGLES, draw_arcs
from restain_training.simulator.spec import MembraneSpec

CAMERA = Camera(white=(240, 240, 238), noise=0.5)
KINDS = ("tumour", "vesicular", "lymphocyte", "spindle", "plasma", "lobed", "macrophage")
SPEC = SceneSpec(compartment="membrane", crowding=1.35, cell_margin=12.0, positive={"tumour": 0.6, "vesicular": 0.6},
                 trace_ratio=0.0, weak_share=0.0, lumens=0, fragments=0.0, membranes=MembraneSpec())


def draw(**changes):
    membranes = changes.pop("membranes", SPEC.membranes)
    return simulate(5, 384, 384, replace(SPEC, membranes=membranes, **changes), CAMERA)


def test_truth_is_by_label_and_positive_cells_are_those_with_a_stained_membrane():
    scene = draw()
    truth, count = scene.membranes, scene.labels.max() + 1
    assert len(truth.completeness) == len(truth.density) == len(truth.cytoplasm) == count == len(scene.positive)
    assert truth.completeness[0] == truth.density[0] == truth.cytoplasm[0] == 0
    assert np.array_equal(scene.positive, truth.completeness > 0)
    assert 0.1 < scene.positive.mean() < 0.9
    assert set(scene.kinds[scene.positive]) == {"tumour"}
    assert not truth.density[~scene.positive].any()


def test_completeness_is_that_of_the_wish():
    full = draw(membranes=MembraneSpec(full_share=1.0)).membranes.completeness
    assert (full[full > 0] == 1).all()
    part = draw(membranes=MembraneSpec(full_share=0.0, partial=(0.3, 0.4))).membranes.completeness
    assert 0.25 < np.median(part[part > 0]) < 0.45
    assert (part < 0.8).all()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_arcs_cover_their_share(share):
    rng = np.random.default_rng(1)
    wish = MembraneSpec(full_share=0.0, partial=(share, share))
    assert np.mean([draw_arcs(rng, wish).mean() for _ in range(50)]) == pytest.approx(share, abs=2 / ANGLES)


def test_density_follows_expression():
    weak, strong = (draw(dab_median=od, dab_spread=0.05, membranes=MembraneSpec(full_share=1.0, blush_share=0.0))
                    for od in (0.3, 0.9))
    means = [scene.membranes.density[scene.positive].mean() for scene in (weak, strong)]
    assert means[0] == pytest.approx(0.3, rel=0.4) and means[1] == pytest.approx(3 * means[0], rel=0.2)
    assert strong.image.mean() < weak.image.mean()


def test_a_blush_is_no_membrane():
    scene = draw(positive={}, membranes=MembraneSpec(blush_share=1.0, blush=0.5))
    truth = scene.membranes
    assert not scene.positive.any() and not truth.density.any()
    tumour = scene.kinds == "tumour"
    assert (truth.cytoplasm[tumour] > 0.1).all() and not truth.cytoplasm[scene.kinds == "stroma"].any()
    assert scene.marker.mean() > draw(positive={}, membranes=MembraneSpec(blush_share=0.0)).marker.mean() + 5


def test_macrophages_come_where_they_are_asked_for():
    without = draw(positive=dict.fromkeys(KINDS, 0.9))
    asked = draw(positive={"macrophage": 1.0}, tumour_share=0.3, membranes=MembraneSpec(macrophage_share=0.5))
    assert (asked.kinds == "other").mean() > (without.kinds == "other").mean() + 0.1
    stained = asked.positive & (asked.kinds == "other")
    assert stained.any() and asked.membranes.cytoplasm[stained].min() > 0.05


def test_scenes_without_membranes_of_their_own_have_no_truth_of_them():
    assert simulate(5, 192, 192, replace(SPEC, membranes=None), CAMERA).membranes is None


def test_report_compares_fields_and_cells_with_the_truth(tmp_path):
    kinds = ["", *["tumour"] * 8, "lymphocyte", "lymphocyte"]
    truth = {"marker": "pdl1", "kinds": kinds, "completeness": [0, 1, 1, 0.5, 0.4, 0, 0, 0, 0, 1, 0],
             "density": [0, 0.8, 0.8, 0.4, 0.4, 0, 0, 0, 0, 0.5, 0], "cytoplasm": [0.0] * 11}
    (tmp_path / "test-0000.json").write_text(json.dumps(truth))
    score = {"tumour": {"percentPositive": 40.0}, "cps": 60.0}
    (tmp_path / "test-scores.json").write_text(json.dumps(
        {"cuts": {"partial": 0.25, "complete": 0.8}, "fields": {"test-0000.json": score}}))
    measured = [1, 0.9, 0.5, 0.1, 0.3, 0, 0, 0, 1, 0]
    rows = [f"test-0000.json,{label},{kinds[label]},{share},0.4,0" for label, share in enumerate(measured, 1)]
    rows.append("test-0000.json,0,tumour,1,0.9,0")  # a find that covers no drawn nucleus
    (tmp_path / "test.csv").write_text("\n".join(["field,label,kind,completeness,density,cytoplasm", *rows]))
    assert true_scores(truth) == {"tps": 50.0, "cps": 62.5}
    figures = report(tmp_path, "test")
    assert figures["tps_error"] == {"mean": 10.0, "p95": 10.0, "worst": 10.0} and figures["tps_bias"] == -10
    assert figures["tps_error_with_true_kinds"]["mean"] == 0  # one cell is missed, another one is called stained
    assert figures["cps_error_pdl1"]["mean"] == 2.5
    cells = figures["cells"]
    assert (cells["tumour"], cells["stained_called_stained"], cells["unstained_called_stained"]) == (8, 0.75, 0.25)
    assert cells["complete_called_complete"] == 1 and cells["incomplete_called_complete"] == 0
    assert cells["density_measured_of_true"] == [0.5, 0.5, 0.9]


def test_fields_to_measure_on_are_drawn_by_other_parameters_and_again_alike():
    specs = {name: [make(np.random.default_rng(seed), "pdl1") for seed in range(200)] for name, make in DRAW.items()}
    reach = {name: np.ptp([spec.cell_margin for spec in of]) for name, of in specs.items()}
    assert reach[TEST] > 1.7 * reach[CHOOSE]
    assert len(set(FIRST_SEED.values())) == len(FIRST_SEED)
    assert DRAW[TEST](np.random.default_rng(3), "her2") == DRAW[TEST](np.random.default_rng(3), "her2")


def test_other_seeds_draw_other_fields(tmp_path):
    first = FIRST_SEED[CHOOSE]
    usual, named, other = (draw_fields(tmp_path / name, CHOOSE, 1, seed)[0].read_text()
                           for name, seed in (("usual", None), ("named", first), ("other", first + 1_000_000)))
    assert usual == named != other
    assert json.loads(other)["seed"] >= first + 1_000_000


def test_the_judge_is_fitted_to_the_odds_of_being_stained():
    rng = np.random.default_rng(2)
    evidence = rng.normal([5.0, -1.0], [2.0, 0.3], (40_000, 2))
    odds = 0.8 * evidence[:, 0] - 3 * evidence[:, 1] - 6
    stained = rng.random(len(odds)) < 1 / (1 + np.exp(-odds))
    weights, constant = fit_logistic(evidence, stained, np.ones(len(odds)))
    assert weights == pytest.approx([0.8, -3], rel=0.06) and constant == pytest.approx(-6, rel=0.06)
    # Cells without a weight say nothing.
    weight = np.repeat([1.0, 0.0], len(odds) // 2)
    other = np.where(weight > 0, stained, ~stained)
    assert fit_logistic(evidence, other, weight)[0] == pytest.approx([0.8, -3], rel=0.1)


def test_the_judge_sees_found_tumour_cells_and_fields_weigh_by_the_root_of_theirs(tmp_path):
    for name, completeness in (("choose-0000.json", [0, 0.5, 0, 0.3]), ("choose-0001.json", [0, 0, 0, 0])):
        truth = {"kinds": ["", "tumour", "tumour", "lymphocyte"], "completeness": completeness}
        (tmp_path / name).write_text(json.dumps(truth))
    rows = ["field,label,kind,completeness,evidence_a,evidence_b", "choose-0000.json,1,stroma,0.4,1,2",
            "choose-0000.json,2,tumour,0.1,3,4", "choose-0000.json,3,tumour,0.3,5,6", "choose-0000.json,0,tumour,1,7,8",
            "choose-0001.json,2,tumour,0,9,10"]
    (tmp_path / "choose.csv").write_text("\n".join(rows) + "\n")
    names, evidence, stained, weight = read_evidence(tmp_path, CHOOSE)
    assert names == ["evidence_a", "evidence_b"]
    assert evidence.tolist() == [[1, 2], [3, 4], [9, 10]] and stained.tolist() == [True, False, False]
    assert weight == pytest.approx([2**-0.5, 2**-0.5, 1])
