"""The network as the product runs it: bytes in and out, without batch norms; read back from its ONNX file, too."""

import copy
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..data.staining import describe_staining
from ..data.targets import BOUNDARY, NEGATIVE, POSITIVE
from ..release.manifest import check_manifest
from .model import CORNERS, OUTPUTS, Pointwise, RestainNet, normalise

SHIPPED = {"segmentation": 3, "hematoxylin": 3, "dapi": 1, "lap2": 1, "marker": 1}  # output -> channels
MODALITIES = list(SHIPPED.values())[1:]  # the channels of all but the segmentation


class NotOurNetwork(ValueError):
    """A model folder whose network `release.export` did not write, or of another shape."""


def fold_batch_norm(net: RestainNet) -> RestainNet:
    """A copy of `net` with every batch norm folded into the convolution before it."""
    net = copy.deepcopy(net).eval()
    for module in net.modules():
        if hasattr(module, "first_norm"):
            module.first = fuse_conv_bn_eval(module.first, module.first_norm)
            module.second = fuse_conv_bn_eval(module.second, module.second_norm)
            module.first_norm, module.second_norm = nn.Identity(), nn.Identity()
        elif isinstance(module, nn.Sequential):
            for index in range(len(module) - 1):
                if isinstance(module[index], nn.Conv2d) and isinstance(module[index + 1], nn.BatchNorm2d):
                    module[index] = fuse_conv_bn_eval(module[index], module[index + 1])
                    module[index + 1] = nn.Identity()
    return net


class ShippedNet(nn.Module):
    """uint8 NHWC in, uint8 NHWC out: the network as the product runs it."""

    def __init__(self, net: RestainNet):
        super().__init__()
        self.net = fold_batch_norm(net)
        drop = OUTPUTS["distance"] * CORNERS  # the distance is a training aid, and the last of the head's channels
        last = self.net.head[-1]
        head = Pointwise(last.in_channels, last.out_channels - drop)
        head.weight = nn.Parameter(last.weight[:-drop].detach().clone())
        head.bias = nn.Parameter(last.bias[:-drop].detach().clone())
        self.net.head[-1] = head

    def forward(self, image: torch.Tensor, staining: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(N, H, W, 3) uint8 and (1, FEATURES) float -> one (N, H, W, C) uint8 per name of SHIPPED.

        Everything is computed in four planes of half width and height, one for each corner of 2 x 2 px, and
        interleaved as bytes.
        """
        raw, leaning = self.net.corners(normalise(image.permute(0, 3, 1, 2)), staining)
        classes, modalities = raw.split([n * CORNERS for n in (OUTPUTS["segmentation"], sum(MODALITIES))], 1)
        classes = classes.split(CORNERS, 1)
        odds = [logits.clamp(-20, 20).exp() for logits in classes]  # ONNX Runtime's own softmax is 10x slower
        total = odds[0] + odds[POSITIVE] + odds[NEGATIVE] + odds[BOUNDARY]
        nucleus = (odds[POSITIVE] + odds[NEGATIVE]) / total
        positive = nucleus * (classes[POSITIVE] - classes[NEGATIVE] + leaning).sigmoid()
        segmentation = torch.cat([positive, odds[BOUNDARY] / total, nucleus - positive], 1)
        pictures = [ToBytes.apply(segmentation),
                    *ToBytes.apply(modalities.sigmoid()).split([n * CORNERS for n in MODALITIES], 1)]
        return tuple(_interleave(p, channels, *raw.shape[2:]) for p, channels in zip(pictures, SHIPPED.values()))


class ToBytes(torch.autograd.Function):
    """0..1 to 0..255 in uint8, in one ONNX node."""

    @staticmethod
    def forward(_context, x: torch.Tensor) -> torch.Tensor:
        """Any shape."""
        return (x * 255).round().to(torch.uint8)

    @staticmethod
    def symbolic(graph, x):
        """The node, whose scale and zero point are constants."""
        constants = (torch.tensor(1 / 255), torch.tensor(0, dtype=torch.uint8))
        return graph.op("QuantizeLinear", x, *(graph.op("Constant", value_t=value) for value in constants))


def _interleave(planes: torch.Tensor, channels: int, height: int, width: int) -> torch.Tensor:
    """(N, channels * CORNERS, H, W), as for a pixel shuffle, -> (N, 2H, 2W, channels).

    In two steps, first pixels and then whole rows: ONNX Runtime would do a single step byte by byte.
    """
    by_corner = [channel * CORNERS + corner for corner in range(CORNERS) for channel in range(channels)]
    pixels = planes[:, by_corner].reshape(-1, 2 * channels, height, width).permute(0, 2, 3, 1)
    rows = pixels.reshape(-1, 2, height, width * 2 * channels).permute(0, 2, 1, 3)
    return rows.reshape(-1, 2 * height, 2 * width, channels)


@torch.no_grad()
def blend(later: ShippedNet, earlier: ShippedNet, share: float) -> ShippedNet:
    """`later`, in place, with weights `(1 - share) * later + share * earlier`."""
    for mine, before in zip(later.parameters(), earlier.parameters(), strict=True):
        mine.lerp_(before, share)
    return later


def describe_for_network(image: np.ndarray) -> torch.Tensor:
    """(1, FEATURES) staining of a white-balanced picture (H, W, 3) uint8, as `ShippedNet` takes it."""
    return torch.from_numpy(describe_staining(image))[None]


def load_model(folder: Path, is_coarse: bool = False) -> ShippedNet:
    """The network of a model folder that `release.export` wrote, or its second one, read back from its ONNX file.

    The file has its batch norms folded into the convolutions, so they stay frozen in fine-tuning.
    Raises ManifestError and NotOurNetwork.
    """
    import onnx

    contents = check_manifest(folder)
    graph = onnx.load(str(folder / (contents["coarse"] if is_coarse else contents)["file"])).graph
    state = {tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).astype(np.float32))
             for tensor in graph.initializer}
    for node in graph.node:  # equal tensors are stored once, under one of their names
        if node.op_type == "Identity" and node.input[0] in state:
            state[node.output[0]] = state[node.input[0]]
    stem = state.get("net.stem.0.weight")
    if stem is None:
        raise NotOurNetwork(f"{folder} does not hold a network that restain_training.release.export wrote")
    shipped = ShippedNet(RestainNet(stem.shape[0]))
    try:
        shipped.load_state_dict({key: value for key, value in state.items() if key.startswith("net.")})
    except RuntimeError as problem:
        raise NotOurNetwork(f"{folder} holds a network of another shape: {problem}") from problem
    return shipped.eval()
