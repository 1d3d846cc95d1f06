"""What the product made of drawn membranes, compared with the truth."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TUMOUR = "tumour"
IMMUNE = ("lymphocyte", "other")


@dataclass(frozen=True)
class Cells:
    """Found cells of one field that cover a drawn one, (n,) each: as measured, and as drawn."""

    kind: np.ndarray
    completeness: np.ndarray
    density: np.ndarray
    true_kind: np.ndarray
    true_completeness: np.ndarray
    true_density: np.ndarray


def read_cells(folder: Path, collection: str, truths: dict[str, dict]) -> dict[str, Cells]:
    """Of each field what measure.mjs wrote, with the truth beside it. Finds without a truth are left out."""
    rows: dict[str, list] = {name: [] for name in truths}
    with (folder / f"{collection}.csv").open() as file:
        for row in csv.DictReader(file):
            if row["label"] != "0" and row["field"] in rows:
                rows[row["field"]].append(row)
    cells = {}
    for name, found in rows.items():
        truth, label = truths[name], np.array([int(row["label"]) for row in found], int)
        of = lambda column: np.array([float(row[column]) for row in found])  # noqa: B023, E731
        cells[name] = Cells(np.array([row["kind"] for row in found]), of("completeness"), of("density"),
                            np.array(truth["kinds"])[label], np.array(truth["completeness"])[label],
                            np.array(truth["density"])[label])
    return cells


def true_scores(truth: dict) -> dict[str, float]:
    """TPS and CPS of everything that was drawn, in %."""
    kinds, stained = np.array(truth["kinds"]), np.array(truth["completeness"]) > 0
    tumour, immune = kinds == TUMOUR, np.isin(kinds, IMMUNE)
    count = max(1, int(tumour.sum()))
    return {"tps": 100 * (tumour & stained).sum() / count,
            "cps": min(100.0, 100 * ((tumour | immune) & stained).sum() / count)}


def _spread(errors) -> dict[str, float]:
    errors = np.abs(errors)
    return {"mean": round(float(errors.mean()), 2), "p95": round(float(np.percentile(errors, 95)), 2),
            "worst": round(float(errors.max()), 2)}


def report(folder: Path, collection: str) -> dict:
    """Errors of whole fields in points, and of single cells."""
    scored = json.loads((folder / f"{collection}-scores.json").read_text())
    truths = {name: json.loads((folder / name).read_text()) for name in scored["fields"]}
    cells = read_cells(folder, collection, truths)
    partial = scored["cuts"]["partial"]
    tps, tps_known, cps = [], [], []
    for name, score in scored["fields"].items():
        true = true_scores(truths[name])
        tps.append(score["tumour"]["percentPositive"] - true["tps"])
        cps.append((score["cps"] or 0) - true["cps"])
        own = cells[name].true_kind == TUMOUR
        tps_known.append(100 * (cells[name].completeness[own] >= partial).mean() - true["tps"])
    joined = {column: np.concatenate([getattr(of, column) for of in cells.values()])
              for column in Cells.__dataclass_fields__}
    tumour = joined["true_kind"] == TUMOUR
    stained = tumour & (joined["true_completeness"] > 0)
    called = joined["completeness"] >= partial
    both = stained & called
    ratio = joined["density"][both] / joined["true_density"][both]
    complete = joined["completeness"] >= scored["cuts"]["complete"]
    true = joined["true_completeness"]
    whole, part = stained & (true >= 0.95), stained & (true < 0.7)
    off = np.abs(joined["completeness"] - true)[stained]
    markers = np.array([truths[name]["marker"] for name in scored["fields"]])
    return {
        "fields": len(tps),
        "cuts": scored["cuts"],
        "tps_error": _spread(tps),
        "tps_error_by_marker": {name: _spread(np.array(tps)[markers == name]) for name in sorted(set(markers))},
        "tps_bias": round(float(np.mean(tps)), 2),
        "tps_error_with_true_kinds": _spread(tps_known),
        "cps_error_pdl1": _spread(np.array(cps)[markers == "pdl1"]) if (markers == "pdl1").any() else None,
        "cells": {
            "tumour": int(tumour.sum()),
            "stained_called_stained": round(float(called[stained].mean()), 4),
            "unstained_called_stained": round(float(called[tumour & ~stained].mean()), 4),
            "completeness_error": round(float(off.mean()), 3),
            "density_measured_of_true": [round(float(np.percentile(ratio, q)), 2) for q in (10, 50, 90)],
            "complete_called_complete": round(float(complete[whole].mean()), 3),
            "incomplete_called_complete": round(float(complete[part].mean()), 3),
        },
    }
