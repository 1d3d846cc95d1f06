"""Convert a DeepLIIF model that you downloaded into a model folder that Restain can run.

MODEL_DIR holds TorchScript networks (G1.pt .. G4.pt, G51.pt .. G55.pt) or state dictionaries
(latest_net_G1.pth ...) and train_opt.txt. OUT_DIR becomes the model's name. Networks whose weight in the
segmentation is 0 are not needed.
"""

import argparse
from pathlib import Path

from .export import SEGMENTATION_WEIGHTS, write_model
from .weights import ImportRefused, check_options, load_generator, read_options


def read_weights(text: str) -> dict[str, float]:
    """Five numbers in the order of G51..G55."""
    values = [float(part) for part in text.replace("/", ",").split(",")]
    if len(values) != len(SEGMENTATION_WEIGHTS) or not any(values):
        raise argparse.ArgumentTypeError("give five numbers, not all of them 0")
    return dict(zip(SEGMENTATION_WEIGHTS, values))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m restain_training.deepliif", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("out_dir", type=Path, help="for example ../models/deepliif")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--seg-weights", type=read_weights, default=SEGMENTATION_WEIGHTS,
                        help="shares of G51..G55 in the segmentation (default 0.5,0,0,0,0.5)")
    args = parser.parse_args()
    try:
        options = read_options(args.model_dir)
        check_options(options)
        contents = write_model(lambda name: load_generator(args.model_dir, name, options), args.out_dir,
                               args.version, args.seg_weights)
    except ImportRefused as problem:
        parser.exit(1, f"cannot import {args.model_dir}: {problem}\n")
    print(f"wrote {args.out_dir}: {contents['name']}@{contents['version']}")


if __name__ == "__main__":
    main()
