"""Fit what judges whether a membrane is stained at all, on simulated fields, and print its weights for the product.

The product's own code measures the fields (measure.mjs). The weights go into `lib/scoring/membrane/judge-stained.ts`.
"""

import argparse
import csv
import json
import subprocess
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from ..data.shared import REPOSITORY
from .__main__ import MEASURE
from .fields import CHOOSE, FIT, draw_fields
from .report import TUMOUR

FIELDS = {CHOOSE: 60, FIT: 90}
PREFIX = "evidence_"  # of a column that the judge reads
L2 = 1e-4
DIGITS = 3


def read_evidence(folder: Path, collection: str) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Of found tumour cells that cover a drawn one: names of the columns, (n, f) evidence, (n,) stained, (n,) weight.

    A field weighs by the square root of its cells.
    """
    with (folder / f"{collection}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["label"] != "0"]
    names = [name for name in rows[0] if name.startswith(PREFIX)]
    truths = {name: json.loads((folder / name).read_text()) for name in {row["field"] for row in rows}}
    rows = [row for row in rows if truths[row["field"]]["kinds"][int(row["label"])] == TUMOUR]
    fields, of = np.unique([row["field"] for row in rows], return_inverse=True)
    evidence = np.array([[float(row[name]) for name in names] for row in rows])
    stained = np.array([truths[row["field"]]["completeness"][int(row["label"])] > 0 for row in rows])
    return names, evidence, stained, 1 / np.sqrt(np.bincount(of, minlength=len(fields)))[of]


def fit_logistic(evidence: np.ndarray, stained: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights of the evidence (n, f) as it is, and the constant, of a logistic regression."""
    mean, scale = evidence.mean(0), evidence.std(0)
    design = np.column_stack([(evidence - mean) / scale, np.ones(len(evidence))])
    weight, sign = weight / weight.sum(), np.where(stained, 1.0, -1.0)

    def loss(found: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (design @ found)
        pull = weight * sign / (1 + np.exp(margin))
        penalised = np.append(found[:-1], 0)
        return (weight * np.logaddexp(0, -margin)).sum() + L2 / 2 * (penalised**2).sum(), L2 * penalised - pull @ design

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / scale
    return weights, float(found[-1] - weights @ mean)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the fields; what it holds already is not drawn again")
    folder = parser.parse_args().folder
    tables = []
    for collection, count in FIELDS.items():
        draw_fields(folder, collection, count)
        subprocess.run(["node", str(MEASURE), str(REPOSITORY), str(folder), collection], check=True)
        tables.append(read_evidence(folder, collection))
    weights, constant = fit_logistic(*(np.concatenate([table[part] for table in tables]) for part in (1, 2, 3)))
    names = [name.removeprefix(PREFIX) for name in tables[0][0]]
    print(json.dumps({"evidence": names, "weights": np.round(weights, DIGITS).tolist(),
                      "constant": round(constant, DIGITS), "cells": sum(len(table[2]) for table in tables)}, indent=1))


if __name__ == "__main__":
    main()
