"""Fit the prior of the classifier of nuclear kind and write it where the product reads it.

Draws fields, lets the product's own code find and describe their nuclei, fits two logistic regressions. No real picture
is read.
"""

import argparse
import json
from pathlib import Path

from ..data.shared import REPOSITORY
from .fields import CHOOSE, FIRST_SEED, FIT, SIDE, WIDE, draw_fields
from .prior import KINDS_NOTE, fit_prior

PRIOR = REPOSITORY / "lib/scoring/classify/prior.json"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the fields; what it holds already is not drawn again")
    parser.add_argument("--fit", type=int, default=700, help="fields to fit on (default 700)")
    parser.add_argument("--choose", type=int, default=80, help="fields to report on (default 80)")
    parser.add_argument("--l2", type=float, default=1e-3, help="regularisation (default 1e-3)")
    parser.add_argument("--date", required=True, help="of the card, as 2026-11-30")
    parser.add_argument("--out", type=Path, default=PRIOR)
    args = parser.parse_args()
    draw_fields(args.folder, FIT, args.fit)
    draw_fields(args.folder, CHOOSE, args.choose)
    stages, metrics = fit_prior(args.folder, args.l2)
    card = {
        "what": "prior of the classifier of nuclear kind: two logistic regressions, fitted to simulated fields alone",
        "made": args.date,
        "by": f"python -m restain_training.kinds FOLDER --fit {args.fit} --choose {args.choose} --l2 {args.l2}",
        "fields": {FIT: {"first_seed": FIRST_SEED[FIT], "count": args.fit, "side_px": SIDE[FIT],
                         "wide": min(WIDE, args.fit), "others": "two with looks of real pictures to one membranous"},
                   CHOOSE: {"first_seed": FIRST_SEED[CHOOSE], "count": args.choose, "side_px": SIDE[CHOOSE]}},
        "columns": KINDS_NOTE,
        "metrics": metrics,
    }
    args.out.write_text(json.dumps({"card": card, **stages}, indent=1) + "\n")


if __name__ == "__main__":
    main()
