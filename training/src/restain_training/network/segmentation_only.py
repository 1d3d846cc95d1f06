"""A copy of a shipped network that computes only the segmentation, with the same bytes as result."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

OUTPUT = "segmentation"


def cut_segmentation(path: Path, out: Path) -> str:
    """Write to `out` the part of the network in `path` that its segmentation needs; returns the SHA-256 of `out`.

    ONNX Runtime always runs a whole graph, whichever outputs are asked for. The last convolution computes the channels
    of all outputs; here it keeps only those of the segmentation.
    """
    model = onnx.load(str(path))
    graph = model.graph
    nodes = _ancestors(graph)
    _narrow_convolutions(graph, nodes)
    del graph.node[:]
    graph.node.extend(_ancestors(graph, nodes))
    read = {name for node in graph.node for name in node.input}
    weights = [item for item in graph.initializer if item.name in read]
    outputs = [output for output in graph.output if output.name == OUTPUT]
    del graph.initializer[:], graph.output[:], graph.value_info[:]  # it has shapes of the whole network
    graph.initializer.extend(weights)
    graph.output.extend(outputs)
    onnx.checker.check_model(model)
    onnx.save(model, str(out))
    return hashlib.sha256(out.read_bytes()).hexdigest()


def _ancestors(graph: onnx.GraphProto, nodes: list[onnx.NodeProto] | None = None) -> list[onnx.NodeProto]:
    """The nodes that the segmentation is computed from, in order."""
    needed, kept = {OUTPUT}, []
    for node in reversed(graph.node if nodes is None else nodes):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    return kept[::-1]


def _narrow_convolutions(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    """If the channels of a convolution are split and only the first part is read, let it compute only that part."""
    made_by = {name: node for node in nodes for name in node.output}
    weights = {item.name: item for item in graph.initializer}
    constants = {node.output[0]: node.attribute[0].t for node in graph.node if node.op_type == "Constant"} | weights
    read = {name for node in nodes for name in node.input}
    for split in [node for node in nodes if node.op_type == "Split" and not read.intersection(node.output[1:])]:
        convolution = made_by.get(split.input[0])
        if convolution is None or convolution.op_type != "Conv":
            continue
        channels = int(numpy_helper.to_array(constants[split.input[1]])[0])
        for name in convolution.input[1:]:
            narrow = np.ascontiguousarray(numpy_helper.to_array(weights[name])[:channels])
            weights[name].CopyFrom(numpy_helper.from_array(narrow, name))
        for node in nodes:
            node.input[:] = [split.input[0] if name == split.output[0] else name for name in node.input]
