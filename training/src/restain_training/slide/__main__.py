"""Draw a whole slide as a pyramidal TIFF, with its truth beside it.

FILE.tif: tiles of 512 px in JPEG, levels of 1, 4 and 16 as scanners write them.
FILE.truth.json: counts and index of the slide, its tumour, the hot spot and the cores, as drawn.
FILE.regions.geojson: tissue, tumour nests, hot spot and cores, in px from the upper left corner.
FILE.nuclei.csv.gz: every nucleus.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from .write import Order, write_slide


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m restain_training.slide", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--side", type=int, default=40_000, help="px of the square slide")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--array", action="store_true", help="a tissue microarray in place of sections")
    parser.add_argument("--share", type=float, default=0.15, help="of the tumour's cells that are positive")
    parser.add_argument("--hot", type=float, default=0.5, help="the same in the hot spot")
    parser.add_argument("--quality", type=int, default=85, help="of the JPEG tiles")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    order = Order(args.side, args.seed, args.array, args.share, args.hot, args.quality)
    started = time.monotonic()
    truth = write_slide(args.file, order, args.processes)
    print(json.dumps({key: truth[key] for key in ("slide", "tumour", "hot_spot", "bytes")}, indent=1))
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
