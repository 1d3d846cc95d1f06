"""Import of DeepLIIF's weights, compared with networks written a second time in the published code's naming."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from deepliif_networks import Residual, Unet, batch_statistics, lively
from restain_training.deepliif import __main__ as command
from restain_training.deepliif.layout import check_options, read_options
from restain_training.deepliif.weights import ImportRefused, load_generator
from restain_training.simulator import simulate

onnxruntime = pytest.importorskip("onnxruntime")
ROOT = Path(__file__).parents[2]
TRANSLATIONS = {"hematoxylin": "G1", "dapi": "G2", "lap2": "G3", "marker": "G4"}


@pytest.fixture(scope="module")
def networks():
    names = ["G1", "G2", "G3", "G4", "G51", "G52", "G53", "G54", "G55"]
    return {name: lively(Residual() if i < 4 else Unet(), i) for i, name in enumerate(names)}


def save_dictionaries(networks, folder):
    folder.mkdir()
    for name, net in networks.items():
        torch.save(net.state_dict(), folder / f"latest_net_{name}.pth")
    (folder / "train_opt.txt").write_text(
        "----------------- Options ---------------\n"
        "                    model: DeepLIIF                      \t[default: cycle_gan]\n"
        "             modalities_no: 4                             \n"
        "                  padding: zero                          \n"
        "----------------- End -------------------\n")


@pytest.fixture(scope="module")
def imported(networks, tmp_path_factory):
    """A model folder imported from state dictionaries through the command line."""
    root = tmp_path_factory.mktemp("deepliif")
    save_dictionaries({k: v for k, v in networks.items() if k in ("G1", "G2", "G3", "G4", "G51", "G55")}, root / "in")
    sys.argv = ["deepliif", str(root / "in"), str(root / "tiny-deepliif")]
    command.main()
    return root / "tiny-deepliif"


@pytest.fixture(scope="module")
def tile():
    return simulate(3, 512, 512).image


@pytest.fixture(scope="module")
@torch.no_grad()
def expected(networks, tile):
    """Output of the networks for the tile, combined as in the paper: name -> (H, W, C) float in 0..255."""
    nets = {name: batch_statistics(net) for name, net in networks.items()}
    x = torch.from_numpy(tile.copy()).permute(2, 0, 1)[None] / 255 * 2 - 1
    views = {modality: nets[name](x) for modality, name in TRANSLATIONS.items()}
    segmentation = 0.5 * nets["G51"](x) + 0.5 * nets["G55"](views["marker"])
    grey = {name: (v[0].permute(1, 2, 0).numpy() + 1) / 2 * 255 for name, v in views.items()}
    for name in ("dapi", "lap2", "marker"):
        grey[name] = grey[name].max(-1, keepdims=True)
    return grey | {"segmentation": (segmentation[0].permute(1, 2, 0).numpy() + 1) / 2 * 255}


def assert_same(picture, truth, name):
    assert picture.shape == truth.shape, name
    assert picture.std() > 5, name
    assert np.abs(picture.astype(float) - np.floor(truth)).max() <= 1, name


def test_every_output_is_within_one_grey_level(imported, tile, expected):
    contents = json.loads((imported / "model.json").read_text())
    for output in contents["outputs"]:
        file = imported / output.get("file", contents["file"])
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        picture, = session.run([output["name"]], {"image": tile[None]})
        assert_same(picture[0], expected[output["modality"]], output["name"])


def test_a_score_runs_only_the_networks_of_the_segmentation(imported):
    contents = json.loads((imported / "model.json").read_text())
    files = {output["modality"]: output.get("file", "model.onnx") for output in contents["outputs"]}
    assert {m for m, file in files.items() if file == "model.onnx"} == {"segmentation", "marker"}
    assert len(set(files.values())) == 4
    assert contents["defaults"] == {"algorithm": "deepliif", "probThresh": 120, "sizeThresh": "auto",
                                    "markerThresh": None}
    assert contents["tile"] == {"size": 512, "halo": 32, "multiple": 512, "fixed": True}
    assert "Commons Clause" in contents["licence"] and "Commons Clause" in (imported / "README.md").read_text()


def test_the_engine_of_the_product_agrees(imported, tile, expected, tmp_path):
    node, worker = shutil.which("node"), ROOT / ".workers/inference.worker.mjs"
    if not (node and worker.exists() and (ROOT / "node_modules/piscina").exists()):
        pytest.skip("the product is not built here (node, node_modules, .workers)")
    (tmp_path / "tile.raw").write_bytes(tile.tobytes())
    subprocess.run([node, str(Path(__file__).with_name("run_engine.mjs")), str(imported), str(tmp_path), "512"],
                   cwd=ROOT, check=True, timeout=120)
    for name, truth in expected.items():
        picture = np.frombuffer((tmp_path / f"{name}.raw").read_bytes(), np.uint8).reshape(truth.shape)
        assert_same(picture, truth, name)


@pytest.mark.parametrize("outer", [nn.ReflectionPad2d, nn.ZeroPad2d])
def test_a_torchscript_network_shows_its_own_padding(outer, tmp_path):
    net = lively(Residual(outer=outer, dropout=False), 5)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.track_running_stats, module.running_mean, module.running_var = False, None, None
    torch.jit.trace(net, torch.zeros(1, 3, 64, 64)).save(str(tmp_path / "G1.pt"))
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        assert torch.allclose(load_generator(tmp_path, "G1", {})(x), net(x), atol=1e-4)


def test_a_torchscript_network_that_is_something_else_is_refused(tmp_path):
    net = lively(Residual(dropout=False), 5)
    net.model[-1] = nn.Sigmoid()
    torch.jit.trace(net, torch.zeros(1, 3, 64, 64)).save(str(tmp_path / "G1.pt"))
    with pytest.raises(ImportRefused, match=r"G1\.pt: the network does not give the same output"):
        load_generator(tmp_path, "G1", {})


def test_a_torchscript_unet_with_stored_statistics_is_read(tmp_path):
    net = lively(Unet(), 6)
    torch.jit.script(net).save(str(tmp_path / "G51.pt"))
    x = torch.rand(1, 3, 512, 512) * 2 - 1
    with torch.no_grad():
        assert torch.allclose(load_generator(tmp_path, "G51", {})(x), batch_statistics(net)(x), atol=1e-3)


def test_what_cannot_be_imported_says_why(networks, tmp_path):
    save_dictionaries({"G1": networks["G1"]}, tmp_path / "in")
    assert read_options(tmp_path / "in") == {"model": "DeepLIIF", "modalities_no": "4", "padding": "zero"}
    with pytest.raises(ImportRefused, match=r"none of G2\.pt, latest_net_G2\.pth"):
        load_generator(tmp_path / "in", "G2", {})
    with pytest.raises(ImportRefused, match="upsample is 'resize_conv'"):
        check_options({"upsample": "resize_conv"})
    state = networks["G1"].state_dict()
    state["model.19.weight"] = state["model.19.weight"].transpose(0, 1)  # the order of a plain convolution
    torch.save(state, tmp_path / "in/latest_net_G3.pth")
    with pytest.raises(ImportRefused, match=r"latest_net_G3\.pth: layer model\.19 has"):
        load_generator(tmp_path / "in", "G3", {})
