"""Continue training from a shipped model, whose batch norms were folded away on export."""

from pathlib import Path

import torch
from torch import nn

from .model import CORNERS, OUTPUTS, RestainNet
from .shipped import load_model


def _norms_of(net: nn.Module) -> dict[str, str]:
    """Name of every convolution -> name of the batch norm behind it."""
    names: dict[str, str] = {}
    before = None
    for name, module in net.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            names[before] = name
        elif isinstance(module, nn.Conv2d):
            before = name
    return names


@torch.no_grad()
def unfold(folder: Path, images: torch.Tensor, stainings: torch.Tensor) -> RestainNet:
    """The network of a model folder, with batch norms put back in. Its outputs stay the same.

    Every norm takes the statistics of its input on `images`, and a scale and shift that cancel them. The head's
    distance channels are not shipped, so they start untrained.

    Parameters
    ----------
    folder : a model folder that `export` wrote
    images : (N, 3, H, W) float tensor in -1..1, typical of the training data, sizes multiples of MULTIPLE
    stainings : (N, FEATURES) float tensor, the staining of their fields
    """
    folded = load_model(folder).net
    net = RestainNet(folded.width)
    source, modules = folded.state_dict(), dict(net.named_modules())
    state = net.state_dict()
    state.update({name: value for name, value in source.items() if name in state and "head.1" not in name})
    net.load_state_dict(state)
    head, shipped = net.head[-1], folded.head[-1]
    kept = head.out_channels - CORNERS * OUTPUTS["distance"]
    head.weight[:kept], head.bias[:kept] = shipped.weight, shipped.bias

    def calibrate(norm: nn.BatchNorm2d, shift: torch.Tensor):
        def hook(_module, inputs):
            mean = inputs[0].mean((0, 2, 3))
            variance = inputs[0].var((0, 2, 3), unbiased=False)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(shift + mean)
        return norm.register_forward_pre_hook(hook)

    hooks = [calibrate(modules[norm], source[f"{conv}.bias"]) for conv, norm in _norms_of(net).items()]
    net.eval().logits(images, stainings)
    for hook in hooks:
        hook.remove()
    return net
