"""Measure membranes through the product on simulated fields, and print how far the numbers are from the truth."""

import argparse
import json
import subprocess
from pathlib import Path

from ..data.shared import REPOSITORY
from .fields import CHOOSE, TEST, draw_fields
from .report import report

MEASURE = Path(__file__).with_name("measure.mjs")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the fields; what it holds already is not drawn again")
    parser.add_argument("--collection", choices=[CHOOSE, TEST], default=TEST)
    parser.add_argument("--count", type=int, default=60, help="fields (default 60)")
    parser.add_argument("--first-seed", type=int, help="of other fields, drawn alike; they need a folder of their own")
    parser.add_argument("--options", default="{}", help='JSON: other cut points, as {"cuts": {"weak": 0.15}}')
    args = parser.parse_args()
    draw_fields(args.folder, args.collection, args.count, args.first_seed)
    subprocess.run(["node", str(MEASURE), str(REPOSITORY), str(args.folder), args.collection, args.options], check=True)
    print(json.dumps(report(args.folder, args.collection), indent=1))


if __name__ == "__main__":
    main()
