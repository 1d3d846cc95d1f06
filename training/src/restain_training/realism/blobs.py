"""Dark blobs of a patch, found by a quick threshold and watershed. Most are nuclei; no label is needed."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.measure import regionprops
from skimage.segmentation import watershed

from ..release.postprocess import find_seeds

MICRON = 4.0  # px
SURROUND = 6 * MICRON  # sigma in px of the mean that a blob is darker than
STEEPNESS = 2.0  # of the light that is absorbed, 1 - 10^(-STEEPNESS * OD): black nuclei do not hide pale ones
LEAST_CONTRAST, CONTRAST = 0.06, 0.4  # of that, by which a blob exceeds its surround: at least; in SD of the patch
LEAST_AREA = 6 * MICRON**2  # px
NEAR = 2.5  # px between the outlines of blobs that touch
RIM = (1.0, 3.0)  # px below the outline: where the rim is read
CORE = 0.6  # share of the largest depth beyond which the middle is read
LEAST_DEPTH = 5.0  # px; in the middle of smaller blobs nothing is read
BESIDE = 4.0  # px outside the outline, up to which the surround of the edge is read


@dataclass(frozen=True)
class Blobs:
    """Labels, (H, W) int, 0 = between blobs; depth, (H, W), px below the outline of the blob; what they measure."""

    labels: np.ndarray
    depth: np.ndarray
    area: np.ndarray  # (n,) px
    solidity: np.ndarray  # (n,) area / area of the convex hull
    elongation: np.ndarray  # (n,) long axis / short axis
    touching: np.ndarray  # (n,) share of the outline that is near another blob
    is_whole: np.ndarray  # (n,) bool: not cut by the border of the patch


def find_blobs(red: np.ndarray) -> Blobs:
    """Blobs of the optical density of red, (H, W): hematoxylin and DAB both absorb red, a pale matrix hardly does."""
    absorbed = 1 - 10 ** (-STEEPNESS * red)
    above = ndimage.gaussian_filter(absorbed, 1.2) - ndimage.gaussian_filter(absorbed, SURROUND)
    mask = above > max(LEAST_CONTRAST, CONTRAST * float(above.std()))
    mask = ndimage.binary_fill_holes(ndimage.binary_opening(mask, iterations=2))
    whole_depth = ndimage.distance_transform_edt(mask)
    softened = ndimage.gaussian_filter(whole_depth.astype(np.float32), 1.0)
    labels = watershed(-softened, find_seeds(np.where(mask, softened, 0)), mask=mask)
    size = np.bincount(labels.ravel())
    kept = np.flatnonzero(size >= LEAST_AREA)
    kept = kept[kept > 0]
    table = np.zeros(len(size), int)
    table[kept] = np.arange(1, len(kept) + 1)
    labels = table[labels]
    edge = outlines(labels)
    depth = ndimage.distance_transform_edt((labels > 0) & ~edge)
    shapes = regionprops(labels)
    height, width = labels.shape
    return Blobs(
        labels, depth,
        area=np.array([shape.area for shape in shapes], float),
        solidity=np.array([shape.solidity for shape in shapes], float),
        elongation=np.array([shape.major_axis_length / max(shape.minor_axis_length, 1.0) for shape in shapes], float),
        touching=_touching(labels, edge),
        is_whole=np.array([min(shape.bbox[:2]) > 0 and shape.bbox[2] < height and shape.bbox[3] < width
                           for shape in shapes], bool),
    )


def outlines(labels: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels of a label that have another label or none beside them."""
    return (labels > 0) & ((ndimage.maximum_filter(labels, size=3) != labels)
                           | (ndimage.minimum_filter(labels, size=3) != labels))


def _touching(labels: np.ndarray, edge: np.ndarray) -> np.ndarray:
    count = int(labels.max())
    reach = int(np.ceil(NEAR))
    disc = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1]) <= NEAR
    most = ndimage.maximum_filter(labels, footprint=disc)
    least = ndimage.minimum_filter(np.where(labels > 0, labels, count + 1), footprint=disc)
    is_near = edge & ((most != labels) | (least != labels))
    index = np.arange(1, count + 1)
    return _mean(is_near, np.where(edge, labels, 0), index)


def rim_contrast(dark: np.ndarray, blobs: Blobs) -> np.ndarray:
    """(n,) OD by which the rim of each blob is darker than its middle; NaN where it is too small to tell."""
    rim = (blobs.depth >= RIM[0]) & (blobs.depth <= RIM[1])
    index = np.arange(1, len(blobs.area) + 1)
    if not len(index):
        return np.zeros(0)
    deepest = ndimage.maximum(blobs.depth, blobs.labels, index)
    middle = blobs.depth >= CORE * np.concatenate([[np.inf], deepest])[blobs.labels]
    at_rim, in_middle = (_mean(dark, np.where(where, blobs.labels, 0), index) for where in (rim, middle))
    return np.where(deepest >= LEAST_DEPTH, at_rim - in_middle, np.nan)


def edge_step(dark: np.ndarray, blobs: Blobs) -> float:
    """OD by which blobs are darker RIM px inside their outlines than BESIDE px outside; NaN without blobs."""
    inside = (blobs.depth >= RIM[0]) & (blobs.depth <= RIM[1])
    away = ndimage.distance_transform_edt(blobs.labels == 0)
    outside = (away >= RIM[0]) & (away <= BESIDE)
    return float(dark[inside].mean() - dark[outside].mean()) if inside.any() and outside.any() else np.nan


def _mean(values: np.ndarray, labels: np.ndarray, index: np.ndarray) -> np.ndarray:
    size = np.bincount(labels.ravel(), minlength=len(index) + 1)[1:]
    total = np.bincount(labels.ravel(), values.ravel(), minlength=len(index) + 1)[1:]
    return np.where(size > 0, total / np.maximum(size, 1), np.nan)
