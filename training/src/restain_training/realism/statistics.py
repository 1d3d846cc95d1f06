"""Plain numbers that describe a patch. NaN: the patch has nothing to read this number from."""

import warnings
from itertools import pairwise

import numpy as np
from scipy import ndimage

from ..simulator.stains import DAB, HEMATOXYLIN, unit
from .blobs import MICRON, Blobs, edge_step, find_blobs, rim_contrast
from .patches import optical_density

# Wavelengths in um between which power is summed: octaves, of which the finest is halved.
WAVELENGTHS = (64.0, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 0.707, 0.5)
SLOPE_OVER = (16.0, 1.0)  # um
BROWN = 0.06  # OD by which blue exceeds red on average in a brown blob
_RESIDUAL = np.cross(unit(HEMATOXYLIN), unit(DAB))
_UNMIX = np.linalg.inv(np.stack([unit(HEMATOXYLIN), unit(DAB), unit(_RESIDUAL)])).astype(np.float32)

# Name: what it is, with its unit. Lengths in um, densities in OD.
STATISTICS = {
    "rim": "rim of a blob (0.25 to 0.75 um below its outline) - its middle, median, OD",
    "rim_p90": "rim of a blob - its middle, 90th percentile of the patch, OD",
    "rim_blue": "rim - middle as share of the blob's own OD, median of blobs that are not brown",
    "rim_brown": "rim - middle as share of the blob's own OD, median of brown blobs",
    "edge": "OD within 0.75 um inside of outlines - OD within 1 um outside",
    "grain": "SD of detail below 1 um in the middle of blobs, as share of their OD",
    "mottle": "SD of detail of 1 to 3 um in the middle of blobs, as share of their OD",
    "blobs": "blobs per 1000 um2",
    "area": "area of a blob, median, um2",
    "area_spread": "area of a blob, (75th - 25th percentile) / median",
    "solidity": "area of a blob / that of its convex hull, median",
    "elongation": "long axis of a blob / short axis, median",
    "touching": "share of the outlines of blobs that is within 0.6 um of another blob",
    "cover": "share of the patch that blobs cover",
    "dark_spread": "OD of a blob, (90th - 10th percentile) / median",
    "brown_share": "share of blobs that are brown",
    "blue_od": "OD of blobs that are not brown, median", "brown_od": "OD of brown blobs, median",
    **{f"power_{coarse:g}_{fine:g}": f"log10 of the share of power at wavelengths of {coarse:g} to {fine:g} um"
       for coarse, fine in pairwise(WAVELENGTHS)},
    "slope": f"slope of log power density over log frequency, {SLOPE_OVER[0]:g} to {SLOPE_OVER[1]:g} um",
    "contrast": "SD of OD in the patch",
    "hematoxylin_p50": "hematoxylin, median, OD", "hematoxylin_p95": "hematoxylin, 95th percentile, OD",
    "dab_p50": "DAB, median, OD", "dab_p95": "DAB, 95th percentile, OD", "dab_p99": "DAB, 99th percentile, OD",
    "residual_p5": "neither of the two, 5th percentile, OD", "residual_p50": "neither of the two, median, OD",
    "residual_p95": "neither of the two, 95th percentile, OD",
    "saturation": "saturation (1 - least / largest of red, green, blue), median",
    "saturation_p95": "saturation, 95th percentile",
    "pale_warmth": "OD of blue - red in the palest fifth: > 0 yellow, < 0 blue",
    "pale_pinkness": "OD of green - mean of red and blue in the palest fifth: > 0 pink, < 0 green",
    "pale_od": "OD of the palest fifth",
    "between_od": "OD between blobs, median",
    "between_warmth": "OD of blue - red between blobs, median",
    "blue_warmth": "(blue - red) / OD of blobs that are not brown, median",
    "blue_pinkness": "(green - mean of red and blue) / OD of blobs that are not brown, median",
    "brown_warmth": "(blue - red) / OD of brown blobs, median",
    "brown_pinkness": "(green - mean of red and blue) / OD of brown blobs, median",
    "third_colour": "log10 of the share of OD's variance that two stains cannot show",
    "colour_detail": "SD of detail below 1 um of blue - red / that of OD",
    "between_grain": "SD of detail below 1 um between blobs, OD",
    "between_mottle": "SD of detail of 1 to 3 um between blobs, OD",
    "between_patches": "SD of detail of 3 to 8 um between blobs, OD",
    "noise": "median absolute difference of neighbours in the palest fifth, grey levels",
    "spikiness": "kurtosis of detail below 1 um: 0 as in noise, > 0 few strong edges",
    "skew": "skewness of OD",
    "coherence": "how much structures of 2 um run in one direction, 0..1, mean",
}

FAMILIES = {
    "rims and edges": ("rim", "rim_p90", "rim_blue", "rim_brown", "edge"),
    "texture of blobs": ("grain", "mottle"),
    "size, shape and contact": ("blobs", "area", "area_spread", "solidity", "elongation", "touching", "cover"),
    "radial power spectrum": (*(name for name in STATISTICS if name.startswith("power_")), "slope"),
    "darkness": ("contrast", "skew", "blue_od", "brown_od", "dark_spread", "hematoxylin_p95", "dab_p95", "dab_p99",
                 "brown_share"),
    "colour": ("residual_p5", "residual_p50", "residual_p95", "saturation", "saturation_p95", "blue_warmth",
               "blue_pinkness", "brown_warmth", "brown_pinkness", "third_colour", "colour_detail"),
    "background": ("hematoxylin_p50", "dab_p50", "pale_warmth", "pale_pinkness", "pale_od", "between_od",
                   "between_warmth", "between_grain", "between_mottle", "between_patches"),
    "noise and sharpness": ("noise", "spikiness", "coherence"),
}


def describe(image: np.ndarray) -> np.ndarray:
    """(len(STATISTICS),) float64 of a white-balanced patch (H, W, 3) uint8 at 0.25 um/px."""
    density = optical_density(image)
    dark = density.mean(-1)
    bands = _Bands(dark)
    blobs = find_blobs(density[..., 0])
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # a median of nothing is NaN, as it should be
        values = {**_of_blobs(dark, density, bands, blobs), **_of_spectrum(dark), **_of_colour(image, density),
                  **_between(dark, density, bands, blobs), **_of_texture(image, dark, density, bands)}
    return np.array([values[name] for name in STATISTICS], float)


class _Bands:
    """Detail of a plane (H, W) by size: below 1 um, 1 to 3 um, 3 to 8 um (standard deviations of half of that)."""

    def __init__(self, plane: np.ndarray):
        soft = [ndimage.gaussian_filter(plane, sigma * MICRON / 2) for sigma in (0.5, 1.5, 4.0)]
        self.fine, self.middle, self.coarse = plane - soft[0], soft[0] - soft[1], soft[1] - soft[2]


def _median(values: np.ndarray) -> float:
    return float(np.nanmedian(values)) if np.size(values) else np.nan


def _percentile(values: np.ndarray, percentile: float) -> float:
    return float(np.nanpercentile(values, percentile)) if np.size(values) else np.nan


def _spread(values: np.ndarray, low: float, high: float) -> float:
    return (_percentile(values, high) - _percentile(values, low)) / _median(values) if np.size(values) else np.nan


def _of_blobs(dark, density, bands: _Bands, blobs: Blobs) -> dict[str, float]:
    index = np.arange(1, len(blobs.area) + 1)
    mean = lambda plane: ndimage.mean(plane, blobs.labels, index) if len(index) else np.zeros(0)  # noqa: E731
    own = mean(dark)
    warmth = mean(density[..., 2] - density[..., 0])
    pinkness = mean(density[..., 1] - (density[..., 0] + density[..., 2]) / 2)
    is_brown = warmth > BROWN
    rim = rim_contrast(dark, blobs)
    whole = blobs.is_whole
    deep = np.where(blobs.depth >= 3, blobs.labels, 0)
    inside = lambda plane: (ndimage.standard_deviation(plane, deep, index) / own  # noqa: E731
                            if len(index) else np.zeros(0))
    outline = np.sqrt(blobs.area)  # outlines weigh by their length
    return {
        "rim": _median(rim), "rim_p90": _percentile(rim, 90), 
        "rim_blue": _median((rim / own)[~is_brown]), "rim_brown": _median((rim / own)[is_brown]),
        "edge": edge_step(dark, blobs),
        "grain": _median(inside(bands.fine)), "mottle": _median(inside(bands.middle)),
        "blobs": 1000 * len(index) / (dark.size / MICRON**2),
        "area": _median(blobs.area[whole]) / MICRON**2, "area_spread": _spread(blobs.area[whole], 25, 75),
        "solidity": _median(blobs.solidity), "elongation": _median(blobs.elongation[whole]),
        "touching": float((blobs.touching * outline).sum() / outline.sum()) if len(index) else np.nan,
        "cover": float((blobs.labels > 0).mean()),
        "dark_spread": _spread(own, 10, 90),
        "brown_share": float(is_brown.mean()) if len(index) else np.nan,
        "blue_od": _median(own[~is_brown]), "brown_od": _median(own[is_brown]),
        "blue_warmth": _median((warmth / own)[~is_brown]), "blue_pinkness": _median((pinkness / own)[~is_brown]),
        "brown_warmth": _median((warmth / own)[is_brown]), "brown_pinkness": _median((pinkness / own)[is_brown]),
    }


def spectrum(plane: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Radial power of a square plane (N, N) at 0.25 um/px: (frequency in 1/um, power), of every coefficient but 0."""
    side = plane.shape[0]
    window = np.hanning(side)[:, None] * np.hanning(side)[None]
    power = np.abs(np.fft.fft2((plane - plane.mean()) * window)) ** 2
    step = np.fft.fftfreq(side, 1 / MICRON)
    frequency = np.hypot(step[:, None], step[None]).ravel()
    return frequency[1:], power.ravel()[1:]


def _of_spectrum(dark: np.ndarray) -> dict[str, float]:
    frequency, power = spectrum(dark)
    edges = 1 / np.array(WAVELENGTHS)
    place = np.digitize(frequency, edges) - 1
    place[frequency >= edges[-1]] = len(edges) - 2  # the corners of the spectrum belong to the finest band
    place = np.clip(place, 0, len(edges) - 2)
    sums = np.bincount(place, power, len(edges) - 1)
    share = np.log10(sums / max(power.sum(), 1e-12) + 1e-7)
    chosen = (frequency >= 1 / SLOPE_OVER[0]) & (frequency <= 1 / SLOPE_OVER[1])
    rings = np.round(8 * np.log2(frequency[chosen])).astype(int)
    rings -= rings.min()
    count = np.bincount(rings)
    level = np.bincount(rings, power[chosen])[count > 0] / count[count > 0]
    middle = np.bincount(rings, np.log10(frequency[chosen]))[count > 0] / count[count > 0]
    slope = np.polyfit(middle, np.log10(level + 1e-9), 1)[0]
    names = (f"power_{coarse:g}_{fine:g}" for coarse, fine in pairwise(WAVELENGTHS))
    return {**dict(zip(names, share)), "slope": float(slope), "contrast": float(dark.std())}


def _of_colour(image: np.ndarray, density: np.ndarray) -> dict[str, float]:
    hematoxylin, dab, residual = np.moveaxis(density @ _UNMIX, -1, 0)
    bright = image.max(-1).astype(np.float32)
    saturation = 1 - image.min(-1) / np.maximum(bright, 1)
    dark = density.mean(-1)
    pale = density[dark <= np.percentile(dark, 20)].mean(0)
    smooth = ndimage.gaussian_filter(density, (1.5, 1.5, 0)).reshape(-1, 3)
    variances = np.linalg.eigvalsh(np.cov(smooth.T))
    return {
        "hematoxylin_p50": _percentile(hematoxylin, 50), "hematoxylin_p95": _percentile(hematoxylin, 95),
        "dab_p50": _percentile(dab, 50), "dab_p95": _percentile(dab, 95), "dab_p99": _percentile(dab, 99),
        "residual_p5": _percentile(residual, 5), "residual_p50": _percentile(residual, 50),
        "residual_p95": _percentile(residual, 95),
        "saturation": _percentile(saturation, 50), "saturation_p95": _percentile(saturation, 95),
        "pale_warmth": float(pale[2] - pale[0]), "pale_pinkness": float(pale[1] - (pale[0] + pale[2]) / 2),
        "pale_od": float(pale.mean()),
        "third_colour": float(np.log10(max(variances[0], 1e-9) / max(variances.sum(), 1e-9))),
    }


def _between(dark, density, bands: _Bands, blobs: Blobs) -> dict[str, float]:
    free = ndimage.binary_erosion(blobs.labels == 0, iterations=3, border_value=1)
    return {
        "between_od": _median(dark[free]), "between_warmth": _median((density[..., 2] - density[..., 0])[free]),
        "between_grain": float(bands.fine[free].std()), "between_mottle": float(bands.middle[free].std()),
        "between_patches": float(bands.coarse[free].std()),
    }


def _of_texture(image: np.ndarray, dark: np.ndarray, density: np.ndarray, bands: _Bands) -> dict[str, float]:
    green = image[..., 1].astype(np.float32)
    pale = dark[:, 1:] <= np.percentile(dark, 20)
    fine, centred = bands.fine.ravel(), dark.ravel() - dark.mean()
    chroma = density[..., 2] - density[..., 0]
    chroma = chroma - ndimage.gaussian_filter(chroma, MICRON / 4)
    soft = ndimage.gaussian_filter(dark, MICRON / 4)
    dy, dx = np.gradient(soft)
    xx, yy, xy = (ndimage.gaussian_filter(plane, 2 * MICRON) for plane in (dx * dx, dy * dy, dx * dy))
    return {
        "noise": _median(np.abs(np.diff(green, axis=1))[pale]),
        "spikiness": float((fine**4).mean() / max((fine**2).mean() ** 2, 1e-16) - 3),
        "skew": float((centred**3).mean() / max(centred.std() ** 3, 1e-9)),
        "coherence": float((np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-9)).mean()),
        "colour_detail": float(chroma.std() / max(bands.fine.std(), 1e-6)),
    }
