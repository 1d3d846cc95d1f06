"""Softmax regression of the kind of a nucleus on its features, and what the tumour index makes of it."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from ..simulator.spec import STATED_KINDS
from .fields import FIT

UNKNOWN = -1  # a find that covers no drawn nucleus
LIMIT = 4.0  # standard deviations, as in the product
DIGITS = 5
LABEL_COLUMNS = 3  # field, label, class
FEWEST_TUMOUR = 30  # nuclei of a field whose index is compared


@dataclass(frozen=True)
class Table:
    """The nuclei that the product found, and the truth of their fields."""

    names: list[str]  # of the fields
    truths: list[dict]
    field: np.ndarray  # (n,) int
    kind: np.ndarray  # (n,) int, index into STATED_KINDS or UNKNOWN
    positive: np.ndarray  # (n,) bool, as the product classifies
    features: np.ndarray  # (n, f) float64

    def part(self, name: str) -> np.ndarray:
        """(n,) bool: nuclei of the fields of one collection."""
        return np.array([field.startswith(name) for field in self.names])[self.field]


def read_table(folder: Path) -> Table:
    """What measure.mjs wrote."""
    described = json.loads((folder / "table.json").read_text())
    width = LABEL_COLUMNS + len(described["features"])
    rows = np.fromfile(folder / "table.bin", np.float32).reshape(-1, width).astype(np.float64)
    field, label = rows[:, 0].astype(int), rows[:, 1].astype(int)
    truths = [json.loads((folder / name).read_text()) for name in described["fields"]]
    kind = np.full(len(rows), UNKNOWN)
    for index, truth in enumerate(truths):
        kinds = np.array([UNKNOWN] + [STATED_KINDS.index(name) for name in truth["kinds"][1:]])
        kind[field == index] = kinds[label[field == index]]
    return Table(described["fields"], truths, field, kind, rows[:, 2] > 0, rows[:, LABEL_COLUMNS:])


def _design(features: np.ndarray, mean: np.ndarray, scale: np.ndarray, squared: int) -> np.ndarray:
    centred = np.clip((features - mean) / scale, -LIMIT, LIMIT)
    return np.hstack([centred, centred[:, :squared] ** 2 - 1])


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def fit_softmax(design: np.ndarray, kind: np.ndarray, weight: np.ndarray, l2: float, steps: int = 400,
                classes: int = len(STATED_KINDS)) -> np.ndarray:
    """(1 + columns, classes): constants and weights fitted to a design (n, columns). `weight` (n,) adds up to 1."""
    wanted = np.eye(classes)[kind]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        table_of = flat.reshape(-1, classes)
        likelihood = _softmax(design @ table_of[1:] + table_of[0])
        wrong = (likelihood - wanted) * weight[:, None]
        gradient = np.vstack([wrong.sum(0), design.T @ wrong + l2 * table_of[1:]])
        cost = -(weight * np.log(likelihood[np.arange(len(kind)), kind] + 1e-12)).sum()
        return cost + 0.5 * l2 * (table_of[1:] ** 2).sum(), gradient.ravel()

    start = np.zeros((design.shape[1] + 1) * classes)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x.reshape(-1, classes)


def fit_stage(table: Table, squared: int, l2: float) -> dict:
    """A stage as `classify-nuclei.ts` reads it. A field weighs by the square root of its nuclei."""
    chosen = table.part(FIT) & (table.kind != UNKNOWN)
    features, kind = table.features[chosen], table.kind[chosen]
    mean, scale = features.mean(0), features.std(0) + 1e-9
    mean, scale = np.round(mean, DIGITS), np.maximum(np.round(scale, DIGITS), 10.0**-DIGITS)
    design = _design(features, mean, scale, squared)
    weight = 1 / np.sqrt(np.bincount(table.field)[table.field[chosen]])
    found = fit_softmax(design, kind, weight / weight.sum(), l2)
    found = np.round(found, DIGITS)
    return {"mean": mean.tolist(), "scale": scale.tolist(), "constant": found[0].tolist(),
            "weights": found[1:].tolist()}


def stage_likelihoods(table: Table, stage: dict, squared: int) -> np.ndarray:
    """(n, kinds) likelihoods of a stage, as the product computes them."""
    design = _design(table.features, np.array(stage["mean"]), np.array(stage["scale"]), squared)
    return _softmax(design @ np.array(stage["weights"]) + np.array(stage["constant"]))


def report(table: Table, likelihood: np.ndarray, part: str) -> dict[str, float]:
    """Shares of nuclei whose kind is right, and the error of the tumour index of whole fields, in points."""
    said = likelihood.argmax(1)
    known = table.part(part) & (table.kind != UNKNOWN)
    tumour = STATED_KINDS.index("tumour")
    errors, all_errors = [], []
    for index, truth in enumerate(table.truths):
        is_tumour = np.array([kind == "tumour" for kind in truth["kinds"]])
        if not table.names[index].startswith(part) or is_tumour.sum() < FEWEST_TUMOUR:
            continue
        here = table.field == index
        chosen = here & (said == tumour)
        true = 100 * np.array(truth["positive"])[is_tumour].mean()
        errors.append(abs(true - 100 * (table.positive[chosen].mean() if chosen.any() else 0)))
        all_errors.append(abs(true - 100 * table.positive[here].mean()))
    return {
        "nuclei": int(known.sum()),
        "kind_right": round(float((said == table.kind)[known].mean()), 4),
        "tumour_or_not_right": round(float(((said == tumour) == (table.kind == tumour))[known].mean()), 4),
        "tumour_index_error_mean": round(float(np.mean(errors)), 2),
        "tumour_index_error_p95": round(float(np.percentile(errors, 95)), 2),
        "index_of_all_nuclei_error_mean": round(float(np.mean(all_errors)), 2),
    }
