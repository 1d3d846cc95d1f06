"""Both stages of a prior, fitted to the fields of a folder, with the product's own code between them."""

import json
import subprocess
from pathlib import Path

from ..data.shared import REPOSITORY
from .fields import CHOOSE, FIT
from .fit import fit_stage, read_table, report, stage_likelihoods

SQUARED = 6  # features that count squared too, as in classify-nuclei.ts
MEASURE = Path(__file__).with_name("measure.mjs")
KINDS_NOTE = "tumour, lymphocyte, stroma, other: the columns of weights and constants"


def _measure(folder: Path, *model: str) -> None:
    subprocess.run(["node", str(MEASURE), str(REPOSITORY), str(folder), *model], check=True)


def fit_prior(folder: Path, l2: float) -> tuple[dict, dict]:
    """(stages, metrics of the fields fitted on and of those to choose by) of the fields that `folder` holds."""
    _measure(folder)
    stages = {}
    for name in ("alone", "context"):
        table = read_table(folder)
        stages[name] = fit_stage(table, SQUARED, l2)
        metrics = {part: report(table, stage_likelihoods(table, stages[name], SQUARED), part) for part in (FIT, CHOOSE)}
        print(name, json.dumps(metrics, indent=1))
        if name == "alone":
            unfinished = folder / "alone.json"
            unfinished.write_text(json.dumps(stages))
            _measure(folder, str(unfinished))
    return stages, metrics
