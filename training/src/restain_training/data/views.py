"""The two views of a picture that the product shows the network: full size and half size.

In the half-size view large nuclei have the size that most nuclei have, and a pixel has twice the context.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

COARSER_SCALE = 0.5
VIEWS = [1, COARSER_SCALE]  # as `model.json` states them


def add_coarser_view(segmentation: np.ndarray, picture: np.ndarray,
                     segment: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Mean of a picture's segmentation (H, W, 3) uint8 and of what `segment` returns for the picture at half size.

    `picture` has the shape of `segmentation`.
    """
    height, width = picture.shape[:2]
    size = [max(1, round(n * COARSER_SCALE)) for n in (width, height)]
    coarser = segment(np.asarray(Image.fromarray(picture).resize(size, Image.BILINEAR)))
    enlarged = np.asarray(Image.fromarray(coarser).resize((width, height), Image.BILINEAR))
    return ((segmentation.astype(np.uint16) + enlarged + 1) // 2).astype(np.uint8)
