"""What the training minimises."""

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional

from ..data.targets import BOUNDARY, HAS_DAPI, HAS_HEMATOXYLIN, HAS_LAP2, HAS_MARKER, NEGATIVE, POSITIVE
from .model import OUTPUTS

CLASS_WEIGHTS = (1.0, 1.15, 1.0, 1.3)  # background, positive, negative, boundary
DICE_WEIGHT, NUCLEI_WEIGHT, DISTANCE_WEIGHT, MODALITY_WEIGHT, GRADIENT_WEIGHT = 0.35, 0.5, 1.5, 2.0, 2.0
CLASSES = OUTPUTS["segmentation"]

# Channels of the continuous outputs, in the order of OUTPUTS. The distance comes last; it is always known.
CONTINUOUS = ("hematoxylin", "hematoxylin", "hematoxylin", "dapi", "lap2", "marker", "distance")
_BITS = torch.tensor([HAS_HEMATOXYLIN] * 3 + [HAS_DAPI, HAS_LAP2, HAS_MARKER])


def soft_dice(probability: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """1 - Dice of (N, H, W) probabilities and a boolean truth, over the whole batch."""
    overlap = (probability * truth).sum()
    return 1 - (2 * overlap + 1) / (probability.sum() + truth.sum() + 1)


def _channel_weights(known: torch.Tensor) -> torch.Tensor:
    """(N, 6, 1, 1) weights: equal over the samples whose true modality is known, zero elsewhere."""
    mask = ((known[:, None] & _BITS) > 0).float()
    mask = mask / mask.sum(0).clamp(min=1) / torch.tensor([3.0, 3.0, 3.0, 1.0, 1.0, 1.0])
    return mask[..., None, None]


def loss_parts(logits: torch.Tensor, targets: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weighted terms whose sum is the loss.

    Parameters
    ----------
    logits : (N, C, H, W) from `RestainNet.logits`
    targets : "classes" (N, H, W) long; "continuous" (N, 7, H, W) float in 0..1, channels as CONTINUOUS;
        "known" (N,) long, bits of the modalities whose truth is known
    """
    classes, truth = targets["classes"], targets["continuous"]
    segmentation, continuous = logits.split([CLASSES, len(CONTINUOUS)], 1)
    log_probability = segmentation.log_softmax(1)
    parts = {"classes": functional.nll_loss(log_probability, classes, logits.new_tensor(CLASS_WEIGHTS))}
    probability = log_probability.exp().unbind(1)
    dice = sum(soft_dice(probability[c], classes == c) for c in (POSITIVE, NEGATIVE, BOUNDARY))
    parts["dice"] = DICE_WEIGHT * dice / 3
    parts["nuclei"] = NUCLEI_WEIGHT * nucleus_class_loss(segmentation, classes)

    inside = 0.35 + (truth[:, -1:] > 0).float()
    error, distance = (continuous.sigmoid() - truth).split([len(CONTINUOUS) - 1, 1], 1)
    parts["distance"] = DISTANCE_WEIGHT * (inside * distance.abs()).mean()
    weights = _channel_weights(targets["known"])
    level = (error.abs().mean((2, 3), keepdim=True) * weights).sum(0).flatten()
    slope = error.diff(dim=-1).abs().mean((2, 3), keepdim=True) + error.diff(dim=-2).abs().mean((2, 3), keepdim=True)
    total = MODALITY_WEIGHT * level + GRADIENT_WEIGHT * (slope * weights).sum(0).flatten()
    for name, value in zip(CONTINUOUS, total):
        parts[name] = parts[name] + value if name in parts else value
    return parts


def nucleus_class_loss(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Cross entropy of the classes of nuclei. Every nucleus counts once, whatever its size.

    A nucleus is a connected interior of one class. Its probability of positive is the mean over its pixels.

    Parameters
    ----------
    logits : (N, CLASSES, H, W), the segmentation's
    classes : (N, H, W) long
    """
    numbered = np.zeros(classes.shape, np.int64)
    positive: list[bool] = []
    for one, numbers in zip(classes.numpy(), numbered):
        for kind in (POSITIVE, NEGATIVE):
            parts, count = ndimage.label(one == kind)
            numbers += np.where(parts > 0, parts + len(positive), 0)
            positive += count * [kind == POSITIVE]
    numbers = torch.from_numpy(numbered).flatten()
    each = logits.unbind(1)
    share = (each[POSITIVE] - each[NEGATIVE]).sigmoid().flatten()
    pixels = torch.bincount(numbers, minlength=len(positive) + 1)[1:]
    mean = (share.new_zeros(len(positive) + 1).index_add(0, numbers, share)[1:] / pixels).clamp(1e-4, 1 - 1e-4)
    return functional.binary_cross_entropy(mean, mean.new_tensor(positive), reduction="sum") / max(1, len(positive))
