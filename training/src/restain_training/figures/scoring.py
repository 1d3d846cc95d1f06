"""Scores of a segmentation or of detections against annotations."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from skimage.feature import match_template
from skimage.measure import points_in_poly

MIN_DRAWN_PX = 20  # smaller specks in a drawing are not nuclei
OUTLINE_REACH = 1.5  # px of the drawn outline that are added to the inside of a nucleus
DETECTED_OVERLAP, MATCHED_OVERLAP = 0.2, 0.5  # intersection over union of a detection, and of a good outline
HIT_RADIUS = 10.0  # px at 0.25 um/px
UNREACHABLE = 1e6
TUMOUR = "_tumour"  # suffix of the scores of tumour nuclei alone
SHIFT_REACH = 16  # px by which a second picture of the same field may be shifted


@dataclass(frozen=True)
class Nuclei:
    """Instances and their classes: labels (H, W) int with 0 = background, positive (n + 1,) bool by label."""

    labels: np.ndarray
    positive: np.ndarray

    @property
    def count(self) -> int:
        """Number of nuclei."""
        return len(self.positive) - 1

    def crop(self, view: tuple[slice, slice]) -> "Nuclei":
        """The nuclei in a part of the picture, cut off at its edges."""
        kept, labels = np.unique(np.append(self.labels[view], 0), return_inverse=True)
        return Nuclei(labels[:-1].reshape(self.labels[view].shape), self.positive[kept])

    def enlarge(self, factor: int, height: int, width: int) -> "Nuclei":
        """The same nuclei with every pixel `factor` times as large, cut to (height, width)."""
        return Nuclei(self.labels.repeat(factor, 0).repeat(factor, 1)[:height, :width], self.positive)


def read_drawing(rgb: np.ndarray, least_px: float = MIN_DRAWN_PX) -> Nuclei:
    """Nuclei of a drawing (H, W, 3) uint8: red positive, blue negative, green outline, black background."""
    red, green, blue = (rgb[..., channel].astype(np.int64) for channel in range(3))
    parts, count = ndimage.label(((red > 127) | (blue > 127)) & (green < 128))
    kept = np.flatnonzero(np.bincount(parts.ravel(), minlength=count + 1)[1:] >= least_px) + 1
    table = np.zeros(count + 1, np.int64)
    table[kept] = np.arange(1, len(kept) + 1)
    labels = table[parts]
    balance = np.bincount(labels.ravel(), weights=(red - blue).ravel(), minlength=len(kept) + 1)
    positive = balance >= 0
    positive[0] = False
    distance, (rows, columns) = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    taken = (green >= 128) & (distance <= OUTLINE_REACH)
    labels[taken] = labels[rows[taken], columns[taken]]
    return Nuclei(labels, positive)


def _f1(hits: float, truths: float, guesses: float) -> float:
    return 2 * hits / max(1, truths + guesses)


def _percent(positive: np.ndarray) -> float:
    return 100 * float(positive.sum()) / max(1, len(positive))


def dice(truth: np.ndarray, guess: np.ndarray) -> float:
    """2 |A and B| / (|A| + |B|) of two masks (H, W)."""
    return 2 * float(np.count_nonzero(truth & guess)) / max(1, np.count_nonzero(truth) + np.count_nonzero(guess))


def overlap_px(truth: np.ndarray, guess: np.ndarray) -> dict[str, int]:
    """Pixels that two masks (H, W) share, and those of each added up: what Dice is made of."""
    return {"both": int(np.count_nonzero(truth & guess)), "sum": int(truth.sum()) + int(guess.sum())}


def score_nuclei(truth: Nuclei, guess: Nuclei) -> dict[str, float]:
    """Overlap, instances, detection, classes, and the error of % positive of one picture."""
    joint = np.zeros((truth.count + 1, guess.count + 1), np.int64)
    np.add.at(joint, (truth.labels.ravel(), guess.labels.ravel()), 1)
    truth_px, guess_px, shared = joint.sum(1), joint.sum(0), joint[1:, 1:]
    union = truth_px[1:, None] + guess_px[None, 1:] - shared
    overlap = shared / np.maximum(union, 1)
    pairs = list(zip(*linear_sum_assignment(-overlap))) if truth.count and guess.count else []
    matched = [overlap[pair] for pair in pairs if overlap[pair] >= MATCHED_OVERLAP]
    found = [pair for pair in pairs if overlap[pair] >= DETECTED_OVERLAP]
    f1_50 = _f1(len(matched), truth.count, guess.count)
    true_class, guessed_class = truth.positive[1:], guess.positive[1:]
    both = lambda value: sum(true_class[i] == value and guessed_class[j] == value for i, j in found)  # noqa: E731
    counted = lambda value: ((true_class == value).sum(), (guessed_class == value).sum())  # noqa: E731
    true_percent, percent = _percent(true_class), _percent(guessed_class)
    return {
        "dice": dice(truth.labels > 0, guess.labels > 0),
        "aji": _aggregated_jaccard(shared, union, overlap, truth_px[1:], guess_px[1:]),
        "f1_50": f1_50,
        "pq": f1_50 * (float(np.mean(matched)) if matched else 0.0),
        "det_f1": _f1(len(found), truth.count, guess.count),
        "cls_acc": sum(true_class[i] == guessed_class[j] for i, j in found) / max(1, len(found)),
        "f1_pos": _f1(both(True), *counted(True)),
        "f1_neg": _f1(both(False), *counted(False)),
        "n_true": truth.count, "n": guess.count,
        "pct_true": true_percent, "pct": percent, "pct_err": abs(true_percent - percent),
    }


def _aggregated_jaccard(shared, union, overlap, truth_px, guess_px) -> float:
    """AJI (Kumar et al. 2017): every true nucleus takes its best guess, unused guesses count against it."""
    intersections = unions = 0
    used = np.zeros(len(guess_px), bool)
    for i, row in enumerate(overlap):
        best = int(row.argmax()) if len(row) else -1
        if best >= 0 and row[best] > 0:
            intersections, unions = intersections + shared[i, best], unions + union[i, best]
            used[best] = True
        else:
            unions += truth_px[i]
    return float(intersections / max(1, unions + guess_px[~used].sum()))


def match_points(truth: np.ndarray, guess: np.ndarray, radius: float = HIT_RADIUS) -> list[tuple[int, int]]:
    """Index pairs of an optimal assignment of (n, 2) to (m, 2) points no further apart than `radius`."""
    if not len(truth) or not len(guess):
        return []
    apart = np.hypot(*(truth[:, None] - guess[None]).transpose(2, 0, 1))
    pairs = zip(*linear_sum_assignment(np.where(apart <= radius, apart, UNREACHABLE)))
    return [(int(i), int(j)) for i, j in pairs if apart[i, j] <= radius]


def match_inside(truth: np.ndarray, guess: np.ndarray, outlines: list[list[tuple[float, float]]],
                 radius: float = HIT_RADIUS) -> list[tuple[int, int]]:
    """Like `match_points`, but a point inside a guess's outline is a hit too, and the better one.

    Annotators rarely click a centre.
    """
    if not len(truth) or not len(guess):
        return []
    cost = np.hypot(*(truth[:, None] - guess[None]).transpose(2, 0, 1))
    cost[cost > radius] = UNREACHABLE
    for index, outline in enumerate(outlines):
        if len(outline) > 2:
            cost[points_in_poly(truth, outline), index] = 0
    pairs = zip(*linear_sum_assignment(cost))
    return [(int(i), int(j)) for i, j in pairs if cost[i, j] < UNREACHABLE]


def score_points(points: list[dict], cells: list[dict], radius: float = HIT_RADIUS,
                 box: tuple[float, float, float, float] | None = None) -> dict[str, float]:
    """Detections against annotated points.

    Parameters
    ----------
    points : [{x, y, cls}], every class but "positive" is a negative nucleus
    cells : [{x, y, positive}]
    radius : px
    box : x0, y0, x1, y1 of what was annotated; everything when None
    """
    if box:
        inside = lambda p: box[0] <= p["x"] < box[2] and box[1] <= p["y"] < box[3]  # noqa: E731
        points, cells = list(filter(inside, points)), list(filter(inside, cells))
    place = lambda items: np.array([[p["x"], p["y"]] for p in items], float).reshape(-1, 2)  # noqa: E731
    true_class = np.array([p["cls"] == "positive" for p in points], bool)
    guessed_class = np.array([bool(c["positive"]) for c in cells], bool)
    hits = match_points(place(points), place(cells), radius)
    both = lambda value: sum(true_class[i] == value and guessed_class[j] == value for i, j in hits)  # noqa: E731

    def f1(tp: int, truths: int, guesses: int) -> float:
        return 2 * tp / (truths + guesses) if truths + guesses else 1.0

    true_percent, percent = _percent(true_class), _percent(guessed_class)
    outlines = [cell["contour"] for cell in cells if "contour" in cell]
    inside = {}
    if cells and len(outlines) == len(cells):
        inside["det_f1_inside"] = f1(len(match_inside(place(points), place(cells), outlines, radius)), len(points),
                                     len(cells))
    return inside | {
        "n_true": len(points), "n": len(cells), "det_f1": f1(len(hits), len(points), len(cells)),
        "f1_pos": f1(both(True), true_class.sum(), guessed_class.sum()),
        "f1_neg": f1(both(False), (~true_class).sum(), (~guessed_class).sum()),
        "cls_acc": float(np.mean([true_class[i] == guessed_class[j] for i, j in hits])) if hits else 0.0,
        "pct_true": true_percent, "pct": percent, "pct_err": abs(true_percent - percent),
    }


def tumour_scores(points: list[dict], cells: list[dict], radius: float = HIT_RADIUS,
                  box: tuple[float, float, float, float] | None = None) -> dict[str, float]:
    """The same scores of the second count, of tumour nuclei alone. Names end in `_tumour`.

    Points that state a kind, or are no `til`, are compared as far as they are of tumour nuclei.
    """
    is_tumour = lambda p: p["kind"] == "tumour" if p.get("kind") else p["cls"] != "til"  # noqa: E731
    scores = score_points([p for p in points if is_tumour(p)], [c for c in cells if c["kind"] == "tumour"], radius, box)
    return {f"{key}{TUMOUR}": value for key, value in scores.items()}


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r of two pictures (H, W); 0 when one of them is flat."""
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def register(fixed: np.ndarray, moving: np.ndarray) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The views of two pictures (H, W) of one field that show the same: those that correlate best.

    `moving` is shifted as a whole, by at most SHIFT_REACH px along each axis. The views leave out as many px along
    each edge.
    """
    height, width = fixed.shape
    inner = np.s_[SHIFT_REACH : height - SHIFT_REACH, SHIFT_REACH : width - SHIFT_REACH]
    likeness = match_template(moving, fixed[inner])
    top, left = np.unravel_index(likeness.argmax(), likeness.shape)
    return inner, np.s_[top : top + height - 2 * SHIFT_REACH, left : left + width - 2 * SHIFT_REACH]
