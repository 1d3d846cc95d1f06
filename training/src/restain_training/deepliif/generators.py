"""The two generators of pix2pix and CycleGAN, as published, normalised by the statistics of the tile.

References
----------
Isola et al. 2017, Image-to-image translation with conditional adversarial networks, arXiv:1611.07004
Zhu et al. 2017, Unpaired image-to-image translation using cycle-consistent adversarial networks, arXiv:1703.10593
Johnson et al. 2016, Perceptual losses for real-time style transfer, arXiv:1603.08155 (the residual generator)
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

PADDINGS = {"zero": nn.ZeroPad2d, "reflect": nn.ReflectionPad2d, "replicate": nn.ReplicationPad2d}


@dataclass(frozen=True)
class Shape:
    """What is needed to build a generator. Everything but the padding can be read from its weights."""

    inputs: int = 3
    outputs: int = 3
    width: int = 64
    depth: int = 9  # residual blocks, or levels of the U-Net
    bias: bool = False  # of the convolutions that a norm follows
    affine: bool = True
    outer_padding: str = "reflect"
    block_padding: str = "zero"


def _norm(channels: int, shape: Shape) -> nn.Module:
    """Batch norm by the batch's own statistics. A batch is one tile, so it equals instance norm, which exports."""
    return nn.InstanceNorm2d(channels, affine=shape.affine)


class _Block(nn.Module):
    """Two padded 3x3 convolutions added to their input."""

    def __init__(self, channels: int, shape: Shape):
        super().__init__()
        pad = PADDINGS[shape.block_padding]
        convolution = lambda: nn.Conv2d(channels, channels, 3, bias=shape.bias)  # noqa: E731
        self.layers = nn.Sequential(pad(1), convolution(), _norm(channels, shape), nn.ReLU(),
                                    pad(1), convolution(), _norm(channels, shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x + self.layers(x)


class ResidualGenerator(nn.Module):
    """7x7 convolution, two halvings, residual blocks, two transposed doublings, 7x7 convolution, tanh."""

    def __init__(self, shape: Shape):
        super().__init__()
        width, pad = shape.width, PADDINGS[shape.outer_padding]
        layers = [pad(3), nn.Conv2d(shape.inputs, width, 7, bias=shape.bias), _norm(width, shape), nn.ReLU()]
        for channels in (width, 2 * width):
            layers += [nn.Conv2d(channels, 2 * channels, 3, 2, 1, bias=shape.bias), _norm(2 * channels, shape),
                       nn.ReLU()]
        layers += [_Block(4 * width, shape) for _ in range(shape.depth)]
        for channels in (4 * width, 2 * width):
            layers += [nn.ConvTranspose2d(channels, channels // 2, 3, 2, 1, 1, bias=shape.bias),
                       _norm(channels // 2, shape), nn.ReLU()]
        layers += [pad(3), nn.Conv2d(width, shape.outputs, 7), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(1, inputs, H, W) in -1..1 -> (1, outputs, H, W) in -1..1; H and W multiples of 4."""
        return self.layers(x)


class UnetGenerator(nn.Module):
    """U-Net of 4x4 stride-2 convolutions down to 1x1 (from 2 ** depth px), and transposed ones back up."""

    def __init__(self, shape: Shape):
        super().__init__()
        channels = [shape.width * min(2**level, 8) for level in range(shape.depth)]
        inside = range(1, shape.depth)
        self.down = nn.ModuleList(
            nn.Conv2d(a, b, 4, 2, 1, bias=shape.bias) for a, b in zip([shape.inputs, *channels], channels)
        )
        # neither the outermost nor the innermost convolution has a norm
        self.down_norm = nn.ModuleList(_norm(channels[level], shape) for level in inside[:-1])
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(channels[level] * (1 if level == inside[-1] else 2), channels[level - 1], 4, 2, 1,
                               bias=shape.bias)
            for level in reversed(inside)
        )
        self.up_norm = nn.ModuleList(_norm(channels[level - 1], shape) for level in reversed(inside))
        self.last = nn.ConvTranspose2d(2 * channels[0], shape.outputs, 4, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(1, inputs, H, W) in -1..1 -> (1, outputs, H, W) in -1..1; H and W multiples of 2 ** depth."""
        skips = []
        for level, convolution in enumerate(self.down):
            x = convolution(x if level == 0 else functional.leaky_relu(x, 0.2))
            if 0 < level < len(self.down) - 1:
                x = self.down_norm[level - 1](x)
            skips.append(x)
        x = skips.pop()
        for convolution, norm in zip(self.up, self.up_norm):
            x = torch.cat([skips.pop(), norm(convolution(functional.relu(x)))], 1)
        return torch.tanh(self.last(functional.relu(x)))

    def layers_in_order(self) -> list[nn.Module]:
        """Layers with weights in the order of the data, which is also that of the published code's names."""
        order = [self.down[0]]
        for convolution, norm in zip(self.down[1:-1], self.down_norm):
            order += [convolution, norm]
        order.append(self.down[-1])
        for convolution, norm in zip(self.up, self.up_norm):
            order += [convolution, norm]
        return [*order, self.last]
