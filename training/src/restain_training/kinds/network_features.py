"""What the frozen network's own maps show of each found nucleus: an experiment, see HISTORY.md."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import distance_transform_edt
from torch.nn import functional

from ..data.views import VIEWS
from ..data.white import balance, white_gains
from ..network.model import MULTIPLE, RestainNet, normalise

MICRONS_PER_PIXEL = 0.25  # of the first view
PAD = 32  # px past the edges of the picture, at least
RING = 6  # px of the finest map: 3 um
FINE, QUARTER, EIGHTH, BOTTLENECK = 2, 4, 8, 16  # px of the picture a px of the map
OUTLINE_FIELDS = 6  # columns before the features in found.bin: field, label, class, counts, x, y


@dataclass(frozen=True)
class Found:
    """All nuclei that pooled.mjs found, in its order."""

    names: list[str]  # of the truths of the fields
    field: np.ndarray  # (n,) int
    label: np.ndarray  # (n,) int, drawn nucleus; 0 for none
    positive: np.ndarray  # (n,) bool
    kept: np.ndarray  # (n,) bool, counts
    centre: np.ndarray  # (n, 2) x and y in px of the picture
    features: np.ndarray  # (n, f) float64, made by hand


def read_found(folder: Path) -> Found:
    """What pooled.mjs wrote."""
    described = json.loads((folder / "found.json").read_text())
    rows = np.fromfile(folder / "found.bin", np.float32).reshape(-1, OUTLINE_FIELDS + len(described["features"]))
    return Found(described["fields"], rows[:, 0].astype(int), rows[:, 1].astype(int), rows[:, 2] > 0, rows[:, 3] > 0,
                 rows[:, 4:OUTLINE_FIELDS].astype(np.float64), rows[:, OUTLINE_FIELDS:].astype(np.float64))


@torch.no_grad()
def feature_maps(net: RestainNet, picture: np.ndarray) -> dict[int, torch.Tensor]:
    """Maps (C, H, W) by their px, of a white-balanced picture (h, w, 3) uint8; reflected to PAD px past its edges."""
    height, width = picture.shape[:2]
    after = [PAD + -(n + 2 * PAD) % MULTIPLE for n in (height, width)]
    padded = np.pad(picture, ((PAD, after[0]), (PAD, after[1]), (0, 0)), "symmetric")
    maps: dict[int, torch.Tensor] = {}
    layers = {FINE: net.head[0], QUARTER: net.decoder[1], EIGHTH: net.decoder[2], BOTTLENECK: net.encoder[-1]}
    hooks = [layer.register_forward_hook(lambda _m, _i, out, size=size: maps.__setitem__(size, out[0]))
             for size, layer in layers.items()]
    net.features(normalise(torch.from_numpy(padded).permute(2, 0, 1)[None]))
    for hook in hooks:
        hook.remove()
    return maps


def sample(plane: torch.Tensor, size: int, centre: np.ndarray) -> np.ndarray:
    """(n, C) of a map (C, H, W) at places (n, 2) in px of the unpadded picture, bilinear."""
    height, width = plane.shape[1:]
    at = (torch.from_numpy(centre).float() + PAD) / size * 2 / torch.tensor([width, height]) - 1
    return functional.grid_sample(plane[None], at[None, None], align_corners=False)[0, :, 0].T.numpy()


def mean_over(plane: torch.Tensor, size: int, labels: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(n, C) means of a map (C, H, W) over labels 1 to n (h, w) on its grid, unpadded; at the centre of empty ones."""
    height, width = labels.shape
    first = PAD // size
    values = plane[:, first:first + height, first:first + width].reshape(len(plane), -1)
    flat, count = torch.from_numpy(labels.reshape(-1).astype(np.int64)), len(centre)
    inside = flat > 0
    sums = torch.zeros(len(plane), count + 1).index_add_(1, flat[inside], values[:, inside])
    area = torch.bincount(flat[inside], minlength=count + 1).float()
    means = (sums / area.clamp(min=1))[:, 1:].T.numpy()
    empty = area[1:].numpy() == 0
    means[empty] = sample(plane, size, centre[empty])
    return means


def ring_of(labels: np.ndarray) -> np.ndarray:
    """What lies within RING px of each label and in none."""
    distance, (rows, columns) = distance_transform_edt(labels == 0, return_indices=True)
    return np.where((distance > 0) & (distance <= RING), labels[rows, columns], 0)


def _labels_at(labels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = (((np.arange(n) + 0.5) * old / n).astype(int) for n, old in zip(shape, labels.shape))
    return labels[np.ix_(rows, columns)]


def _resized(picture: np.ndarray, scale: float) -> np.ndarray:
    size = [max(1, round(n * scale)) for n in picture.shape[1::-1]]
    return np.asarray(Image.fromarray(picture).resize(size, Image.BILINEAR))


def pool_field(net: RestainNet, picture: np.ndarray, labels: np.ndarray, centre: np.ndarray,
               microns_per_pixel: float) -> dict[str, np.ndarray]:
    """Pooled maps (n, C) by name of the n nuclei of a picture, in both views in which the product shows it."""
    balanced = balance(picture, white_gains(picture))
    pooled = {}
    for view in VIEWS:
        scale = microns_per_pixel / MICRONS_PER_PIXEL * view
        seen = _resized(balanced, scale)
        maps = feature_maps(net, seen)
        at = centre * (np.array(seen.shape[1::-1]) / picture.shape[1::-1])
        name = {1: "full"}.get(view, "half")
        on = {size: _labels_at(labels, tuple(n // size for n in seen.shape[:2])) for size in (FINE, QUARTER)}
        pooled[f"{name}-fine"] = mean_over(maps[FINE], FINE, on[FINE], at)
        pooled[f"{name}-ring"] = mean_over(maps[FINE], FINE, ring_of(on[FINE]), at)
        pooled[f"{name}-quarter"] = mean_over(maps[QUARTER], QUARTER, on[QUARTER], at)
        pooled[f"{name}-eighth"] = sample(maps[EIGHTH], EIGHTH, at)
        pooled[f"{name}-bottleneck"] = sample(maps[BOTTLENECK], BOTTLENECK, at)
    return pooled


def pool_folder(net: RestainNet, folder: Path) -> dict[str, np.ndarray]:
    """Pooled maps (n, C) by name of all nuclei of a folder, in the order of found.bin; kept there."""
    kept = folder / "pooled.npz"
    if kept.is_file():
        return dict(np.load(kept))
    found = read_found(folder)
    parts: list[dict[str, np.ndarray]] = []
    for index, name in enumerate(found.names):
        base = folder / name.removesuffix(".json")
        picture = np.asarray(Image.open(f"{base}.png").convert("RGB"))
        labels = np.asarray(Image.open(f"{base}-nuclei.png")).astype(np.int64)
        microns = json.loads((folder / name).read_text())["microns_per_pixel"]
        parts.append(pool_field(net, picture, labels, found.centre[found.field == index], microns))
        if index % 20 == 0:
            print(f"pooling: {index} of {len(found.names)}", flush=True)
    pooled = {name: np.concatenate([part[name] for part in parts]).astype(np.float32) for name in parts[0]}
    np.savez(kept, **pooled)
    return pooled
