"""Responses to random filters: what a classifier sees that no statistic of ours describes."""

import numpy as np
import torch
from torch.nn import functional

from .patches import optical_density

FILTERS, SIZE = 24, 7  # of each scale; px
SCALES = (1, 2, 4)  # px that are averaged into one before


def respond(image: np.ndarray) -> np.ndarray:
    """(2 * FILTERS * len(SCALES),) log of the mean and of the spread of rectified responses to a patch (H, W, 3)."""
    generator = torch.Generator().manual_seed(1)
    density = torch.from_numpy(np.ascontiguousarray(np.moveaxis(optical_density(image), -1, 0)))[None]
    values = []
    for scale in SCALES:
        kernels = torch.randn(FILTERS, 3, SIZE, SIZE, generator=generator)
        kernels = kernels - kernels.mean((2, 3), keepdim=True)
        answer = functional.conv2d(functional.avg_pool2d(density, scale), kernels).clamp(min=0)[0].flatten(1)
        values += [answer.mean(1), answer.std(1)]
    return np.log(torch.cat(values).numpy().astype(float) + 1e-4)
