"""Reliability of the probabilities on simulated fields, and scores by the threshold of `Seg`."""

import numpy as np
from scipy import ndimage

from .client import Client, decode
from .scoring import HIT_RADIUS, match_points, read_drawing, score_points
from .sets import MICRONS_PER_PIXEL
from .simulated import SimulatedField

BINS = 10
THRESHOLDS = (77, 87, 97, 107, 127, 147, 167)


class Reliability:
    """Counts of what was claimed and what came true, in bins of the claimed probability."""

    def __init__(self):
        self.count, self.claimed, self.true = (np.zeros(BINS) for _ in range(3))

    def add(self, probability: np.ndarray, truth: np.ndarray) -> None:
        """`probability` in 0..1 and boolean `truth`, any one shape."""
        bins = np.minimum((probability * BINS).astype(int), BINS - 1).ravel()
        self.count += np.bincount(bins, minlength=BINS)
        self.claimed += np.bincount(bins, probability.ravel(), BINS)
        self.true += np.bincount(bins, truth.ravel().astype(float), BINS)

    @property
    def error(self) -> float:
        """Expected calibration error: mean absolute difference of claim and truth."""
        return float(np.abs(self.claimed - self.true).sum() / max(1, self.count.sum()))

    def rows(self) -> list[dict]:
        """Claimed and true share of every bin that holds anything."""
        return [{"claimed": self.claimed[i] / n, "true": self.true[i] / n, "count": int(n)}
                for i, n in enumerate(self.count) if n]


def _nucleus_probabilities(segmentation: np.ndarray, labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean R / (R + B) of every label, and centres (count, 2) x, y."""
    index = np.arange(1, count + 1)
    red, blue = (ndimage.sum(segmentation[..., channel].astype(float), labels, index) for channel in (0, 2))
    centres = np.array(ndimage.center_of_mass(labels > 0, labels, index)).reshape(-1, 2)[:, ::-1]
    return red / np.maximum(red + blue, 1), centres


def calibrate(client: Client, fields: list[SimulatedField]) -> dict:
    """Reliability of "nucleus" by pixel and of "positive" by nucleus, and scores by threshold."""
    pixel, nucleus = Reliability(), Reliability()
    sweep: dict[int, list[dict]] = {threshold: [] for threshold in THRESHOLDS}
    for field in fields:
        truth = field.truth
        downsample = 40.0 / truth["magnification"]
        scale = MICRONS_PER_PIXEL * downsample
        picture = decode(field.image.read_bytes())
        answer = client.infer(picture, scale)
        segmentation = answer.images["Seg"]
        # the boundary counts as nucleus, since its band lies mostly inside
        pixel.add(segmentation.sum(-1, dtype=float).clip(0, 255) / 255, field.labels > 0)
        drawn = read_drawing(answer.images["SegRefined"])
        probability, centres = _nucleus_probabilities(segmentation, drawn.labels, drawn.count)
        points = np.array([[p["x"], p["y"]] for p in truth["points"]])
        pairs = match_points(points, centres, HIT_RADIUS / downsample)
        is_positive = np.array([truth["points"][i]["cls"] == "positive" for i, _ in pairs], bool)
        nucleus.add(probability[[j for _, j in pairs]], is_positive)
        for threshold in THRESHOLDS:
            again = client.postprocess(picture, segmentation, scale, prob_thresh=threshold, include="cells",
                                       algorithm=answer.provenance["algorithm"])
            sweep[threshold].append(score_points(truth["points"], again.cells, HIT_RADIUS / downsample))
    mean = lambda rows, key: float(np.mean([row[key] for row in rows]))  # noqa: E731
    return {
        "nucleus by pixel": {"error": pixel.error, "bins": pixel.rows()},
        "positive by nucleus": {"error": nucleus.error, "bins": nucleus.rows()},
        "threshold": {str(t): {key: mean(rows, key) for key in ("det_f1", "f1_pos", "f1_neg", "pct_err")}
                      for t, rows in sweep.items()},
    }
