"""How strongly a whole picture is stained: readers judge a trace of brown against the slide's own brown.

A tile does not show what is typical of its slide, so the classifier takes this description as an input: the shares of
the tissue that are browner, bluer and darker than each of eight steps.
"""

import numpy as np

TISSUE = 0.08  # mean optical density beyond which a pixel is not glass
BROWN = (0.04, 0.08, 0.14, 0.22, 0.32, 0.45, 0.62, 0.85)  # optical density of blue minus that of red
BLUE = (0.03, 0.06, 0.10, 0.15, 0.22, 0.30, 0.42, 0.60)  # optical density of red minus that of blue
DARK = (0.15, 0.22, 0.32, 0.45, 0.60, 0.80, 1.00, 1.30)  # mean optical density of red, green and blue
FEATURES = len(BROWN) + len(BLUE) + len(DARK)
LEAST_SHARE = 1e-3
STAINING = {"name": "staining", "tissue": TISSUE, "brown": BROWN, "blue": BLUE, "dark": DARK,
            "leastShare": LEAST_SHARE}  # for `model.json`
_DENSITY = -np.log10((np.arange(256) + 1) / 256).astype(np.float32)


def describe_staining(image: np.ndarray) -> np.ndarray:
    """(FEATURES,) float32 in 0..1 from white-balanced pixels (..., 3) uint8; zeros where there is no tissue.

    Every value is 1 - log(share of the tissue beyond the step + LEAST_SHARE) / log(LEAST_SHARE).
    """
    red, green, blue = (_DENSITY[image[..., channel].ravel()] for channel in range(3))
    dark = (red + green + blue) / 3
    is_tissue = dark > TISSUE
    brown, dark = (blue - red)[is_tissue], dark[is_tissue]
    beyond = np.array([np.count_nonzero(values > step)
                       for values, steps in ((brown, BROWN), (-brown, BLUE), (dark, DARK)) for step in steps])
    return (1 - np.log(beyond / max(1, brown.size) + LEAST_SHARE) / np.log(LEAST_SHARE)).astype(np.float32)
