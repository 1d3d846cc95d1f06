"""Reading the weights that DeepLIIF publishes: TorchScript files, or state dictionaries with `train_opt.txt`."""

import copy
import itertools
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from .generators import PADDINGS, ResidualGenerator, Shape, UnetGenerator

Generator = ResidualGenerator | UnetGenerator
Layers = dict[tuple, dict[str, torch.Tensor]]  # position in the network -> parameters by name
PROBE_SIDE, PROBE_TOLERANCE = 64, 1 / 255  # px; in -1..1, half a grey level


class ImportRefused(ValueError):
    """Weights that cannot be imported; the message says which and why."""


def candidates(folder: Path, name: str) -> list[Path]:
    """The files that may hold the network `name`; TorchScript first, because it can be checked."""
    return [folder / f"{name}.pt", folder / f"latest_net_{name}.pth", folder / f"{name}.pth"]


def find_file(folder: Path, name: str) -> Path:
    """`G1.pt` or `latest_net_G1.pth` of `name`."""
    for path in candidates(folder, name):
        if path.is_file():
            return path
    raise ImportRefused(f"{folder} has none of {', '.join(path.name for path in candidates(folder, name))}")


def _position(prefix: str) -> tuple:
    """Sort key of a layer's dotted name: numbers by value."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in prefix.split("."))


def to_layers(state: dict[str, torch.Tensor], names: tuple[str, ...] = ("weight", "bias")) -> Layers:
    """The parameters called `names`, grouped by layer, in the network's order."""
    layers: Layers = {}
    for key, value in state.items():
        prefix, name = key.removeprefix("module.").rsplit(".", 1)
        if name in names:
            layers.setdefault(_position(prefix), {})[name] = value.float()
    return dict(sorted(layers.items()))


def read_shape(layers: Layers, options: dict[str, str]) -> tuple[type[Generator], Shape]:
    """Which generator the layers belong to, and its dimensions."""
    convolutions = {at: layer["weight"] for at, layer in layers.items() if layer["weight"].dim() == 4}
    if not convolutions:
        raise ImportRefused("there is no convolution among the weights")
    (first_at, first), last = next(iter(convolutions.items())), next(reversed(convolutions.values()))
    inner = list(layers.values())[1]
    affine = any(layer["weight"].dim() == 1 for layer in layers.values())
    blocks = {at[: at.index((1, "conv_block"))] for at in convolutions if (1, "conv_block") in at}
    if blocks:
        shape = Shape(first.shape[1], last.shape[0], first.shape[0], len(blocks), "bias" in layers[first_at], affine)
        in_block = next(at for at in convolutions if (1, "conv_block") in at)
        named = options.get("padding") or options.get("padding_type") or "zero"
        if named not in PADDINGS:
            raise ImportRefused(f"padding is {named!r}; it must be one of {', '.join(PADDINGS)}")
        # A padding layer has a number in the published names. Without one, the convolution pads with zeros.
        padded = "reflect" if named == "zero" else named
        return ResidualGenerator, replace(shape, outer_padding="zero" if first_at[-1] == (0, 0) else padded,
                                          block_padding="zero" if in_block[-1] == (0, 0) else padded)
    if first.shape[-1] == 4:
        depth = len(convolutions) // 2
        bias = "bias" in inner or "bias" in layers[first_at]
        return UnetGenerator, Shape(first.shape[1], last.shape[1], first.shape[0], depth, bias, affine)
    raise ImportRefused("the weights are neither a residual generator's nor a U-Net's")


def _layers_of(net: Generator) -> list[nn.Module]:
    if isinstance(net, UnetGenerator):
        return [layer for layer in net.layers_in_order() if list(layer.parameters())]
    return [layer for layer in net.modules() if list(layer.parameters(recurse=False))]


def build(kind: type[Generator], shape: Shape, layers: Layers) -> Generator:
    """The generator with its weights, ready for inference."""
    net = kind(shape).eval()
    mine = _layers_of(net)
    if len(mine) != len(layers):
        raise ImportRefused(f"{kind.__name__} of {shape.depth} has {len(mine)} layers, the weights have {len(layers)}")
    for layer, (at, values) in zip(mine, layers.items()):
        expected = {name: tuple(value.shape) for name, value in layer.named_parameters()}
        got = {name: tuple(value.shape) for name, value in values.items()}
        if expected != got:
            name = ".".join(str(part) for _, part in at)
            raise ImportRefused(f"layer {name} has {got}, {kind.__name__} has {expected} there")
        layer.load_state_dict(values)
    return net


def _with_running_statistics(net: Generator, running: Layers) -> Generator:
    """A copy of `net` that normalises by stored statistics, to recognise a file that was traced in that mode."""
    twin = copy.deepcopy(net)
    norms = [layer for layer in twin.modules() if isinstance(layer, nn.InstanceNorm2d)]
    for norm, stored in zip(norms, running.values()):
        norm.running_mean, norm.running_var = stored["running_mean"], stored["running_var"]
        norm.track_running_stats = True
    return twin


@torch.no_grad()
def recognise(script: torch.jit.ScriptModule, kind: type[Generator], shape: Shape) -> Generator | None:
    """The generator, with the padding that gives the same output as the TorchScript network; None if there is none."""
    state = script.state_dict()
    layers, running = to_layers(state), to_layers(state, ("running_mean", "running_var"))
    side = 2**shape.depth if kind is UnetGenerator else PROBE_SIDE
    probe = torch.rand(1, shape.inputs, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1
    probe = functional.interpolate(probe, size=(side, side), mode="bilinear", align_corners=False)
    with torch.jit.optimized_execution(False):  # one run is not worth the compiler's half minute
        answer = script(probe)
    others = itertools.product(PADDINGS, PADDINGS) if kind is ResidualGenerator else []
    for candidate in (shape, *(replace(shape, outer_padding=a, block_padding=b) for a, b in others)):
        net = build(kind, candidate, layers)
        for twin in (net, *([_with_running_statistics(net, running)] if running else [])):
            if float((twin(probe) - answer).abs().max()) <= PROBE_TOLERANCE:
                return net
    return None


def load_generator(folder: Path, name: str, options: dict[str, str]) -> Generator:
    """The network called `name` ("G1") of a DeepLIIF model folder.

    A TorchScript file is run once beside the network built from its weights: the numbers of layers do not show how a
    padding layer pads, and the comparison proves that both networks are the same.
    """
    path = find_file(folder, name)
    try:
        if path.suffix == ".pt":
            script = _read(torch.jit.load, path).eval()
            kind, shape = read_shape(to_layers(script.state_dict()), options)
            net = recognise(script, kind, shape)
            if net is None:
                raise ImportRefused(f"the network does not give the same output as a {kind.__name__} with its weights")
            return net
        layers = to_layers(_read(torch.load, path, weights_only=True))
        return build(*read_shape(layers, options), layers)
    except ImportRefused as problem:
        raise ImportRefused(f"{path.name}: {problem}") from problem


def _read(read, path: Path, **options):
    """What `read` returns for the file. PyTorch raises errors of many kinds for a damaged one."""
    try:
        return read(str(path), map_location="cpu", **options)
    except Exception as problem:
        kind = type(problem).__name__
        raise ImportRefused(f"is damaged or not a {path.suffix} file of PyTorch ({kind})") from problem


def check_side(net: Generator, name: str, side: int) -> None:
    """Refuse a tile size that the network cannot halve as often as it needs to."""
    step = 2 ** len(net.down) if isinstance(net, UnetGenerator) else 4
    if side % step:
        raise ImportRefused(f"{name} takes sides that are multiples of {step} px, but scale_size is {side}")
