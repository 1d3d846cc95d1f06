"""From instance maps to what the network learns, and the layout of a stored training tile."""

import numpy as np
from scipy import ndimage

INTERIOR_DEPTH = 2.0  # px; interior lies deeper than this, the boundary band is the rest
OUTER_BAND = 1.0  # px of background next to a nucleus that also counts as boundary

# Channels of a stored tile, (H, W, TILE_CHANNELS) uint8.
IMAGE, HEMATOXYLIN = slice(0, 3), slice(3, 6)
DAPI, LAP2, MARKER, DEPTH, OUTSIDE, DISTANCE, CLASS = 6, 7, 8, 9, 10, 11, 12
TILE_CHANNELS = 13
DEPTH_SCALE, OUTSIDE_SCALE = 12.0, 32.0

# Classes of the segmentation output.
BACKGROUND, POSITIVE, NEGATIVE, BOUNDARY = range(4)

# Bits of the modalities of a tile whose truth is known.
HAS_HEMATOXYLIN, HAS_DAPI, HAS_LAP2, HAS_MARKER = 1, 2, 4, 8
HAS_ALL = 15


def depth_map(labels: np.ndarray) -> np.ndarray:
    """Distance in px from each nucleus pixel to the nearest pixel of another label.

    Parameters
    ----------
    labels : (H, W) int array, 0 = background

    Returns
    -------
    (H, W) float32 array: 0 outside, 1 on a nucleus's outermost pixels. The image border is not an edge of a nucleus.
    """
    core = labels > 0
    for axis in (0, 1):
        differs = np.diff(labels, axis=axis) != 0
        before, after = [slice(None)] * 2, [slice(None)] * 2
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        core[tuple(before)] &= ~differs
        core[tuple(after)] &= ~differs
    if core.all():
        return np.full(labels.shape, 1e3, np.float32)
    depth = ndimage.distance_transform_edt(core).astype(np.float32)
    return np.where(labels > 0, depth + 1, 0).astype(np.float32)


def outside_map(labels: np.ndarray) -> np.ndarray:
    """Distance in px (H, W) float32 from background pixels to the nearest nucleus, 0 inside."""
    if not labels.any():
        return np.full(labels.shape, 1e3, np.float32)
    return ndimage.distance_transform_edt(labels == 0).astype(np.float32)


def relative_depth(labels: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """`depth` (H, W) divided by its maximum within each nucleus: 0..1."""
    peak = np.ones(int(labels.max()) + 1, np.float32)
    np.maximum.at(peak, labels.ravel(), depth.ravel())
    return np.where(labels > 0, depth / peak[labels], 0).astype(np.float32)


def pack_tile(image: np.ndarray, labels: np.ndarray, positive: np.ndarray, hematoxylin: np.ndarray | None = None,
              dapi: np.ndarray | None = None, lap2: np.ndarray | None = None,
              marker: np.ndarray | None = None) -> tuple[np.ndarray, int]:
    """Pack a picture and its truth into one array.

    Parameters
    ----------
    image : (H, W, 3) uint8
    labels : (H, W) int, 0 = background
    positive : (n + 1,) bool, by label
    hematoxylin : (H, W, 3) uint8; dapi, lap2, marker : (H, W) uint8; None where unknown

    Returns
    -------
    tile : (H, W, TILE_CHANNELS) uint8
    known : bits of the modalities that were given
    """
    tile = np.zeros((*labels.shape, TILE_CHANNELS), np.uint8)
    tile[..., IMAGE] = image
    known = 0
    for bit, channel, modality in ((HAS_HEMATOXYLIN, HEMATOXYLIN, hematoxylin), (HAS_DAPI, DAPI, dapi),
                                   (HAS_LAP2, LAP2, lap2), (HAS_MARKER, MARKER, marker)):
        if modality is not None:
            tile[..., channel] = modality
            known |= bit
    depth = depth_map(labels)
    tile[..., DEPTH] = np.clip(depth * DEPTH_SCALE, 0, 255)
    tile[..., OUTSIDE] = np.clip(outside_map(labels) * OUTSIDE_SCALE, 0, 255)
    tile[..., DISTANCE] = relative_depth(labels, depth) * 255
    tile[..., CLASS] = np.where(labels > 0, np.where(positive[labels], POSITIVE, NEGATIVE), BACKGROUND)
    return tile, known


def classes_from_depth(depth: np.ndarray, outside: np.ndarray, nucleus_class: np.ndarray) -> np.ndarray:
    """Segmentation classes, same shape as the inputs.

    Works on NumPy arrays and, through the same operators, on torch tensors.

    Parameters
    ----------
    depth, outside : distances in px
    nucleus_class : BACKGROUND, POSITIVE, or NEGATIVE at each pixel
    """
    inside = nucleus_class != BACKGROUND
    interior = inside & (depth > INTERIOR_DEPTH)
    boundary = (inside & ~interior) | (~inside & (outside <= OUTER_BAND))
    return nucleus_class * interior + BOUNDARY * boundary
