"""Import of DeepLIIF's folders, with every naming of files and every option of `train_opt.txt`.

Rule: the command line wins over `train_opt.txt`, and `train_opt.txt` wins over file names and defaults.
"""

import json
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from deepliif_networks import Residual, Unet, batch_statistics, lively
from restain_training.deepliif import __main__ as command
from restain_training.deepliif.layout import check_options, read_layout, read_options
from restain_training.deepliif.weights import ImportRefused
from restain_training.simulator import simulate

onnxruntime = pytest.importorskip("onnxruntime")
TRANSLATIONS = ["G1", "G2", "G3", "G4"]
VIEWS = ["image", "hematoxylin", "dapi", "lap2", "marker"]
FORMATS = {"pt": "{}.pt", "pth": "latest_net_{}.pth", "plain": "{}.pth"}


def lay(folder, names, kind="pt", options=None):
    """A folder of empty files: only names are looked at before a network is read."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / FORMATS[kind].format(name)).touch()
    if options is not None:
        state(folder, options)
    return folder


def state(folder, options):
    """`train_opt.txt` as DeepLIIF writes it."""
    lines = [f"{name:>25}: {value!s:<30}\t[default: None]" for name, value in options.items()]
    text = "\n".join(["----------------- Options ---------------", *lines, "----------------- End -------------------"])
    (folder / "train_opt.txt").write_text(text + "\n")


def layout_of(folder, **given):
    return read_layout(folder, {**read_options(folder), **given})


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("letter", "first"), [("5", 1), ("S", 0), ("S", 1), ("5", 0)])
def test_the_files_say_how_segmentation_networks_are_named(tmp_path, kind, letter, first):
    names = [f"G{letter}{first + i}" for i in range(5)]
    layout = layout_of(lay(tmp_path, [*TRANSLATIONS, *names], kind))
    assert layout.translations == dict(zip(VIEWS[1:], TRANSLATIONS))
    assert layout.segmentations == dict(zip(VIEWS, names))
    assert list(layout.weights.values()) == [0.5, 0, 0, 0, 0.5]
    assert layout.background == {"hematoxylin": (201, 211, 208), "dapi": (10, 10, 10), "lap2": (0, 0, 0),
                                 "marker": (10, 10, 10)}
    assert (layout.side, layout.microns_per_pixel, layout.doubts()) == (512, 0.25, [])


@pytest.mark.parametrize(("there", "weights", "expected"), [
    (["GS0", "GS4"], None, ["GS0", "GS4"]),
    (["G51", "G55"], None, ["G51", "G55"]),
    (["GS1", "GS5"], None, ["GS1", "GS5"]),
    (["GS4"], "0 0 0 0 1", ["GS4"]),
    (["G55"], "[0.0, 0.0, 0.0, 0.0, 1.0]", ["G55"]),
    (["GS1", "GS2"], "(0, 0.5, 0.5, 0, 0)", ["GS1", "GS2"]),
    (["G50"], "1/0/0/0/0", ["G50"]),
    (["GS0", "GS1", "GS2", "GS3", "GS4"], "0.1,0.2,0.3,0.2,0.2", ["GS0", "GS1", "GS2", "GS3", "GS4"]),
])
def test_networks_of_weight_0_may_be_missing(tmp_path, there, weights, expected):
    options = {} if weights is None else {"seg_weights": weights}
    layout = layout_of(lay(tmp_path, [*TRANSLATIONS, *there], options=options))
    assert layout.networks == [*TRANSLATIONS, *expected]


def test_what_train_opt_states_wins_over_the_files_and_the_command_line_over_both(tmp_path):
    older, newer = ["G51", "G55"], ["GS0", "GS1", "GS4", "GS5"]
    folder = lay(tmp_path, [*TRANSLATIONS, *older, *newer], options={"mod_id_seg": "S", "input_id": 1})
    assert layout_of(folder).segmentations["image"] == "GS1"
    assert layout_of(folder, input_id="0").segmentations["image"] == "GS0"
    assert layout_of(folder, mod_id_seg="5").segmentations["image"] == "G51"
    state(folder, {"mod_id_seg": "S", "input_id": 0, "seg_weights": [1.0, 0, 0, 0, 0],
                   "background_colors": [(1, 2, 3), (4, 5, 6), (7, 8, 9), (10, 11, 12)], "norm": "instance",
                   "modalities_names": ["IHC", "Marker", "DAPI", "Lap2", "Hema"], "scale_size": 256})
    layout = layout_of(folder)
    assert layout.translations == {"marker": "G1", "dapi": "G2", "lap2": "G3", "hematoxylin": "G4"}
    assert layout.background["marker"] == (1, 2, 3) and layout.background["hematoxylin"] == (10, 11, 12)
    assert layout.networks == [*TRANSLATIONS, "GS0"]
    assert (layout.side, layout.microns_per_pixel) == (256, 0.5)
    assert "scale_size is 256" in layout.doubts()[0]
    given = layout_of(folder, seg_weights="0.5,0,0,0,1", background_colors="0 0 0 0 0 0 0 0 0 255 255 255",
                      scale_size="512", modalities_names="IHC,Hema,DAPI,Lap2,Marker")
    assert given.networks == [*TRANSLATIONS, "GS0", "GS4"]
    assert given.background["marker"] == (255, 255, 255)
    assert given.doubts() == ["the weights of the segmentation networks add up to 1.5, not to 1"]


@pytest.mark.parametrize("text", ["None", ""])
def test_an_option_of_none_counts_as_absent(tmp_path, text):
    names = ["mod_id_seg", "input_id", "seg_weights", "modalities_names", "background_colors", "scale_size", "norm"]
    folder = lay(tmp_path, [*TRANSLATIONS, "GS0", "GS4"], options=dict.fromkeys(names, text))
    assert layout_of(folder).networks == [*TRANSLATIONS, "GS0", "GS4"]


def test_fewer_modalities_than_four(tmp_path):
    options = {"modalities_no": 2, "modalities_names": "['IHC', 'Hema', 'Marker']", "seg_weights": "0.5,0,0.5"}
    layout = layout_of(lay(tmp_path, ["G1", "G2", "GS0", "GS2"], options=options))
    assert layout.translations == {"hematoxylin": "G1", "marker": "G2"}
    assert layout.segmentations == {"image": "GS0", "hematoxylin": "GS1", "marker": "GS2"}
    with pytest.raises(ImportRefused, match="a model of 2 modalities has no usual weights; state 3 with --seg-weights"):
        read_layout(tmp_path, {"modalities_names": "IHC Hema Marker"})


@pytest.mark.parametrize(("options", "sentence"), [
    ({"seg_gen": "False"}, "seg_gen is false: the model has no segmentation networks"),
    ({"seg_gen": "maybe"}, "seg_gen is 'maybe'; it must be true or false"),
    ({"model": "SDG"}, "model is 'SDG'; it must be DeepLIIF"),
    ({"norm": "none"}, "norm is 'none'; it must be batch or instance"),
    ({"upsample": "resize_conv"}, "upsample is 'resize_conv'"),
    ({"mod_id_seg": "X"}, "mod_id_seg is 'X'; it must be 5 or S"),
    ({"mod_id_seg": "5"}, r"no file for G51, G55 \(for the first, one of G51.pt, latest_net_G51.pth, G51.pth\); "
                          "networks there: G1, G2, G3, G4, GS0, GS1, GS4"),
    ({"input_id": "2"}, "input_id is '2'; it must be 0 or 1"),
    ({"input_id": "1"}, "no file for GS5 .*networks there: .*GS0"),
    ({"modalities_no": "3"}, "modalities_no is 3, but modalities_names has 4 beside the stained picture"),
    ({"modalities_no": "four"}, "modalities_no is 'four', which is not a whole number"),
    ({"modalities_names": "IHC,Hema,CD3,CD8,Marker"}, "modalities_names has CD3, CD8; Restain has pictures for Hema"),
    ({"modalities_names": "IHC,Hema,DAPI,dapi,Marker"}, "names a modality twice"),
    ({"modalities_names": "Hema,DAPI,Lap2,Marker"}, "its first must be the stained picture's name"),
    ({"seg_weights": "0.5,0.5"}, "seg_weights is '0.5,0.5': 2 numbers for 5 segmentation networks"),
    ({"seg_weights": "0,0,0,0,0"}, "each must be 0 or more, and at least one above 0"),
    ({"seg_weights": "0,0,-1,0,2"}, "each must be 0 or more"),
    ({"seg_weights": "nan,0,0,0,1"}, "each must be 0 or more"),
    ({"seg_weights": "half,0,0,0,half"}, "which is not a list of numbers"),
    ({"background_colors": "(1,2,3)"}, "background_colors is .* 12 whole numbers"),
    ({"background_colors": "1 2 3 4 5 6 7 8 9 10 11 256"}, "from 0 to 255 for each of hematoxylin, dapi, lap2, marker"),
    ({"scale_size": "500"}, "scale_size is 500; it must be a multiple of 16 from 64 to 1024"),
    ({"scale_size": "2048"}, "scale_size is 2048"),
])
def test_an_option_that_makes_no_sense_is_refused(tmp_path, options, sentence):
    lay(tmp_path, [*TRANSLATIONS, "GS0", "GS1", "GS4"])
    with pytest.raises(ImportRefused, match=sentence):
        check_options(options)
        read_layout(tmp_path, options)


def test_ambiguous_numbering_is_refused(tmp_path):
    lay(tmp_path / "letters", [*TRANSLATIONS, "GS0", "G55"])
    with pytest.raises(ImportRefused, match=r"both names, G5\. and GS\.; choose one with --mod-id-seg"):
        layout_of(tmp_path / "letters")
    lay(tmp_path / "numbers", [*TRANSLATIONS, "GS0", "GS1", "GS4", "GS5"])
    with pytest.raises(ImportRefused, match=r"has GS0 and GS5, one more than the model's 5 .* --input-id"):
        layout_of(tmp_path / "numbers")
    assert layout_of(tmp_path / "numbers", input_id="1").networks[-2:] == ["GS1", "GS5"]


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["missing", "model"], "there is no such folder"),
    (["in", "Upper Case"], "name 'Upper Case' must be lower-case letters"),
    (["in", "model", "--version", "2"], "version '2' must be x.y.z"),
    (["in", "model"], r"G\d\.pt: is damaged or not a \.pt file of PyTorch"),
    (["in", "model", "--seg-gen", "false"], "seg_gen is false"),
])
def test_the_command_ends_with_a_sentence(tmp_path, monkeypatch, capsys, arguments, sentence):
    lay(tmp_path / "in", [*TRANSLATIONS, "GS0", "GS4"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["deepliif", *arguments])
    with pytest.raises(SystemExit) as end:
        command.main()
    assert end.value.code == 1 and not (tmp_path / "model/model.json").exists()
    assert re.search(sentence, capsys.readouterr().err)


def save(net, name, folder, kind):
    path = folder / FORMATS[kind].format(name)
    if kind == "pt":
        torch.jit.script(net).save(str(path))
    else:
        torch.save(net.state_dict(), path)


# Folders that differ from the published one: files, numbering, options; and how the answer is computed.
FOLDERS = {
    "newer": SimpleNamespace(
        kind="pt", options={"mod_id_seg": "S", "seg_weights": "0.25,0,0.25,0,0.5", "scale_size": "64",
                            "modalities_names": "IHC,Hema,DAPI,Lap2,Marker"},
        modalities=VIEWS[1:], segmentations={"image": "GS0", "dapi": "GS2", "marker": "GS4"},
        weights={"image": 0.25, "dapi": 0.25, "marker": 0.5}, side=64, arguments=[],
        glass={"segmentation": [0, 0, 0], "hematoxylin": [201, 211, 208], "dapi": [10], "lap2": [0], "marker": [10]},
    ),
    "stated": SimpleNamespace(
        kind="pth", options={"mod_id_seg": "5", "input_id": "0", "seg_weights": [0, 1.0, 0, 0, 0], "scale_size": 64,
                             "background_colors": ((9, 8, 7), (6, 30, 4), (255, 255, 255), (3, 2, 1)),
                             "modalities_names": ("IHC", "Marker", "Lap2", "DAPI", "Hema")},
        modalities=["marker", "lap2", "dapi", "hematoxylin"], segmentations={"marker": "G51"}, weights={"marker": 1},
        side=64, arguments=[],
        glass={"segmentation": [0, 0, 0], "hematoxylin": [3, 2, 1], "dapi": [255], "lap2": [30], "marker": [9]},
    ),
    "overruled": SimpleNamespace(
        kind="plain", options={"mod_id_seg": "5", "seg_weights": "1,0,0,0,0", "scale_size": 512},
        modalities=["dapi", "marker"], segmentations={"dapi": "GS2", "marker": "GS3"},
        weights={"dapi": 0.75, "marker": 0.25}, side=128,
        arguments=["--mod-id-seg", "S", "--input-id", "1", "--seg-weights", "0/0.75/0.25", "--scale-size", "128",
                   "--modalities-names", "IHC,DAPI,Marker", "--background-colors", "0,0,5,6,0,0"],
        glass={"segmentation": [0, 0, 0], "dapi": [5], "marker": [6]},
    ),
}


@pytest.mark.parametrize("name", [
    "stated", pytest.param("newer", marks=pytest.mark.long), pytest.param("overruled", marks=pytest.mark.long)])
@torch.no_grad()
def test_a_folder_answers_as_its_networks_do(tmp_path, monkeypatch, capsys, name):
    case = FOLDERS[name]
    levels = case.side.bit_length() - 1
    translations = {m: lively(Residual(), i) for i, m in enumerate(case.modalities)}
    segmentations = {view: lively(Unet(levels=levels), 10 + i) for i, view in enumerate(case.segmentations)}
    (tmp_path / "in").mkdir()
    state(tmp_path / "in", {"model": "DeepLIIF", "padding": "zero", **case.options})
    for i, net in enumerate(translations.values(), 1):
        save(net, f"G{i}", tmp_path / "in", case.kind)
    for view, net in segmentations.items():
        save(net, case.segmentations[view], tmp_path / "in", case.kind)
    monkeypatch.setattr(sys, "argv", ["deepliif", str(tmp_path / "in"), str(tmp_path / name), *case.arguments])
    command.main()
    assert "note: scale_size" in capsys.readouterr().err

    contents = json.loads((tmp_path / name / "model.json").read_text())
    assert contents["tile"] == {"size": case.side, "halo": case.side // 16, "multiple": case.side, "fixed": True}
    assert contents["micronsPerPixel"] == 128 / case.side
    assert {output["modality"]: output["glass"] for output in contents["outputs"]} == case.glass

    tile = simulate(4, case.side, case.side).image
    x = torch.from_numpy(tile.copy()).permute(2, 0, 1)[None] / 127.5 - 1
    views = {"image": x, **{m: batch_statistics(net)(x) for m, net in translations.items()}}
    expected = {m: views[m] for m in translations}
    expected["segmentation"] = sum(w * batch_statistics(segmentations[v])(views[v]) for v, w in case.weights.items())
    for output in contents["outputs"]:
        session = onnxruntime.InferenceSession(str(tmp_path / name / output.get("file", "model.onnx")),
                                               providers=["CPUExecutionProvider"])
        picture = session.run([output["name"]], {"image": tile[None]})[0][0]
        truth = ((expected[output["modality"]][0].permute(1, 2, 0).numpy() + 1) * 127.5).clip(0, 255)
        truth = truth.max(-1, keepdims=True) if output["channels"] == 1 else truth
        assert picture.std() > 5, output["name"]
        assert np.abs(picture - np.floor(truth)).max() <= 1, output["name"]


def test_a_size_that_a_u_net_cannot_halve_is_refused(tmp_path, monkeypatch, capsys):
    (tmp_path / "in").mkdir()
    for name in TRANSLATIONS:
        save(lively(Residual(), 1), name, tmp_path / "in", "pth")
    save(lively(Unet(levels=9), 2), "GS0", tmp_path / "in", "pth")
    monkeypatch.setattr(sys, "argv", ["deepliif", str(tmp_path / "in"), str(tmp_path / "out"), "--scale-size", "256",
                                      "--seg-weights", "1,0,0,0,0"])
    with pytest.raises(SystemExit):
        command.main()
    assert "GS0 takes sides that are multiples of 512 px, but scale_size is 256" in capsys.readouterr().err
