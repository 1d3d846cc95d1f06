"""Draw, for the model card, the simulated fields on which a model fails most: picture, truth, result."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from ..figures.scoring import Nuclei, score_nuclei
from ..simulator import simulate
from .evaluate import Model
from .postprocess import nuclei_from_segmentation

FIRST_SEED = 910_000_000
SIDE = 384  # px of a field, and of each of the three pictures
FEWEST_NUCLEI = 25
RED, BLUE = (255, 40, 40), (40, 60, 255)


def _hits(scores: dict[str, float]) -> float:
    return scores["det_f1"] * (scores["n_true"] + scores["n"]) / 2


# Kind of failure -> share of the nuclei that fail in this way.
KINDS = {
    "wrong-class": lambda s: 1 - s["cls_acc"],
    "missed": lambda s: 1 - _hits(s) / s["n_true"],
    "invented": lambda s: 1 - _hits(s) / max(1, s["n"]),
    "wrong-outline": lambda s: s["det_f1"] - s["f1_50"],
}


@dataclass(frozen=True, eq=False)
class Case:
    """A simulated field with its truth, what was found, and the scores."""

    seed: int
    image: np.ndarray
    truth: Nuclei
    guess: Nuclei
    scores: dict[str, float]


def outlined(image: np.ndarray, nuclei: Nuclei) -> np.ndarray:
    """`image` (H, W, 3) uint8 with positive nuclei outlined in red, negative ones in blue."""
    edge = (nuclei.labels > 0) & (ndimage.grey_erosion(nuclei.labels, 3) != nuclei.labels)
    drawing = image.copy()
    drawing[edge] = np.where(nuclei.positive[nuclei.labels[edge]][:, None], RED, BLUE)
    return drawing


def judge(model: Model, seed: int, threshold: int) -> Case | None:
    """The model's result on one field; None for a field of few nuclei."""
    scene = simulate(seed, SIDE, SIDE)
    if scene.labels.max() < FEWEST_NUCLEI:
        return None
    truth = Nuclei(scene.labels.astype(np.int64), scene.positive)
    guess = Nuclei(*nuclei_from_segmentation(model(scene.image)["segmentation"], threshold))
    return Case(seed, scene.image, truth, guess, score_nuclei(truth, guess))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="checkpoint, network or model folder")
    parser.add_argument("out", type=Path, help="folder for <kind>.jpg")
    parser.add_argument("--fields", type=int, default=80)
    parser.add_argument("--threshold", type=int, default=127)
    args = parser.parse_args()
    model = Model(args.model)
    judged = (judge(model, seed, args.threshold) for seed in range(FIRST_SEED, FIRST_SEED + args.fields))
    cases = [case for case in judged if case]
    args.out.mkdir(parents=True, exist_ok=True)
    for kind, badness in KINDS.items():
        worst = max(cases, key=lambda case: badness(case.scores))
        cases.remove(worst)
        views = (worst.image, outlined(worst.image, worst.truth), outlined(worst.image, worst.guess))
        Image.fromarray(np.concatenate(views, axis=1)).save(args.out / f"{kind}.jpg", quality=88)
        print(kind, worst.seed, {key: round(float(value), 3) for key, value in worst.scores.items()})


if __name__ == "__main__":
    main()
