"""From segmentation to nuclei, a quick Python version of what the product does, to compare checkpoints."""

import numpy as np
from scipy import ndimage
from skimage.measure import label as label_components
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import expand_labels, watershed

GROWTH = 2.5  # px; the interior class ends 2 px inside a nucleus
MIN_NUCLEUS_PX = 64
MIN_SHARE_OF_MEDIAN = 0.2  # smaller objects, compared with the median nucleus, are debris
MIN_PROMINENCE = 1.2  # px by which a peak of the depth must rise above the saddle to a higher peak
MAX_SADDLE_SHARE = 0.85  # the depth of that saddle must be at most this share of the peak's


def find_seeds(depth: np.ndarray) -> np.ndarray:
    """Labelled prominent peaks (H, W) of `depth` (H, W), by morphological reconstruction."""
    lowered = np.maximum(np.minimum(depth - MIN_PROMINENCE, MAX_SADDLE_SHARE * depth), 0)
    flooded = reconstruction(lowered, depth)
    return label_components(local_maxima(flooded) & (depth > 0), connectivity=2)


def nuclei_from_segmentation(segmentation: np.ndarray, threshold: int = 127) -> tuple[np.ndarray, np.ndarray]:
    """Instances and classes from the network's segmentation picture.

    Parameters
    ----------
    segmentation : (H, W, 3) uint8: positive interior, boundary, negative interior, each x 255
    threshold : a pixel is interior where positive + negative exceeds this

    Returns
    -------
    labels : (H, W) int32
    positive : (n + 1,) bool, by label
    """
    red, green, blue = (segmentation[..., i].astype(np.int32) for i in range(3))
    interior = red + blue > threshold
    interior = ndimage.binary_fill_holes(interior) if interior.mean() < 0.5 else interior
    depth = ndimage.distance_transform_edt(interior).astype(np.float32)
    labels = watershed(-depth, find_seeds(depth), mask=interior)
    nucleus = interior | (red + green + blue > threshold)
    labels = np.where(nucleus, expand_labels(labels, GROWTH), 0)
    size = np.bincount(labels.ravel())
    size[0] = 0
    median = np.median(size[size > MIN_NUCLEUS_PX]) if (size > MIN_NUCLEUS_PX).any() else 0
    kept = np.flatnonzero(size >= max(MIN_NUCLEUS_PX, MIN_SHARE_OF_MEDIAN * median))
    table = np.zeros(len(size), np.int32)
    table[kept] = np.arange(1, len(kept) + 1)
    labels = table[labels]
    flat, n = labels.ravel(), len(kept) + 1
    balance = np.bincount(flat, weights=(red - blue).ravel(), minlength=n)
    positive = balance > 0
    positive[0] = False
    return labels, positive


def draw(labels: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 drawing: red positive, blue negative, green outline, black background."""
    edge = np.zeros(labels.shape, bool)
    edge[:-1] |= labels[:-1] != labels[1:]
    edge[1:] |= labels[1:] != labels[:-1]
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    drawing = np.zeros((*labels.shape, 3), np.uint8)
    inside = (labels > 0) & ~edge
    drawing[..., 0] = 255 * (inside & positive[labels])
    drawing[..., 1] = 255 * (edge & (labels > 0))
    drawing[..., 2] = 255 * (inside & ~positive[labels])
    return drawing


def centroids(labels: np.ndarray) -> np.ndarray:
    """(n, 2) x and y of every label's centre of mass."""
    n = int(labels.max())
    if n == 0:
        return np.zeros((0, 2))
    points = np.array(ndimage.center_of_mass(labels > 0, labels, np.arange(1, n + 1)))
    return points[:, ::-1]
