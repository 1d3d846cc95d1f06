"""What the training minimises."""

import torch
from torch.nn import functional

from .targets import BOUNDARY, HAS_DAPI, HAS_HEMATOXYLIN, HAS_LAP2, HAS_MARKER, NEGATIVE, POSITIVE

CLASS_WEIGHTS = (1.0, 1.6, 1.0, 1.3)  # background, positive, negative, boundary
DICE_WEIGHT, DISTANCE_WEIGHT, MODALITY_WEIGHT, GRADIENT_WEIGHT = 0.35, 1.5, 2.0, 2.0
MODALITY_BITS = {"hematoxylin": HAS_HEMATOXYLIN, "dapi": HAS_DAPI, "lap2": HAS_LAP2, "marker": HAS_MARKER}


def soft_dice(probability: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """1 - Dice of (N, H, W) probabilities and a boolean truth, over the whole batch."""
    overlap = (probability * truth).sum()
    return 1 - (2 * overlap + 1) / (probability.sum() + truth.sum() + 1)


def gradient_difference(guess: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of the spatial gradients of (N, C, H, W) pictures."""
    error = guess - truth
    return (error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean())


def loss_parts(outputs: dict[str, torch.Tensor], targets: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weighted terms whose sum is the loss.

    Parameters
    ----------
    outputs : raw outputs of `RestainNet`
    targets : "classes" (N, H, W) long, "distance" (N, 1, H, W), each modality (N, C, H, W) in 0..1,
        and "known" (N,) bits of the modalities that are true
    """
    classes = targets["classes"]
    logits = outputs["segmentation"]
    parts = {"classes": functional.cross_entropy(logits, classes, logits.new_tensor(CLASS_WEIGHTS))}
    probability = logits.softmax(1)
    dice = sum(soft_dice(probability[:, c], classes == c) for c in (POSITIVE, NEGATIVE, BOUNDARY))
    parts["dice"] = DICE_WEIGHT * dice / 3
    inside = 0.35 + (targets["distance"] > 0).float()
    error = (outputs["distance"].sigmoid() - targets["distance"]).abs()
    parts["distance"] = DISTANCE_WEIGHT * (inside * error).mean()
    for name, bit in MODALITY_BITS.items():
        chosen = (targets["known"] & bit) > 0
        if chosen.any():
            guess, truth = outputs[name][chosen].sigmoid(), targets[name][chosen]
            parts[name] = MODALITY_WEIGHT * (guess - truth).abs().mean()
            parts[name] = parts[name] + GRADIENT_WEIGHT * gradient_difference(guess, truth)
    return parts
