"""Printing figures as tables."""

from collections.abc import Callable

import numpy as np

from .sets import FAITHFUL, REGISTERED
from .studies import PRINTED_DECIMALS

ONE_DECIMAL = ("pct", "pct_err", "pct_err_p95", "pct_bias", "pct_err_tumour", "pct_err_tumour_p95",
               f"shift{REGISTERED}")
HEADINGS = ("set", "images", "measure", "ours", "goal", "", "DeepLIIF", "prototype")
DESCRIPTIONS = {
    "dice": "Dice", "aji": "AJI", "f1_50": "F1@0.5", "det_f1": "detection F1", "cls_acc": "class accuracy",
    "f1_pos": "positive F1", "f1_neg": "negative F1", "pct_err": "error of % positive", "pct": "% positive",
    "pct_err_p95": "error of % positive, 95th percentile", "pct_bias": "% positive, ours - true",
    "det_f1_inside": "detection F1, point inside the outline", "det_f1_15px": "detection F1 at 15 px",
    "dice_pooled": "Dice of all pixels together",
    "det_f1_tumour": "tumour: detection F1", "det_f1_15px_tumour": "tumour: detection F1 at 15 px",
    "det_f1_inside_tumour": "tumour: detection F1, point inside the outline",
    "pct_err_tumour": "tumour: error of % positive", "pct_tumour": "tumour: % positive",
    "pct_err_tumour_p95": "tumour: error of % positive, 95th percentile",
    "r_dapi": "correlation DAPI", "r_lap2": "correlation Lap2", "r_marker": "correlation marker",
}
SHIFTED = {f"{key}{ending}": f"{DESCRIPTIONS[key]}, {what}"
           for ending, what in ((REGISTERED, "registered"), (FAITHFUL, "of a faithful answer"))
           for key in ("dice", "f1_50", "det_f1", "r_dapi", "r_lap2", "r_marker")}
SHIFTED[f"shift{REGISTERED}"] = "px that the real DAPI was shifted"
DESCRIPTIONS |= SHIFTED
# Shown beside the measures that have a goal, where a set has them.
ALSO = ("aji", "f1_50", "det_f1", "cls_acc", "pct_err", "pct_bias", "det_f1_inside", "det_f1_15px", "dice_pooled",
        "det_f1_tumour", "det_f1_15px_tumour", "det_f1_inside_tumour", "pct_err_tumour", "pct_err_tumour_p95", *SHIFTED)


def _figure(measure: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if measure in ONE_DECIMAL else f"{value:.3f}"


def _print_rows(rows: list[tuple[str, ...]], headings: tuple[str, ...]) -> None:
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    for row in [headings, tuple("-" * width for width in widths), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def print_table(entries: list[dict], meets: Callable[[str, float, float], bool]) -> None:
    """One line per set and score, with the goal and the scores of other models; then means."""
    rows = []
    for entry in entries:
        scores, goals, known = entry["scores"], entry["goals"], entry["known"]
        measures = [*goals, *(m for m in ALSO if m in scores and m not in goals)]
        for i, measure in enumerate(measures):
            goal = goals.get(measure)
            verdict = "" if goal is None else ("met" if meets(measure, scores[measure], goal) else "missed")
            rows.append((entry["set"] if i == 0 else "", str(entry["images"]) if i == 0 else "",
                         DESCRIPTIONS[measure], _figure(measure, scores[measure]), _figure(measure, goal), verdict,
                         *(_figure(measure, known.get(name, {}).get(measure)) for name in HEADINGS[-2:])))
    _print_rows(rows, HEADINGS)
    labelled = [entry for entry in entries if entry["goals"]]
    if not labelled:
        return
    first = [entry["scores"].get("det_f1", entry["scores"].get("dice", 0.0)) for entry in labelled]
    errors = [entry["scores"]["pct_err"] for entry in labelled if "pct_err" in entry["scores"]]
    asked = [meets(m, entry["scores"][m], goal) for entry in labelled for m, goal in entry["goals"].items()]
    print(f"\nmean over sets: detection F1 (else Dice) {np.mean(first):.3f}"
          + (f", error of % positive {np.mean(errors):.1f}" if errors else "")
          + f"; goals met {sum(asked)} of {len(asked)}")


def print_studies(rows: list[dict]) -> None:
    """One line per case of a study."""
    if not rows:
        return
    number = lambda value: "" if value is None else f"{value:.{PRINTED_DECIMALS}f}"  # noqa: E731
    lines = [(row["set"], row["case"], row["measure"], str(row.get("images", "")), number(row["value"]),
              number(row.get("worst")), number(row.get("goal")),
              {True: "met", False: "missed", None: ""}[row["met"]]) for row in rows]
    print()
    _print_rows(lines, ("study", "case", "measure", "images", "mean", "worst", "goal", ""))


def print_calibration(report: dict) -> None:
    """Reliability by bin, and scores by threshold."""
    for name in ("nucleus by pixel", "positive by nucleus"):
        print(f"\nprobability of {name}: expected calibration error {report[name]['error']:.3f}")
        bins = [(f"{row['claimed']:.2f}", f"{row['true']:.2f}", str(row["count"])) for row in report[name]["bins"]]
        _print_rows(bins, ("claimed", "true", "count"))
    print("\nprob_thresh on simulated fields")
    keys = ("det_f1", "f1_pos", "f1_neg", "pct_err")
    lines = [(level, *(_figure(key, row[key]) for key in keys)) for level, row in report["threshold"].items()]
    _print_rows(lines, ("threshold", *(DESCRIPTIONS[key] for key in keys)))
