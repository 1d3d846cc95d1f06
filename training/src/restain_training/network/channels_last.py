"""The 8-bit network as ONNX Runtime runs it fastest on a CPU: pixels with their channels side by side, from end to end.

Left to itself the runtime orders the pixels of 8-bit convolutions so and those of float ones otherwise, and spends a
quarter of its time on bringing them from one order into the other. Here every node is written in the order it runs in,
with the runtime's own operators (`com.microsoft`), so the file runs in ONNX Runtime alone.
"""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ..data.staining import FEATURES
from ..data.targets import BOUNDARY, NEGATIVE, POSITIVE
from .model import CORNERS, OUTPUTS
from .shipped import SHIPPED

MICROSOFT = "com.microsoft"
CLASSES = OUTPUTS["segmentation"]
LEAST_LOGIT = 20.0  # as in ShippedNet: beyond it a class is certain
CERTAIN = 100.0  # a logit whose sigmoid is 1


class _Network:
    """The nodes and constants of a network that is being written."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def node(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes) -> str | list[str]:
        """Add a node; the name of its output, or a list of several."""
        name = f"{kind}_{len(self.nodes)}"
        names = [name] if outputs == 1 else [f"{name}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=name, domain=domain, **attributes))
        return name if outputs == 1 else names

    def constant(self, value: np.ndarray) -> str:
        """Add a constant; its name. Equal ones are stored once."""
        value = np.asarray(value, order="C")
        key = (value.dtype.str, value.shape, value.tobytes())
        return self.constants.setdefault(key, (f"constant_{len(self.constants)}", value))[0]

    def ints(self, *values: int) -> str:
        """A constant list of 64-bit integers."""
        return self.constant(np.array(values, np.int64))

    def initializers(self) -> list[onnx.TensorProto]:
        """All constants, in the order they were added."""
        return [numpy_helper.from_array(value, name) for name, value in self.constants.values()]


def write_channels_last(path: Path, out: Path, outputs: list[str]) -> str:
    """Write to `out` the network in `path`, which `quantise` wrote, with these outputs; returns the file's SHA-256."""
    source = onnx.load(str(path)).graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.initializer}
    net = _Network()
    features = _Body(net, source, weights).last_features()
    made = _write_outputs(net, features, weights, outputs)
    for name, value in made.items():
        net.nodes.append(helper.make_node("Identity", [value], [name]))
    sides = ("height", "width")

    def pixels(name: str, channels: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.UINT8, [1, *sides, channels])

    inputs = [pixels("image", 3), helper.make_tensor_value_info("staining", TensorProto.FLOAT, [1, FEATURES])]
    graph = helper.make_graph(net.nodes, "restain", inputs, [pixels(name, SHIPPED[name]) for name in made],
                              net.initializers())
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid(MICROSOFT, 1)])
    model.ir_version = 8
    onnx.save(model, str(out))
    return hashlib.sha256(out.read_bytes()).hexdigest()


def _layer(weights: dict[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of a layer of the classifier."""
    return weights[f"net.classifier.{name}.weight"], weights[f"net.classifier.{name}.bias"]


class _Body:
    """Everything up to the last features, in bytes, of a graph in which `quantise` marked what is in bytes."""

    def __init__(self, net: _Network, source: onnx.GraphProto, weights: dict[str, np.ndarray]):
        self.net, self.source, self.weights = net, source, weights
        self.made_by = {name: node for node in source.node for name in node.output}
        self.done: dict[str, str] = {}

    def last_features(self) -> tuple[str, np.ndarray, np.ndarray]:
        """Name of the features in bytes, (1, H / 2, W / 2, C), their scale and their zero point."""
        head = next(node for node in self.source.node if "net.head.1.weight" in node.input)
        dequantise = self.made_by[head.input[0]]
        return self._in_bytes(dequantise)[0], *(self.weights[name] for name in dequantise.input[1:])

    def _in_bytes(self, dequantise: onnx.NodeProto) -> tuple[str, str, str]:
        """Bytes, scale and zero point of what a DequantizeLinear reads."""
        value, *steps = dequantise.input
        if value not in self.done:
            self.done[value] = self._quantised(self.made_by[value])
        return self.done[value], *map(self._copy, steps)

    def _copy(self, name: str) -> str:
        return self.net.constant(self.weights[name])

    def _quantised(self, quantise: onnx.NodeProto) -> str:
        """The bytes that a QuantizeLinear gives, from the node before it."""
        node = self.made_by[quantise.input[0]]
        to = [self._copy(name) for name in quantise.input[1:]]
        if node.op_type == "Relu":
            assert self.weights[quantise.input[2]] == 0, "the smallest byte must be 0, so that the ReLU is done by it"
            node = self.made_by[node.input[0]]
        if node.op_type == "Conv" and "net.stem.0.weight" in node.input:
            return self._stem(node, to)
        if node.op_type == "Conv":
            return self._convolution(node, to)
        if node.op_type == "Resize":
            return self._doubled(self._in_bytes(self.made_by[node.input[0]])[0])
        assert node.op_type == "Add", f"{node.op_type} has no form in bytes"
        terms = [part for name in node.input for part in self._in_bytes(self.made_by[name])]
        return self.net.node("QLinearAdd", *terms, *to, domain=MICROSOFT)

    def _doubled(self, pixels: str) -> str:
        """Every pixel and every row twice, as copies of stretches of memory: a Resize takes nine times as long."""
        net = self.net
        columns = net.node("Concat", pixels, pixels, axis=3)
        height, width, channels = (_side(net, net.node("Shape", pixels), axis) for axis in (1, 2, 3))
        rows = net.node("Reshape", columns, net.ints(0, 0, 1, -1))
        sides = [net.node("Mul", side, net.ints(2)) for side in (height, width)]
        size = net.node("Concat", net.ints(1), *sides, channels, axis=0)
        return net.node("Reshape", net.node("Concat", rows, rows, axis=2), size)

    def _stem(self, convolution: onnx.NodeProto, to: list[str]) -> str:
        """The first convolution, in float, by the same steps: another rounding here would change many later bytes."""
        net = self.net
        weight, bias = (net.constant(self.weights[name]) for name in convolution.input[1:])
        value = net.node("Cast", net.node("Transpose", "image", perm=[0, 3, 1, 2]), to=TensorProto.FLOAT)
        value = net.node("Div", value, net.constant(np.array(127.5, np.float32)))
        value = net.node("Sub", value, net.constant(np.array(1, np.float32)))
        value = net.node("Relu", net.node("Conv", value, weight, bias, **_attributes(convolution)))
        return net.node("QuantizeLinear", net.node("Transpose", value, perm=[0, 2, 3, 1]), *to)

    def _convolution(self, node: onnx.NodeProto, to: list[str]) -> str:
        weight, bias = (self.made_by[name] for name in node.input[1:])
        parts = [*self._in_bytes(self.made_by[node.input[0]]), *map(self._copy, weight.input), *to,
                 self._copy(bias.input[0])]
        return self.net.node("QLinearConv", *parts, domain=MICROSOFT, channels_last=1, **_attributes(node))


def _side(net: _Network, size: str, axis: int) -> str:
    """One number of a shape, as a list."""
    return net.node("Slice", size, net.ints(axis), net.ints(axis + 1), net.ints(0))


def _attributes(node: onnx.NodeProto) -> dict:
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}


def _write_outputs(net: _Network, features: tuple[str, np.ndarray, np.ndarray], weights: dict[str, np.ndarray],
                   outputs: list[str]) -> dict[str, str]:
    """The nodes from the last features to the given outputs; the names of what they give, by output."""
    value, scale, zero = features
    head = "net.head.1.weight"
    assert zero == 0, "features are those of a ReLU"
    # Their scale goes into the weights behind them.
    weights = {**weights, **{name: weights[name] * scale for name in (head, "net.classifier.first.weight")}}
    size = net.node("Shape", value)
    pixels = net.node("Reshape", value, net.ints(-1, weights[head].shape[1]))
    matrix = net.node("Cast", pixels, to=TensorProto.FLOAT)
    pictures = _Pictures(net, size)
    made = {}
    if "segmentation" in outputs:
        made["segmentation"] = pictures.join(_segmentation(net, matrix, weights), {"segmentation": 3})["segmentation"]
    modalities = {name: count for name, count in SHIPPED.items() if name != "segmentation"}
    if set(modalities).intersection(outputs):
        joined = pictures.join(_modalities(net, matrix, weights, modalities), modalities)
        made.update({name: value for name, value in joined.items() if name in outputs})
    return {name: made[name] for name in outputs}


def _by_row(counts: dict[str, int]) -> list[int]:
    """Order of channels for `_Pictures`, by picture, row, column, channel, of those that a pixel shuffle takes."""
    order, start = [], 0
    for count in counts.values():
        order += [start + channel * CORNERS + corner for row in (0, 2) for corner in (row, row + 1)
                  for channel in range(count)]
        start += count * CORNERS
    return order


def _segmentation(net: _Network, features: str, weights: dict[str, np.ndarray]) -> str:
    """(M, 12) bytes of positive, boundary and negative, for the corners in the order of `_by_row`.

    As ShippedNet computes it. Sums over classes are products with matrices of 0 and 1, which keep channels in order.
    """
    weight, bias = weights["net.head.1.weight"][:CLASSES * CORNERS, :, 0, 0], weights["net.head.1.bias"]
    logits = net.node("Gemm", features, net.constant(weight.T), net.constant(bias[:CLASSES * CORNERS]))
    limits = [net.constant(np.array(limit, np.float32)) for limit in (-LEAST_LOGIT, LEAST_LOGIT)]
    odds = net.node("Exp", net.node("Clip", logits, *limits))
    order = _by_row({"segmentation": 3})
    corner = [index % CORNERS for index in order]
    parts = [(POSITIVE, NEGATIVE), (BOUNDARY,), (POSITIVE, NEGATIVE)]  # of which each channel takes its share

    def sums(classes: list[tuple[int, ...]]) -> str:
        matrix = np.zeros((CLASSES * CORNERS, len(order)), np.float32)
        for column, members in enumerate(classes):
            matrix[[member * CORNERS + corner[column] for member in members], column] = 1
        return net.node("MatMul", odds, net.constant(matrix))

    channel = [index // CORNERS for index in order]
    share = net.node("Div", sums([parts[c] for c in channel]), sums([tuple(range(CLASSES))] * len(order)))
    leaning = _leaning(net, features, logits, weights, corner, [(1, 0, -1)[c] for c in channel])
    return _to_bytes(net, net.node("Mul", share, net.node("Sigmoid", leaning)))


def _leaning(net: _Network, features: str, logits: str, weights: dict[str, np.ndarray], corner: list[int],
             sign: list[int]) -> str:
    """log(positive / negative) with the classifier's part, times the sign of each column; `CERTAIN` where that is 0."""
    signs = np.array(sign, np.float32)
    last, bias = _layer(weights, "last")
    difference = np.zeros((CLASSES * CORNERS, len(sign)), np.float32)
    for column, at in enumerate(corner):
        difference[[POSITIVE * CORNERS + at, NEGATIVE * CORNERS + at], column] = signs[column], -signs[column]
    bias = bias[corner] * signs + CERTAIN * (signs == 0)
    own = net.node("Gemm", logits, net.constant(difference), net.constant(bias.astype(np.float32)))
    learnt = (last[..., 0, 0][corner] * signs[:, None]).T
    return net.node("Gemm", _hidden(net, features, weights), net.constant(learnt), own)


def _hidden(net: _Network, features: str, weights: dict[str, np.ndarray]) -> str:
    """The classifier's hidden layer, with the gain and shift that the picture's staining gives."""
    first, first_bias = _layer(weights, "first")
    value = "staining"
    for name in ("staining.0", "staining.2"):
        weight, bias = _layer(weights, name)
        value = net.node("Gemm", value, net.constant(weight), net.constant(bias), transB=1)
        value = net.node("Relu", value) if name == "staining.0" else value
    width = first.shape[0]
    shift, gain = net.node("Split", value, net.ints(width, width), outputs=2, axis=1)
    gain = net.node("Add", gain, net.constant(np.ones((1, 1), np.float32)))
    weight = net.node("Mul", net.constant(first[..., 0, 0].T), gain)
    bias = net.node("Add", net.node("Mul", net.constant(first_bias), gain), shift)
    return net.node("Relu", net.node("Gemm", features, weight, bias))


def _modalities(net: _Network, features: str, weights: dict[str, np.ndarray], counts: dict[str, int]) -> str:
    """(M, 24) bytes of all modalities but the segmentation, in the order of `_by_row`."""
    rows = [CLASSES * CORNERS + index for index in _by_row(counts)]
    weight, bias = weights["net.head.1.weight"][rows, :, 0, 0], weights["net.head.1.bias"][rows]
    return _to_bytes(net, net.node("Sigmoid", net.node("Gemm", features, net.constant(weight.T), net.constant(bias))))


def _to_bytes(net: _Network, values: str) -> str:
    """0..1 to 0..255."""
    scale, zero = np.array(1 / 255, np.float32), np.array(0, np.uint8)
    return net.node("QuantizeLinear", values, net.constant(scale), net.constant(zero))


class _Pictures:
    """Pictures of the input's size from a matrix whose rows are blocks of 2 x 2 pixels."""

    def __init__(self, net: _Network, size: str):
        self.net = net
        height, width = (_side(net, size, axis) for axis in (1, 2))
        self.height = height
        self.sides = [net.node("Mul", side, net.ints(2)) for side in (height, width)]

    def join(self, blocks: str, counts: dict[str, int]) -> dict[str, str]:
        """(M, 4 times the sum of `counts`) in the order of `_by_row` -> by name (1, H, W, channels).

        Transposing matrices of bytes and copying whole rows are fast; anything finer goes byte by byte. Planes are
        split in pairs, since ONNX Runtime would put the split before the transposition of a matrix.
        """
        net = self.net
        pairs = [count for count in counts.values() for _row in range(2)]
        planes = net.node("Reshape", net.node("Transpose", blocks, perm=[1, 0]), net.ints(sum(pairs), 2, -1))
        parts = net.node("Split", planes, net.ints(*pairs), outputs=len(pairs), axis=0)
        row = net.node("Concat", self.height, net.ints(1, -1), axis=0)
        matrices = [net.node("Reshape", part, net.ints(2 * pair, -1)) for part, pair in zip(parts, pairs)]
        rows = [net.node("Reshape", net.node("Transpose", matrix, perm=[1, 0]), row) for matrix in matrices]
        joined = {}
        for index, (name, count) in enumerate(counts.items()):
            both = net.node("Concat", *rows[2 * index:2 * index + 2], axis=1)
            size = net.node("Concat", net.ints(1), *self.sides, net.ints(count), axis=0)
            joined[name] = net.node("Reshape", both, size)
        return joined
