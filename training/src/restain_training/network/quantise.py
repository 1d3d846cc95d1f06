"""A shipped network in 8 bits: the same graph, in which its convolutions and their maps are marked as integers."""

import logging
import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from ..data.staining import describe_staining
from ..data.views import see_coarsely
from ..data.white import balance, white_gains
from ..simulator import simulate

LAST = "net.head.0.0.weight"  # weights of the last convolution in 8 bits
IN_BYTES = ("Conv", "Relu", "Resize")  # nodes in 8 bits; ONNX Runtime fuses the sums between them
CALIBRATION_SEED, CALIBRATION_FIELDS, CALIBRATION_SIZE = 800_000_000, 48, 256
PERCENTILE = 99.995  # of a tensor's values on those fields: its 8 bits cover them, rarer ones are clipped


class _Fields(CalibrationDataReader):
    """Simulated fields, from which the ranges of the activations are read."""

    def __init__(self, is_coarse: bool):
        self.is_coarse = is_coarse
        self.seeds = iter(range(CALIBRATION_SEED, CALIBRATION_SEED + CALIBRATION_FIELDS))

    def get_next(self) -> dict[str, np.ndarray] | None:
        seed = next(self.seeds, None)
        if seed is None:
            return None
        side = CALIBRATION_SIZE * (2 if self.is_coarse else 1)
        image = simulate(seed, side, side).image
        image = see_coarsely(image) if self.is_coarse else image
        image = balance(image, white_gains(image))
        return {"image": image[None], "staining": describe_staining(image)[None]}


def _body(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes of the kinds IN_BYTES that the last features are computed from, in order."""
    last = next(index for index, node in enumerate(graph.node) if LAST in node.input)
    needed = set(graph.node[last].output)
    for node in reversed(graph.node[:last + 1]):
        if needed.intersection(node.output):
            needed.update(node.input)
    activation = [node for node in graph.node if graph.node[last].output[0] in node.input]
    made = [node for node in graph.node if needed.intersection(node.output)]
    return [node.name for node in (*made, *activation) if node.op_type in IN_BYTES]


def quantise(path: Path, out: Path, is_coarse: bool = False) -> None:
    """Write the 8-bit copy of the network in `path` to `out`; `channels_last` makes of it what ships.

    `is_coarse`: of the second network, which is shown coarser pictures.

    Weights have one scale for each channel, activations one for each tensor. The range of an activation leaves out its
    rarest values on simulated fields, so that the steps between the others are finer (figures: HISTORY.md, 0.8.0).
    Weights use 7 bits, because x86 without VNNI adds products of 8 and 8 bits in 16 bits with saturation.
    Everything behind the last features stays in float. So does the first convolution: in 8 bits it moved the scores of
    0.3.0 up to three times as far from those of the float network, and was not faster.
    """
    logging.getLogger().setLevel(logging.ERROR)  # hides advice that is already followed here
    with TemporaryDirectory() as scratch:
        prepared = Path(scratch, "model.onnx")
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        body = _body(onnx.load(str(prepared)).graph)
        with redirect_stdout(sys.stderr):  # it prints its progress
            quantize_static(
                str(prepared), str(out), _Fields(is_coarse), quant_format=QuantFormat.QDQ, per_channel=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, reduce_range=True,
                calibrate_method=CalibrationMethod.Percentile, extra_options={"CalibPercentile": PERCENTILE},
                op_types_to_quantize=list(IN_BYTES), nodes_to_quantize=body[1:])
