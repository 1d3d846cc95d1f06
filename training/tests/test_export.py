import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from restain_training.data.staining import FEATURES, describe_staining
from restain_training.network import quantise
from restain_training.network.channels_last import write_channels_last
from restain_training.network.model import RestainNet, normalise
from restain_training.network.schedule import Schedule
from restain_training.network.shipped import SHIPPED, fold_batch_norm, load_model
from restain_training.network.train import Trainer
from restain_training.network.warm_start import unfold
from restain_training.release import blend
from restain_training.release import export as ex
from restain_training.release.manifest import ManifestError, check_manifest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
MODELS = sorted((Path(__file__).parents[2] / "models").glob("*/model.json"))


def run_onnx(folder, image, file="model.onnx", names=tuple(SHIPPED)):
    session = onnxruntime.InferenceSession(str(folder / file), providers=["CPUExecutionProvider"])
    return session.run(list(names), {"image": image, "staining": describe_staining(image)[None]})


def assert_parity(folder, pictures="golden", stem="model"):
    image = np.asarray(Image.open(folder / pictures / "image.png"))[None]
    outputs = (run_onnx(folder, image, f"{stem}{kind}.onnx") for kind in ("", "-int8"))
    for name, output, eight_bit in zip(SHIPPED, *outputs):
        golden = np.asarray(Image.open(folder / f"{pictures}/{name}.png")).reshape(output.shape[1:]).astype(int)
        assert np.abs(output[0] - golden).max() <= 1, name
        assert np.abs(eight_bit[0] - golden).mean() <= 1, name


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(1)
    trainer = Trainer(8, Schedule(1e-3, 1, 1, 1))
    for module in trainer.average.modules():  # so that the norms have an effect
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    for layer in (trainer.average.classifier.staining[-1], trainer.average.classifier.last):
        torch.nn.init.normal_(layer.weight, 0, 0.1)  # and the staining has one
    root = tmp_path_factory.mktemp("export")
    trainer.save(root / "last.pt")
    ex.export(root / "last.pt", root / "tiny", "0.0.1", halo=64)
    return root / "tiny"


def test_exported_folder_agrees_with_torch(folder):
    assert_parity(folder)


def test_eight_bit_copy_follows_the_network(folder):
    image = ex.golden_scene()[None]
    for float_output, output in zip(run_onnx(folder, image), run_onnx(folder, image, "model-int8.onnx")):
        assert output.shape == float_output.shape
        assert np.abs(output.astype(int) - float_output).mean() < 2
    assert (folder / "model-int8.onnx").stat().st_size < 0.5 * (folder / "model.onnx").stat().st_size


def test_the_cut_networks_give_the_segmentation_to_the_byte(folder):
    image = ex.golden_scene()[None]
    feeds = {"image": image, "staining": describe_staining(image)[None]}
    contents = check_manifest(folder)
    for network in (contents, contents["quantised"]):
        cut = folder / network["segmentationOnly"]["file"]
        session = onnxruntime.InferenceSession(str(cut), providers=["CPUExecutionProvider"])
        assert [output.name for output in session.get_outputs()] == ["segmentation"]
        assert (session.run(None, feeds)[0] == run_onnx(folder, image, network["file"])[0]).all()
        assert count_weights(cut) < count_weights(folder / network["file"])


def count_weights(path):
    return sum(int(np.prod(w.dims)) for w in onnx.load(str(path)).graph.initializer)


def test_all_between_the_stem_and_the_last_features_is_in_8_bits(folder):
    nodes = onnx.load(str(folder / "model-int8.onnx")).graph.node
    kinds = Counter(node.op_type for node in nodes)
    assert kinds["Conv"] == 1 and kinds["QLinearConv"] == 27 and kinds["QLinearAdd"] == 13
    assert not {"DequantizeLinear", "Resize"}.intersection(kinds)


def test_pixels_with_their_channels_side_by_side_give_the_same_pictures(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(quantise, "CALIBRATION_FIELDS", 2)
    quantise.quantise(folder / "model.onnx", tmp_path / "marked.onnx")
    write_channels_last(tmp_path / "marked.onnx", tmp_path / "int8.onnx", list(SHIPPED))
    image = np.concatenate([ex.golden_scene()] * 2, 1)[None, :, :400]  # height and width differ
    for marked, output in zip(run_onnx(tmp_path, image, "marked.onnx"), run_onnx(tmp_path, image, "int8.onnx")):
        difference = np.abs(marked.astype(int) - output)
        assert difference.max() <= 1 and (difference > 0).mean() < 1e-3


@pytest.fixture(scope="module")
def two(folder, tmp_path_factory):
    target = tmp_path_factory.mktemp("two") / "tiny"
    shutil.copytree(folder, target)
    changed = load_model(folder)
    with torch.no_grad():
        for weights in changed.parameters():
            weights.mul_(0.9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantise, "CALIBRATION_FIELDS", 4)
        ex.write_coarse(changed, target, "0.0.2")
    return target


def test_a_second_network_leaves_the_first_as_it_is(folder, two):
    before, after = (json.loads((path / "model.json").read_text()) for path in (folder, two))
    coarse = after.pop("coarse")
    assert after == before | {"version": "0.0.2"}
    assert coarse["views"] == [1] and coarse["pictures"]["from"] < 0.5 < coarse["pictures"]["to"]
    assert_parity(folder)
    assert_parity(two, "golden-coarse", "coarse")
    first, second = (load_model(two, is_coarse) for is_coarse in (False, True))
    for mine, others in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(mine * 0.9, others)
    image = np.asarray(Image.open(two / "golden-coarse/image.png"))[None]
    for network in (coarse, coarse["quantised"]):
        cut = run_onnx(two, image, network["segmentationOnly"]["file"], ["segmentation"])
        assert (cut[0] == run_onnx(two, image, network["file"])[0]).all()


def test_the_files_of_a_second_network_are_checked(two, tmp_path):
    shutil.copytree(two, tmp_path / "model")
    (tmp_path / "model/coarse-int8.onnx").write_bytes(b"x")
    with pytest.raises(ManifestError, match="sha256 of coarse-int8"):
        check_manifest(tmp_path / "model")


@pytest.mark.long
def test_a_blend_lies_between_two_models(folder, tmp_path, monkeypatch):
    other = tmp_path / "other"
    changed = load_model(folder)
    with torch.no_grad():
        for weights in changed.parameters():
            weights.mul_(0.5)
    ex.write_model(changed, other, "0.0.2", 127, halo=64)
    arguments = [folder, other, tmp_path / "blend", "--share", 0.25, "--version", "0.0.3", "--halo", 64]
    monkeypatch.setattr("sys.argv", ["blend", *map(str, arguments)])
    blend.main()
    assert check_manifest(tmp_path / "blend")["version"] == "0.0.3"
    assert_parity(tmp_path / "blend")
    for mixed, later in zip(load_model(tmp_path / "blend").parameters(), load_model(folder).parameters(), strict=True):
        torch.testing.assert_close(mixed, later * (0.75 + 0.25 * 0.5))


def test_a_blend_keeps_the_second_network_of_the_earlier_model(folder, two, tmp_path, monkeypatch):
    arguments = [folder, two, tmp_path / "blend", "--version", "0.0.4", "--halo", 64]
    monkeypatch.setattr("sys.argv", ["blend", *map(str, arguments)])
    monkeypatch.setattr(quantise, "CALIBRATION_FIELDS", 4)
    blend.main()
    before, after = (check_manifest(path)["coarse"] for path in (two, tmp_path / "blend"))
    assert after == before


def test_batch_norm_folding_changes_nothing():
    net = RestainNet(8).eval()
    x = normalise(torch.randint(0, 255, (1, 3, 32, 48)))
    staining = torch.rand(1, FEATURES)
    assert torch.allclose(net.logits(x, staining), fold_batch_norm(net).logits(x, staining), atol=1e-4)


def test_unfolded_network_computes_what_the_shipped_one_does(folder):
    shipped = load_model(folder)
    images = normalise(torch.randint(0, 255, (4, 3, 64, 64)))
    stainings = torch.rand(4, FEATURES)
    net = unfold(folder, images, stainings)
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert len(norms) > 20
    expected = shipped.net.logits(images, stainings)
    for mode in (net.eval(), net.train()):  # the norms hold the statistics of these images
        assert torch.allclose(mode.logits(images, stainings)[:, : expected.shape[1]], expected, atol=2e-3)


def test_sizes_and_batch_are_dynamic(folder):
    image = np.random.default_rng(0).integers(0, 255, (2, 48, 80, 3), dtype=np.uint8)
    outputs = run_onnx(folder, image)
    assert [o.shape for o in outputs] == [(2, 48, 80, c) for c in SHIPPED.values()]
    assert all(o.dtype == np.uint8 for o in outputs)
    with torch.no_grad():
        expected = load_model(folder)(torch.from_numpy(image), torch.from_numpy(describe_staining(image))[None])
    for output, picture in zip(outputs, expected):
        assert np.abs(output.astype(int) - picture.numpy()).max() <= 1


def test_manifest_check_refuses_a_changed_model(folder, tmp_path):
    contents = json.loads((folder / "model.json").read_text())
    (tmp_path / "model.onnx").write_bytes((folder / "model.onnx").read_bytes() + b"x")
    (tmp_path / "model.json").write_text(json.dumps(contents))
    with pytest.raises(ManifestError, match="sha256"):
        check_manifest(tmp_path)


@pytest.mark.parametrize(("change", "problem"), [
    ({"staining": {"name": "staining"}}, "staining needs name, tissue, brown"),
    ({"views": [0.5, 1]}, "first of the views must be 1"),
    ({"views": []}, "first of the views must be 1"),
    ({"tile": {"size": 64, "halo": 16, "edgeHalo": 17, "multiple": 16}}, "edgeHalo must be no larger"),
])
def test_manifest_check_names_what_is_wrong(folder, tmp_path, change, problem):
    shutil.copytree(folder, tmp_path / "model")
    contents = json.loads((folder / "model.json").read_text()) | change
    (tmp_path / "model/model.json").write_text(json.dumps(contents))
    with pytest.raises(ManifestError, match=problem):
        check_manifest(tmp_path / "model")


@pytest.mark.parametrize("path", MODELS, ids=[p.parent.name for p in MODELS])
def test_shipped_model_is_consistent(path):
    contents = check_manifest(path.parent)
    assert contents["tile"]["halo"] % contents["tile"]["multiple"] == 0
    assert (path.parent / "README.md").is_file()
    assert_parity(path.parent)
    if "coarse" in contents:
        assert_parity(path.parent, "golden-coarse", "coarse")
