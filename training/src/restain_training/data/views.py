"""How the product shows pictures to the networks: to the first in two views, full size and half size.

In the half-size view large nuclei have the size that most nuclei have, and a pixel has twice the context.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

COARSER_SCALE = 0.5
VIEWS = [1, COARSER_SCALE]  # as `model.json` states them

# The second network: at how many um/px it sees pictures, once, and the least and most um/px of those it is shown.
COARSE_MICRONS_PER_PIXEL = 0.4
COARSE_PICTURES = {"from": 0.38, "to": 0.6}
SCAN_MICRONS_PER_PIXEL = {40: 0.25, 20: 0.5}


def see_coarsely(field: np.ndarray) -> np.ndarray:
    """What the second network is shown of a 20x scan of a field (H, W, 3) uint8 at 0.25 um/px."""
    scan = Image.fromarray(field).reduce(round(SCAN_MICRONS_PER_PIXEL[20] / SCAN_MICRONS_PER_PIXEL[40]))
    size = [round(n * SCAN_MICRONS_PER_PIXEL[20] / COARSE_MICRONS_PER_PIXEL) for n in scan.size]
    return np.asarray(scan.resize(size, Image.BILINEAR))


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
