"""How well numbers tell simulated patches from real ones: areas under the curve, cross-validated by picture."""

import warnings

import numpy as np
from scipy.stats import rankdata

from ..kinds.fit import fit_softmax

FOLDS = 5
L2 = 0.02
LIMIT = 3.0  # standard deviations at which a number is cut off
RESAMPLED = 400
SIMULATED, REAL = 1, 0


def auc(simulated: np.ndarray, real: np.ndarray) -> float:
    """Chance that a value of `simulated` (n,) exceeds one of `real` (m,), ties half; NaN values are left out."""
    simulated, real = simulated[~np.isnan(simulated)], real[~np.isnan(real)]
    if not len(simulated) or not len(real):
        return np.nan
    ranks = rankdata(np.concatenate([simulated, real]))[: len(simulated)]
    return float((ranks.sum() - len(simulated) * (len(simulated) + 1) / 2) / (len(simulated) * len(real)))


def folds_by_picture(pictures: list[str], sources: list[str], seed: int) -> np.ndarray:
    """(n,) int in 0..FOLDS - 1: all patches of a picture have one, and those of each source are dealt in turn."""
    rng = np.random.default_rng(seed)
    fold_of = {}
    for source in sorted(set(sources)):
        names = sorted({picture for picture, theirs in zip(pictures, sources) if theirs == source})
        offset = int(rng.integers(FOLDS))
        fold_of |= {names[i]: (turn + offset) % FOLDS for turn, i in enumerate(rng.permutation(len(names)))}
    return np.array([fold_of[picture] for picture in pictures])


def _design(numbers: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(n, 2 f): numbers (n, f) and their squares, scaled by those of `known`; 0 for what is not known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a number that no patch has
        low, middle, high = np.nan_to_num(np.nanpercentile(known, (16, 50, 84), 0))
    scale = (high - low) / 2 + 1e-9
    scaled = np.clip(np.nan_to_num((numbers - middle) / scale), -LIMIT, LIMIT)
    return np.hstack([scaled, scaled**2 - 1])


def cross_validated(numbers: np.ndarray, is_simulated: np.ndarray, pictures: list[str], sources: list[str],
                    seed: int = 0) -> np.ndarray:
    """(n,) score of every patch by a logistic regression on others' pictures: larger = more like simulated.

    Parameters
    ----------
    numbers : (n, f); NaN where unknown
    is_simulated : (n,) bool
    pictures, sources : n names each

    Both classes weigh the same, and within a class every picture does.
    """
    fold = folds_by_picture(pictures, sources, seed)
    _, picture = np.unique(pictures, return_inverse=True)
    scores = np.zeros(len(numbers))
    for turn in range(FOLDS):
        known, asked = fold != turn, fold == turn
        weight = 1 / np.bincount(picture[known], minlength=picture.max() + 1)[picture[known]]
        for side in (True, False):
            weight[is_simulated[known] == side] /= 2 * weight[is_simulated[known] == side].sum()
        found = fit_softmax(_design(numbers[known], numbers[known]), is_simulated[known].astype(int), weight, L2,
                            classes=2)
        slopes = found[:, SIMULATED] - found[:, REAL]
        scores[asked] = _design(numbers[asked], numbers[known]) @ slopes[1:] + slopes[0]
    return scores


def interval(scores: np.ndarray, is_simulated: np.ndarray, pictures: list[str], seed: int = 0) -> tuple[float, float]:
    """2.5th and 97.5th percentile of the area under the curve when whole pictures are drawn anew with replacement."""
    rng = np.random.default_rng(seed)
    names = np.array(pictures)
    sides = []
    for side in (True, False):
        rows = np.flatnonzero(is_simulated == side)
        sides.append([rows[names[rows] == name] for name in np.unique(names[rows])])
    drawn = [[scores[np.concatenate([side[i] for i in rng.integers(len(side), size=len(side))])] for side in sides]
             for _ in range(RESAMPLED)]
    return tuple(float(value) for value in np.percentile([auc(*pair) for pair in drawn], (2.5, 97.5)))
