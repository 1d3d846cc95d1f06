import json
import sys

import numpy as np
from PIL import Image

from restain_training.data import samples


def test_drawn_with_true_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["samples", str(tmp_path), "--size", "192", "--only", "ki67-high", "ki67-20x"])
    samples.main()
    truths = json.loads((tmp_path / "samples.json").read_text())
    assert [t["file"] for t in truths] == ["ki67-high.png", "ki67-20x.png"]
    for truth in truths:
        assert truth["positive"] + truth["negative"] == truth["total"] > 5
        assert np.asarray(Image.open(tmp_path / truth["file"])).shape == (192, 192, 3)
    assert truths[1]["micronsPerPixel"] == 0.5


def test_membranous_samples_have_their_true_membranes():
    truths = {name: samples.draw_sample(name, 512)[1]["membranes"] for name in ("her2", "pdl1")}
    assert truths["her2"]["her2_pattern"] == 3
    assert truths["her2"]["tps"] > truths["her2"]["complete"] > 10
    assert 5 < truths["pdl1"]["tps"] < truths["pdl1"]["cps"] <= 100
    assert truths["pdl1"]["tumour"] > 50
    assert "membranes" not in samples.draw_sample("ki67-low", 128)[1]


def test_every_scenario_is_reproducible():
    first, truth = samples.draw_sample("ki67-low", 128)
    again, same = samples.draw_sample("ki67-low", 128)
    assert np.array_equal(first, again) and truth == same
