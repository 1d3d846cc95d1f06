"""The two views that the product takes of a picture, and the mean of what the network sees in them.

Halved, large nuclei have the size that most have, and a pixel has twice the context.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

COARSER_SCALE = 0.5


def mean_of_views(picture: np.ndarray, segment: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What `segment` sees in a picture (H, W, 3) uint8 and in half of it, mixed: (H, W, 3) uint8."""
    height, width = picture.shape[:2]
    size = (max(1, round(width * COARSER_SCALE)), max(1, round(height * COARSER_SCALE)))
    coarser = segment(np.asarray(Image.fromarray(picture).resize(size, Image.BILINEAR)))
    enlarged = np.asarray(Image.fromarray(coarser).resize((width, height), Image.BILINEAR))
    return ((segment(picture).astype(np.uint16) + enlarged + 1) // 2).astype(np.uint8)
