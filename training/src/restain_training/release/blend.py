"""Blend a model with the one that its training started from: the weighted mean of their weights.

The blend keeps strengths of both. The second network of the earlier one, if it has one, stays as it is.

Source: Wortsman et al. 2022, doi:10.1109/CVPR52688.2022.00780.
"""

import argparse
import json
from pathlib import Path

from ..network.shipped import blend, load_model
from .export import write_coarse, write_model
from .manifest import check_manifest


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("later", type=Path, help="model folder")
    parser.add_argument("earlier", type=Path, help="model folder")
    parser.add_argument("folder", type=Path, help="model folder to write; may be one of the two")
    parser.add_argument("--share", type=float, default=0.25, help="share of the earlier model, 0 to 1")
    parser.add_argument("--version", default="0.1.0", help="of the blended model")
    parser.add_argument("--halo", type=int, help="px; measured when not given")
    args = parser.parse_args()
    probability = check_manifest(args.later)["defaults"]["probThresh"]
    shipped = blend(load_model(args.later), load_model(args.earlier), args.share)
    second = load_model(args.earlier, is_coarse=True) if "coarse" in check_manifest(args.earlier) else None
    contents = write_model(shipped, args.folder, args.version, probability, args.halo)
    if second:
        contents = write_coarse(second, args.folder, args.version)
    print(json.dumps(contents, indent=2))


if __name__ == "__main__":
    main()
