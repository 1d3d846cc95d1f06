"""The white balance of a picture before the network sees it: lamps differ more than stains do."""

import numpy as np

PERCENTILE, LEVEL, MAX_GAIN = 99, 240, 1.6
WHITE_BALANCE = {"percentile": PERCENTILE, "level": LEVEL, "maxGain": MAX_GAIN}  # as `model.json` states it


def white_gains(image: np.ndarray) -> np.ndarray:
    """Gain of each channel, (3,), that takes its PERCENTILE over `image` (H, W, 3) to LEVEL, at most MAX_GAIN."""
    white = np.percentile(image.reshape(-1, 3), PERCENTILE, axis=0, method="inverted_cdf")
    return np.minimum(LEVEL / np.maximum(white, 1), MAX_GAIN)


def balance(image: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """`image` (H, W, 3) uint8 with every channel multiplied by its gain."""
    return np.minimum(image * gains.astype(np.float32) + 0.5, 255).astype(np.uint8)
