"""Optical-density mixing: stain vectors and the colours of the modalities."""

import numpy as np

# Unit optical-density vectors (R, G, B) of the reference hematoxylin and DAB.
HEMATOXYLIN = np.array([0.66, 0.66, 0.36], np.float32)
DAB = np.array([0.27, 0.57, 0.78], np.float32)
EOSIN = np.array([0.09, 0.95, 0.30], np.float32)

# The inferred hematoxylin picture has the same white and the same blue for every slide.
REFERENCE_WHITE = np.array([236, 238, 243], np.float32)
REFERENCE_BLUE = np.array([0.80, 0.55, 0.25], np.float32)


def unit(vector: np.ndarray) -> np.ndarray:
    """`vector` (3,) scaled to length 1."""
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def random_hematoxylin(rng: np.random.Generator, violet: bool = False) -> np.ndarray:
    """Blue, violet, or blue-grey counterstain vector (3,); with `violet`, as in most H&E."""
    blue, purple = np.array([0.80, 0.53, 0.27]), np.array([0.62, 0.72, 0.32])
    mix = rng.beta(0.9, 0.9) * (0.5 if violet else 1.0)
    vector = mix * blue + (1 - mix) * purple + rng.normal(0, 0.035, 3)
    if rng.random() < 0.2:
        vector = vector + rng.uniform(0, 0.5) * 0.57
    return unit(np.clip(vector, 0.05, None))


def random_dab(rng: np.random.Generator, reddish: bool = False, golden: float = 0.0) -> np.ndarray:
    """Orange, chocolate, reddish, or grey-brown chromogen vector (3,); with `reddish`, always reddish.

    `golden`, 0 to 1, makes it yellow-brown.
    """
    red = rng.uniform(0.4 if reddish else 0, 1) if reddish or rng.random() < 0.4 else 0.0
    vector = np.array([0.30, 0.57, 0.76]) + red * np.array([0.04, 0.13, -0.13])
    vector = vector + rng.normal(0, 0.06, 3) * (1.2, 0.7, 1.0)
    if rng.random() < 0.3:
        vector = vector + rng.uniform(0, 0.5) * 0.57
    vector = vector + golden * np.array([-0.12, -0.04, 0.12])
    return unit(np.clip(vector, 0.08, None))


def random_eosin(rng: np.random.Generator) -> np.ndarray:
    """Pink to orange vector (3,)."""
    pink, orange = np.array([0.10, 0.93, 0.33]), np.array([0.06, 0.60, 0.75])
    mix = rng.beta(5, 0.9)  # orange over violet is brown; were it common, the network would take brown nuclei for H&E
    return unit(np.clip(mix * pink + (1 - mix) * orange + rng.normal(0, 0.04, 3), 0.02, None))


def random_matrix(rng: np.random.Generator) -> np.ndarray:
    """Colour (3,) of what is neither nucleus nor stain in IHC: grey, or yellow to tan as in old sections."""
    yellow = rng.uniform(0, 1) if rng.random() < 0.5 else 0.0
    vector = np.array([0.5, 0.55, 0.6]) + yellow * np.array([-0.25, -0.08, 0.4]) + rng.normal(0, 0.06, 3)
    return vector.astype(np.float32)


def to_rgb(density: np.ndarray, white: np.ndarray) -> np.ndarray:
    """Light through `density` (H, W, 3) for a lamp of colour `white` (3,): (H, W, 3) float32 in 0..255."""
    return (white * np.exp(density * np.float32(-np.log(10)))).astype(np.float32)


def hematoxylin_picture(concentration: np.ndarray) -> np.ndarray:
    """Reference picture, (H, W, 3) uint8, of hematoxylin `concentration` (H, W)."""
    density = concentration[..., None] * unit(REFERENCE_BLUE)
    return np.clip(to_rgb(density, REFERENCE_WHITE) + 0.5, 0, 255).astype(np.uint8)


def blacken(dab: np.ndarray, onset: float) -> np.ndarray:
    """Neutral density (H, W) that dense DAB adds by scattering: dense brown looks black."""
    return 0.7 * np.clip(dab - onset, 0, None)
