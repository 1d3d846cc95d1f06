"""Openly licensed H&E and purple-stained nuclei, turned into pseudo-IHC with known truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.measure import label as label_components
from skimage.segmentation import watershed

from ..simulator import camera as cameras
from ..simulator import clutter, stains
from ..simulator.noise import texture
from ..simulator.spec import POSITIVE_SHARE, STAINED_PIXEL_SHARE_OF_THRESHOLD, positive_od
from .targets import depth_map, pack_tile

MIN_NUCLEUS_PX = 25
DSB_DIAMETER = (20.0, 46.0)  # px at 0.25 um/px: range to which the median nucleus is scaled


def split_touching(mask: np.ndarray) -> np.ndarray:
    """Instance map (H, W) int32 of a binary `mask` (H, W) by watershed on smoothed depth."""
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 1.5)
    peaks = (ndimage.maximum_filter(depth, size=13) == depth) & (depth > 2.5)
    seeds = label_components(ndimage.binary_dilation(peaks, iterations=2) & mask)
    labels = watershed(-depth, seeds, mask=mask).astype(np.int32)
    rest = label_components(mask & (labels == 0)).astype(np.int32)
    labels[rest > 0] = rest[rest > 0] + labels.max()
    return drop_small(labels)


def drop_small(labels: np.ndarray) -> np.ndarray:
    """`labels` (H, W) without those smaller than MIN_NUCLEUS_PX, numbered from 1."""
    size = np.bincount(labels.ravel())
    size[0] = 0
    kept = np.flatnonzero(size >= MIN_NUCLEUS_PX)
    table = np.zeros(len(size), np.int32)
    table[kept] = np.arange(1, len(kept) + 1)
    return table[labels]


def load_sources(shared: Path) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """All training pictures as (kind, image (H, W, 3) uint8, labels (H, W) int32)."""
    sources = []
    for path in sorted((shared / "data/train-tnbc").glob("*_image.png")):
        mask = np.asarray(Image.open(str(path).replace("_image", "_mask")).convert("L")) > 0
        sources.append(("tnbc", np.asarray(Image.open(path).convert("RGB")), split_touching(mask)))
    for path in sorted((shared / "data/train-dsb2018").glob("*_image.png")):
        labels = np.asarray(Image.open(str(path).replace("_image", "_labels"))).astype(np.int32)
        if labels.any():
            sources.append(("dsb", np.asarray(Image.open(path).convert("RGB")), drop_small(labels)))
    return sources


def _zoom(rng, kind, image, labels):
    """Scale a purple-stained picture to a plausible size of nuclei. TNBC is not changed."""
    if kind != "dsb":
        return image, labels
    size = np.bincount(labels.ravel())[1:]
    diameter = 2 * np.sqrt(np.median(size[size > 0]) / np.pi)
    factor = float(np.clip(rng.uniform(*DSB_DIAMETER) / diameter, 0.35, 2.2))
    height, width = (max(64, round(n * factor)) for n in labels.shape)
    image = np.asarray(Image.fromarray(image).resize((width, height), Image.BICUBIC))
    labels = np.asarray(Image.fromarray(labels).resize((width, height), Image.NEAREST)).astype(np.int32)
    return image, drop_small(labels)


def separate(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split H&E (H, W, 3) uint8 into hematoxylin and eosin, (H, W) each."""
    pixels = image.reshape(-1, 3).astype(np.float32)
    white = np.maximum(np.percentile(pixels[::7], 98, axis=0), 150)
    density = -np.log10(np.clip((pixels + 1) / white, 0.004, 1))
    basis = np.stack([stains.unit(stains.HEMATOXYLIN), stains.unit(stains.EOSIN)])
    amounts = np.clip(density @ np.linalg.pinv(basis), 0, 3).reshape(*image.shape[:2], 2)
    return amounts[..., 0], amounts[..., 1]


def _paint_dab(rng, hema, labels):
    """DAB (H, W) painted into a random share of nuclei along their own chromatin, and its threshold."""
    n = int(labels.max())
    share = rng.choice([rng.beta(0.8, 2.5), rng.beta(2, 2), rng.beta(5, 1.5)], p=[0.45, 0.35, 0.2])
    level = np.zeros(n + 1, np.float32)
    chosen = rng.random(n) < share
    weak = rng.random(n) < rng.choice([0, 0.2, 0.5])
    typical = float(np.clip(rng.lognormal(np.log(0.9), 0.5), 0.3, 2.2))
    threshold = positive_od(typical)
    median = np.where(weak, 1.25 * threshold, typical)
    level[1:] = np.where(chosen, np.clip(rng.lognormal(np.log(median), rng.uniform(0.15, 0.6)), 0.05, 3), 0)
    level[1:][~chosen & weak] = rng.uniform(0.1, 0.95, n)[~chosen & weak] * threshold
    mean = np.maximum(ndimage.mean(hema, labels, np.arange(n + 1)), 0.05) if n else np.ones(1)
    relative = np.clip(hema / mean[labels], 0, 2.5)
    height, width = labels.shape
    granular = rng.beta(1, 2)
    speckle = np.clip(texture(rng, "grain", height, width) + 0.2, 0, 2)
    patch = np.clip(1 + rng.beta(1, 2) * texture(rng, "coarse", height, width), 0.1, 3)
    pattern = ((1 - granular) * (0.4 + 0.6 * relative) + granular * 1.5 * speckle) * patch
    norm = np.maximum(ndimage.mean(pattern, labels, np.arange(n + 1)), 0.05) if n else np.ones(1)
    dab = level[labels] * pattern / norm[labels]
    return ndimage.gaussian_filter(dab.astype(np.float32), rng.uniform(0.4, 0.9)), threshold


def restain(rng: np.random.Generator, kind: str, image: np.ndarray, labels: np.ndarray,
            size: int = 512) -> tuple[np.ndarray, int]:
    """One pseudo-IHC (or, one time in four, recoloured H&E) training tile.

    Parameters
    ----------
    kind : "tnbc" or "dsb"
    image : (H, W, 3) uint8
    labels : (H, W) int32

    Returns
    -------
    tile, known : see `targets.pack_tile`; tile is (size, size, TILE_CHANNELS)
    """
    image, labels = _zoom(rng, kind, image, labels)
    pad = [(0, max(0, size - n)) for n in labels.shape]
    image = np.pad(image, (*pad, (0, 0)), mode="reflect") if any(p[1] for p in pad) else image
    labels = _pad_labels(labels, pad)
    top, left = (int(rng.integers(0, n - size + 1)) for n in labels.shape)
    image, labels = image[top : top + size, left : left + size], labels[top : top + size, left : left + size]
    labels = drop_small(labels)
    hema, eosin = separate(image)
    camera = cameras.draw_camera(rng)
    keeps_he = rng.random() < 0.2
    depth = depth_map(labels)
    inner = np.clip(depth / 2.5, 0, 1)
    dab, threshold = (np.zeros_like(hema), 1.0) if keeps_he else _paint_dab(rng, hema, labels)
    gain = rng.uniform(0.6, 1.2)
    if keeps_he:
        density = (gain * hema)[..., None] * stains.unit(stains.HEMATOXYLIN)
        density = density + (gain * eosin)[..., None] * stains.random_eosin(rng)
    else:
        keep = 1 - rng.uniform(0, 0.7) * np.clip(dab, 0, 1)
        density = (gain * hema * keep)[..., None] * stains.random_hematoxylin(rng)
        density = density + (rng.uniform(0.05, 0.35) * eosin)[..., None] * np.array([0.5, 0.56, 0.62], np.float32)
        extra = dab.copy()
        tissue = np.ones(labels.shape, bool)
        if rng.random() < 0.15:
            clutter.add_precipitate(rng, extra, tissue, rng.uniform(0.1, 0.7))
        if rng.random() < 0.2:
            clutter.add_smears(rng, extra, tissue & (labels == 0), rng.uniform(0.1, 0.7))
        extra += rng.choice([0, 0.03, 0.08])
        density = density + extra[..., None] * stains.random_dab(rng)
        density = density + stains.blacken(extra, rng.uniform(0.7, 1.8))[..., None]
    light = stains.to_rgb(density, np.asarray(camera.white, np.float32))
    camera = _gentler(camera)
    picture = cameras.expose(rng, light, camera)
    positive = _classify(dab, labels, threshold)
    nuclear = hema * (0.35 + 0.65 * (labels > 0))
    typical = max(float(hema[labels > 0].mean()) if labels.any() else 1.0, 0.1)
    return pack_tile(
        picture, labels, positive,
        hematoxylin=stains.hematoxylin_picture(0.7 * gain * nuclear),
        dapi=np.clip(inner * hema / typical * 110 * rng.uniform(0.8, 1.1), 0, 255).astype(np.uint8),
        marker=np.clip(255 * (1 - np.exp(-1.1 * dab)), 0, 255).astype(np.uint8),
    )


def _pad_labels(labels, pad):
    """Reflect labels. Mirrored copies of nuclei get new numbers."""
    if not any(p[1] for p in pad):
        return labels
    mirrored = np.pad(labels, pad, mode="reflect")
    fresh = np.ones(mirrored.shape, bool)
    fresh[: labels.shape[0], : labels.shape[1]] = False
    parts, _ = ndimage.label(mirrored > 0)
    touching = np.zeros(parts.max() + 1, bool)
    touching[np.unique(parts[~fresh])] = True
    alone = fresh & ~touching[parts]
    return np.where(alone & (mirrored > 0), mirrored + (parts + 1) * (int(labels.max()) + 1), mirrored)


def _gentler(camera):
    """A weaker camera, since a real picture was already blurred and compressed once. Only strong blur is kept."""
    return replace(camera, blur=camera.blur if camera.blur > 2 else min(camera.blur, 0.7),
                   noise=min(camera.noise, 3.0), contrast=min(camera.contrast, 1.1),
                   jpeg_quality=max(camera.jpeg_quality, 60), shading=0.0)


def _classify(dab, labels, threshold):
    """Apply the class rule of `simulator.spec` to painted DAB (H, W). Returns (n + 1,) bool."""
    index = np.arange(int(labels.max()) + 1)
    if len(index) == 1:
        return np.zeros(1, bool)
    mean = ndimage.mean(dab, labels, index)
    share = ndimage.mean((dab > STAINED_PIXEL_SHARE_OF_THRESHOLD * threshold).astype(np.float32), labels, index)
    positive = (mean >= threshold) & (share >= POSITIVE_SHARE)
    positive[0] = False
    return positive
