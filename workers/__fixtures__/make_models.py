"""Writes the tiny models that the engine's tests run (needs the packages `onnx` and `numpy`).

The network finds dark blue as negative and dark brown as positive by a linear mix of the channels, then blurs: half by a
5 x 5 box (context of 2 px), half by averages of 4 x 4 blocks (so that the phase of a tile shows). Its answer is known
exactly, depends on 5 px around a pixel at most, and needs no training. `tinted` is the same with a second input, the
staining of the whole picture, whose first value its marker shows everywhere. `levelled` takes tiles of one size alone and
moves the mean of each to 128, so that its answer shows which tiles there were. `echo-*` take their input in the other forms
that a manifest can state, and give back the picture that they were meant to be told.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
OUTPUTS = {"segmentation": 3, "hematoxylin": 3, "dapi": 1, "lap2": 1, "marker": 1}
# Rows: output planes; columns: absorbed red, green, blue (255 - value).
POSITIVE, NEGATIVE, NOTHING = (-1, 0, 2), (2, 0, -1), (0, 0, 0)
PLANES = [POSITIVE, NOTHING, NEGATIVE, (1, 0, 0), (0, 1, 0), (0, 0, 1), NEGATIVE, NOTHING, POSITIVE]
BIAS = [-100, 0, -100, 0, 0, 0, -100, 0, -100]


def box(size, planes):
    return np.full((planes, 1, size, size), 1 / size**2, np.float32)


STAINING = {"name": "staining", "tissue": 0.08, "brown": [0.1, 0.2, 0.5], "blue": [0.2], "dark": [0.3, 0.6], "leastShare": 0.001}
STAINING_VALUES = 6


def network(names, shows_staining=False):
    """The graph, its outputs called by `names` (modality -> output name)."""
    planes = len(PLANES)
    mix = np.array(PLANES, np.float32).reshape(planes, 3, 1, 1)
    constants = {
        "mix": mix,
        "mix_bias": np.array(BIAS, np.float32),
        "box": box(5, planes),
        "block": box(4, planes),
        "scales": np.array([1, 1, 4, 4], np.float32),
        "full": np.array(255, np.float32),
        "none": np.array(0, np.float32),
        "half": np.array(0.5, np.float32),
        "split": np.array(list(OUTPUTS.values()), np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        node("Sub", ["full", "float"], ["absorbed"]),
        node("Transpose", ["absorbed"], ["nchw"], perm=[0, 3, 1, 2]),
        node("Conv", ["nchw", "mix", "mix_bias"], ["mixed"]),
        node("Clip", ["mixed", "none", "full"], ["clipped"]),
        node("Conv", ["clipped", "box"], ["smooth"], group=planes, pads=[2, 2, 2, 2]),
        node("Conv", ["clipped", "block"], ["coarse"], group=planes, strides=[4, 4]),
        node("Resize", ["coarse", "", "scales"], ["blocks"], mode="nearest", nearest_mode="floor",
             coordinate_transformation_mode="asymmetric"),
        node("Add", ["smooth", "blocks"], ["sum"]),
        node("Mul", ["sum", "half"], ["mean"]),
        node("Round", ["mean"], ["rounded"]),
        node("Transpose", ["rounded"], ["nhwc"], perm=[0, 2, 3, 1]),
        node("Cast", ["nhwc"], ["bytes"], to=TensorProto.UINT8),
        node("Split", ["bytes", "split"], [names[modality] for modality in OUTPUTS], axis=3),
    ]
    inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "height", "width", 3])]
    if shows_staining:
        constants["first"] = np.array([0], np.int64)
        nodes[-1] = node("Split", ["bytes", "split"], [*(names[m] for m in OUTPUTS if m != "marker"), "plain"], axis=3)
        nodes += [
            node("Gather", ["staining", "first"], ["value"], axis=1),
            node("Mul", ["value", "full"], ["level"]),
            node("Cast", ["plain"], ["plain_float"], to=TensorProto.FLOAT),
            node("Mul", ["plain_float", "none"], ["black"]),
            node("Add", ["black", "level"], ["tinted"]),
            node("Cast", ["tinted"], [names["marker"]], to=TensorProto.UINT8),
        ]
        inputs.append(helper.make_tensor_value_info("staining", TensorProto.FLOAT, [1, STAINING_VALUES]))
    graph = helper.make_graph(
        nodes,
        "blobs",
        inputs,
        [helper.make_tensor_value_info(names[m], TensorProto.UINT8, [1, "height", "width", c]) for m, c in OUTPUTS.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write(target, names, shows_staining=False):
    target.mkdir(parents=True, exist_ok=True)
    data = network(names, shows_staining).SerializeToString()
    (target / "model.onnx").write_bytes(data)
    manifest = {
        "name": target.name,
        "version": "1.0.0",
        "description": "Finds drawn blue and brown discs; for tests",
        "licence": "Apache-2.0",
        "file": "model.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "micronsPerPixel": 0.25,
        "input": {"name": "image", "layout": "nhwc", "type": "uint8"},
        "outputs": [{"name": n, "modality": m, "channels": OUTPUTS[m]} for m, n in names.items()],
        "tile": {"size": 64, "halo": 5, "multiple": 4},
        "defaults": {"algorithm": "watershed", "probThresh": 127, "sizeThresh": 20, "markerThresh": None},
    }
    if shows_staining:
        manifest["staining"] = STAINING
    (target / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


LEVELLED_SIDE = 64
LEVELLED_GLASS = {"segmentation": [0, 0, 0], "hematoxylin": [201, 211, 208]}


def levelled():
    """Whole numbers throughout, so that no runtime rounds otherwise: the segmentation is levelled, hematoxylin is the tile."""
    shape = [1, LEVELLED_SIDE, LEVELLED_SIDE, 3]
    constants = {"pixels": LEVELLED_SIDE**2, "middle": 128, "none": 0, "full": 255}
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["values"], to=TensorProto.INT64),
        node("ReduceSum", ["values", "sides"], ["sums"]),
        node("Div", ["sums", "pixels"], ["means"]),
        node("Sub", ["values", "means"], ["differences"]),
        node("Add", ["differences", "middle"], ["moved"]),
        node("Clip", ["moved", "none", "full"], ["clipped"]),
        node("Cast", ["clipped"], ["segmentation"], to=TensorProto.UINT8),
        node("Identity", ["image"], ["hematoxylin"]),
    ]
    graph = helper.make_graph(
        nodes,
        "levelled",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info(name, TensorProto.UINT8, shape) for name in LEVELLED_GLASS],
        [numpy_helper.from_array(np.array([1, 2], np.int64), "sides"),
         *(numpy_helper.from_array(np.array(value, np.int64), name) for name, value in constants.items())],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write_levelled(target):
    target.mkdir(parents=True, exist_ok=True)
    data = levelled().SerializeToString()
    (target / "model.onnx").write_bytes(data)
    manifest = {
        "name": target.name,
        "version": "1.0.0",
        "description": "Moves the mean of every tile to 128; for tests",
        "licence": "Apache-2.0",
        "file": "model.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "micronsPerPixel": 0.25,
        "input": {"name": "image", "layout": "nhwc", "type": "uint8"},
        "outputs": [{"name": n, "modality": n, "channels": 3, "glass": glass} for n, glass in LEVELLED_GLASS.items()],
        "tile": {"size": LEVELLED_SIDE, "halo": LEVELLED_SIDE // 16, "multiple": LEVELLED_SIDE, "fixed": True},
        "defaults": {"algorithm": "deepliif", "probThresh": 120, "sizeThresh": "auto", "markerThresh": None},
    }
    (target / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


ECHO_MEAN, ECHO_STD = [0.485, 0.456, 0.406], [0.229, 0.25, 0.225]


def echo(layout, kind, is_negative=False):
    """Undoes the normalisation of a float32 input, and the order of a planar one; gives its negative where asked to."""
    spread = [1, 1, 1, 3] if layout == "nhwc" else [1, 3, 1, 1]
    shape = [1, "height", "width", 3] if layout == "nhwc" else [1, 3, "height", "width"]
    constants = {
        "mean": np.array(ECHO_MEAN if kind == "float32" else [0, 0, 0], np.float32).reshape(spread),
        "std": np.array(ECHO_STD if kind == "float32" else [1, 1, 1], np.float32).reshape(spread),
        "full": np.array(255 if kind == "float32" else 1, np.float32),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["values"], to=TensorProto.FLOAT),
        node("Mul", ["values", "std"], ["scaled"]),
        node("Add", ["scaled", "mean"], ["shifted"]),
        node("Mul", ["shifted", "full"], ["levels"]),
        node("Round", ["levels"], ["rounded"]),
        node("Transpose", ["rounded"], ["nhwc"], perm=[0, 1, 2, 3] if layout == "nhwc" else [0, 2, 3, 1]),
        node("Cast", ["nhwc"], ["segmentation"], to=TensorProto.UINT8),
    ]
    if is_negative:
        constants["white"] = np.array(255, np.float32)
        nodes[-1:] = [node("Sub", ["white", "nhwc"], ["negative"]),
                      node("Cast", ["negative"], ["segmentation"], to=TensorProto.UINT8)]
    kinds = {"uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT}
    graph = helper.make_graph(
        nodes,
        "echo",
        [helper.make_tensor_value_info("image", kinds[kind], shape)],
        [helper.make_tensor_value_info("segmentation", TensorProto.UINT8, [1, "height", "width", 3])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write_two(target):
    """A model whose network for coarser pictures shows the negative of what the other shows."""
    write_echo(target, "nhwc", "uint8")
    data = echo("nhwc", "uint8", is_negative=True).SerializeToString()
    (target / "coarse.onnx").write_bytes(data)
    manifest = json.loads((target / "model.json").read_text())
    manifest["coarse"] = {"micronsPerPixel": 0.5, "pictures": {"from": 0.38, "to": 0.6}, "file": "coarse.onnx",
                          "sha256": hashlib.sha256(data).hexdigest()}
    (target / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


def write_echo(target, layout, kind):
    target.mkdir(parents=True, exist_ok=True)
    data = echo(layout, kind).SerializeToString()
    (target / "model.onnx").write_bytes(data)
    normalised = {"mean": ECHO_MEAN, "std": ECHO_STD} if kind == "float32" else {}
    manifest = {
        "name": target.name,
        "version": "1.0.0",
        "description": "Gives back the picture it is shown; for tests",
        "licence": "Apache-2.0",
        "file": "model.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "micronsPerPixel": 0.25,
        "input": {"name": "image", "layout": layout, "type": kind, **normalised},
        "outputs": [{"name": "segmentation", "modality": "segmentation", "channels": 3}],
        "tile": {"size": 64, "halo": 4, "multiple": 4},
        "defaults": {"algorithm": "watershed", "probThresh": 127, "sizeThresh": 20, "markerThresh": None},
    }
    (target / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    names = {m: m for m in OUTPUTS}
    write(HERE / "models/blobs", names)
    write(HERE / "models-told-staining/tinted", names, shows_staining=True)
    write_levelled(HERE / "models-fixed/levelled")
    for layout, kind in (("nhwc", "float32"), ("nchw", "float32"), ("nchw", "uint8")):
        write_echo(HERE / f"models-echo/echo-{layout}-{kind}", layout, kind)
    write_two(HERE / "models-two/two")
