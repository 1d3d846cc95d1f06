import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from restain_training.data.staining import describe_staining
from restain_training.network.shipped import SHIPPED, describe_for_network, load_model
from restain_training.release import finetune as ft
from restain_training.release.manifest import check_manifest
from restain_training.release.postprocess import draw
from restain_training.simulator import SceneSpec, simulate

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
SHIPPED_MODEL = Path(__file__).parents[2] / "models/restain-ihc"


def run_onnx(folder, image):
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    inputs = {"image": image[None], "staining": describe_staining(image)[None]}
    return dict(zip(SHIPPED, session.run(list(SHIPPED), inputs)))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Five tiny pictures with drawn nuclei, in both layouts. This lab stains brown what others stain blue."""
    folder = tmp_path_factory.mktemp("lab")
    for i in range(5):
        scene = simulate(50 + i, 96, 112, SceneSpec(positive={"tumour": 0.5, "vesicular": 0.5}))
        paths = (folder / f"case {i}/image.png", folder / f"case {i}/nuclei.png")
        if i % 2:
            paths = (folder / f"flat{i}.jpg", folder / f"flat{i}_nuclei.png")
        paths[0].parent.mkdir(exist_ok=True)
        Image.fromarray(scene.image[..., ::-1]).save(paths[0])
        Image.fromarray(draw(scene.labels, scene.positive)).save(paths[1])
    Image.new("RGB", (8, 8)).save(folder / "unlabelled.png")
    return folder


@pytest.fixture(scope="module")
def tuned(lab, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "our-lab"
    options = {"--images": lab, "--model": SHIPPED_MODEL, "--out": out, "--steps": 60, "--rate": 1e-3, "--size": 64,
               "--simulated": 2, "--batch": 4, "--threads": 1}
    sys.argv = ["finetune", *(str(part) for pair in options.items() for part in pair)]
    ft.main()
    return out


def test_the_network_read_back_from_onnx_answers_as_the_file_does():
    image = np.asarray(Image.open(SHIPPED_MODEL / "golden/image.png"))
    shipped = load_model(SHIPPED_MODEL)
    with torch.no_grad():
        answer = dict(zip(SHIPPED, shipped(torch.from_numpy(image.copy())[None], describe_for_network(image))))
    for name, expected in run_onnx(SHIPPED_MODEL, image).items():
        assert np.abs(answer[name].numpy().astype(int) - expected).max() <= 1, name


def test_both_layouts_are_found_and_strays_are_not(lab):
    assert [name for name, _, _ in ft.find_pairs(lab)] == ["case 0", "case 2", "case 4", "flat1", "flat3"]


@pytest.mark.long
def test_the_folder_can_be_installed(tuned):
    contents = check_manifest(tuned)
    assert (contents["name"], contents["version"]) == ("our-lab", "1.0.0")
    assert contents["tile"] == check_manifest(SHIPPED_MODEL)["tile"]
    card = (tuned / "README.md").read_text()
    assert "fine-tuned with" in card and "on 1 pictures held out" in card
    image = np.asarray(Image.open(tuned / "golden/image.png"))
    for name, output in run_onnx(tuned, image).items():
        golden = np.asarray(Image.open(tuned / f"golden/{name}.png")).reshape(output.shape[1:])
        assert np.abs(output[0].astype(int) - golden).max() <= 1, name


@pytest.mark.long
def test_the_stain_of_the_lab_is_learnt(lab, tuned):
    """The starting network confuses this lab's colours; the tuned network does not."""
    examples = [ft.read_example(*pair) for pair in ft.find_pairs(lab)]
    before, after = (ft.mean_scores(load_model(folder), examples, 127) for folder in (SHIPPED_MODEL, tuned))
    assert after["cls_acc"] > before["cls_acc"] + 0.2
    assert after["dice"] > 0.9  # the nuclei are still found; the starting network outlines them well


def test_zoom_scales_picture_and_nuclei_to_the_resolution_of_the_network(lab):
    pair = ft.find_pairs(lab)[0]
    native, zoomed = ft.read_example(*pair), ft.read_example(*pair, 2.0)
    assert zoomed.image.shape == (192, 224, 3) and zoomed.nuclei.labels.shape == (192, 224)
    assert zoomed.nuclei.count == native.nuclei.count


def test_what_cannot_be_used_says_why(lab, tmp_path):
    with pytest.raises(ft.FinetuneError, match=r"no <name>/image\.png"):
        ft.find_pairs(tmp_path)
    Image.new("RGB", (20, 10)).save(tmp_path / "a.png")
    Image.new("RGB", (10, 20)).save(tmp_path / "a_nuclei.png")
    with pytest.raises(ft.FinetuneError, match="is 10 x 20, its picture 20 x 10"):
        ft.read_example(*ft.find_pairs(tmp_path)[0])
    Image.new("RGB", (20, 10)).save(tmp_path / "a_nuclei.png")
    with pytest.raises(ft.FinetuneError, match="shows no nucleus"):
        ft.read_example(*ft.find_pairs(tmp_path)[0])
