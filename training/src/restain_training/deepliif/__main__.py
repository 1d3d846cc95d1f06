"""Convert a DeepLIIF model that you downloaded into a model folder that Restain can run.

MODEL_DIR holds TorchScript networks (G1.pt .. G4.pt and GS0.pt .. GS4.pt, or G51.pt .. G55.pt) or state dictionaries
(latest_net_G1.pth ...), and train_opt.txt where there is one. OUT_DIR becomes the model's name. Networks whose weight
in the segmentation is 0 are not needed. An option given here wins over what train_opt.txt states.
"""

import argparse
import sys
from pathlib import Path

from ..release.manifest import ManifestError, check_name
from .export import write_model
from .layout import check_options, read_layout, read_options
from .weights import ImportRefused, load_generator

# Name in train_opt.txt -> help. On the command line it has dashes.
STATED = {
    "mod_id_seg": "letter of the segmentation networks: 5 (G51) or S (GS0); default: as the files are named",
    "input_id": "number of the first segmentation network: 0 or 1; default: as the files are named",
    "modalities_no": "number of modalities (default 4)",
    "modalities_names": "of the stained picture and of each modality (default IHC,Hema,DAPI,Lap2,Marker)",
    "seg_gen": "whether there are segmentation networks (default true)",
    "seg_weights": "shares of the segmentation networks, in their order (default 0.5,0,0,0,0.5)",
    "background_colors": "red, green, blue of empty tiles, for one modality after the other "
                         "(default 201,211,208, 10,10,10, 0,0,0, 10,10,10)",
    "scale_size": "px that a tile is scaled to for the networks (default 512)",
    "norm": "batch or instance",
    "padding": "zero, reflect or replicate; used for state dictionaries only (default zero)",
}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m restain_training.deepliif", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("out_dir", type=Path, help="for example ../models/deepliif")
    parser.add_argument("--version", default="1.0.0")
    for name, text in STATED.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=text)
    args = parser.parse_args()
    given = {name: getattr(args, name) for name in STATED if getattr(args, name) is not None}
    try:
        check_name(args.out_dir.resolve().name, args.version)
        if not args.model_dir.is_dir():
            raise ImportRefused("there is no such folder")
        options = {**read_options(args.model_dir), **given}
        check_options(options)
        layout = read_layout(args.model_dir, options)
        for doubt in layout.doubts():
            print(f"note: {doubt}", file=sys.stderr)
        contents = write_model(lambda name: load_generator(args.model_dir, name, options), args.out_dir,
                               args.version, layout)
    except (ImportRefused, ManifestError) as problem:
        parser.exit(1, f"cannot import {args.model_dir}: {problem}\n")
    print(f"wrote {args.out_dir}: {contents['name']}@{contents['version']}")


if __name__ == "__main__":
    main()
