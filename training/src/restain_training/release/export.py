"""Write a model folder: `model.onnx`, `model.json`, and golden pictures, from a checkpoint."""

import argparse
import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image

from ..data.staining import FEATURES, STAINING
from ..data.views import COARSE_MICRONS_PER_PIXEL, COARSE_PICTURES, VIEWS, see_coarsely
from ..data.white import WHITE_BALANCE
from ..network.channels_last import write_channels_last
from ..network.checkpoint import load_average
from ..network.model import MULTIPLE
from ..network.quantise import quantise
from ..network.segmentation_only import cut_segmentation
from ..network.shipped import SHIPPED, ShippedNet, blend, describe_for_network, load_model
from ..simulator import SceneSpec, simulate
from ..simulator.camera import Camera
from .manifest import check_manifest

OPSET = 13
TILE = 1024  # px: a tile has at most the area of this square; 1296 would read a sixth less, but take 0.3 GB more
EDGE_HALO = 32  # px of mirrored context past a picture's edge; more gain nothing (HISTORY.md, 0.10.1)
GOLDEN_SEED, GOLDEN_SIZE = 7, 256
GOLDEN, COARSE_GOLDEN = "golden", "golden-coarse"  # folders


def golden_scene(size: int = GOLDEN_SIZE) -> np.ndarray:
    """The picture of the golden test, (size, size, 3) uint8."""
    spec = SceneSpec(positive={"tumour": 0.4, "vesicular": 0.4})
    return simulate(GOLDEN_SEED, size, size, spec, Camera(white=(238, 238, 235))).image


@torch.no_grad()
def measure_halo(shipped: ShippedNet, pictures: list[np.ndarray], size: int = 256) -> int:
    """Smallest halo, in steps of MULTIPLE px, beyond which context changes 99.9 % of pixels by <= 1 level.

    Parameters
    ----------
    pictures : (H, W, 3) uint8 arrays, sizes multiples of MULTIPLE and larger than `size` plus two halos
    """
    stainings = [describe_for_network(p) for p in pictures]
    whole = [[o.int() for o in shipped(torch.from_numpy(p.copy())[None], s)] for p, s in zip(pictures, stainings)]
    for halo in range(MULTIPLE, 200, MULTIPLE):
        agreeing = []
        for picture, staining, outputs in zip(pictures, stainings, whole):
            top, left = ((n - size) // 2 // MULTIPLE * MULTIPLE for n in picture.shape[:2])
            view = picture[top - halo : top + size + halo, left - halo : left + size + halo]
            for cropped, full in zip(shipped(torch.from_numpy(view.copy())[None], staining), outputs):
                inner = cropped[:, halo:-halo, halo:-halo].int()
                change = (inner - full[:, top : top + size, left : left + size]).abs().amax(-1)
                agreeing.append((change <= 1).float().mean().item())
        if np.mean(agreeing) >= 0.999 and min(agreeing) >= 0.998:
            return halo
    raise RuntimeError("no halo below 200 px suffices")


def write_onnx(shipped: ShippedNet, path: Path) -> str:
    """Export and return the file's SHA-256."""
    example = (torch.zeros(1, 64, 96, 3, dtype=torch.uint8), torch.zeros(1, FEATURES))
    axes = {0: "batch", 1: "height", 2: "width"}
    torch.onnx.export(shipped, example, str(path), opset_version=OPSET, input_names=["image", "staining"],
                      output_names=list(SHIPPED), dynamic_axes={name: axes for name in ("image", *SHIPPED)})
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_networks(shipped: ShippedNet, folder: Path, is_coarse: bool = False) -> dict:
    """Write the network, its 8-bit copy, and both cut to the segmentation; returns their keys of `model.json`."""
    stem = "coarse" if is_coarse else "model"
    whole, cut, whole_int8, cut_int8 = (
        f"{stem}{name}.onnx" for name in ("", "-segmentation", "-int8", "-int8-segmentation"))
    main = {"file": whole, "sha256": write_onnx(shipped, folder / whole)}
    small = {"file": cut, "sha256": cut_segmentation(folder / whole, folder / cut)}
    with TemporaryDirectory() as scratch:
        marked = Path(scratch, "marked.onnx")
        quantise(folder / whole, marked, is_coarse)
        main_int8, small_int8 = (
            {"file": file, "sha256": write_channels_last(marked, folder / file, outputs)}
            for file, outputs in ((whole_int8, list(SHIPPED)), (cut_int8, ["segmentation"])))
    return {**main, "segmentationOnly": small, "quantised": {**main_int8, "segmentationOnly": small_int8}}


def manifest(name: str, version: str, networks: dict, halo: int, probability: int) -> dict:
    """The contents of `model.json`."""
    return {
        "name": name,
        "version": version,
        "description": "Infers hematoxylin, DAPI, Lap2, marker, and classified nuclei from a bright-field IHC image",
        "licence": "Apache-2.0",
        **networks,
        "micronsPerPixel": 0.25,
        "views": VIEWS,
        "input": {"name": "image", "layout": "nhwc", "type": "uint8"},
        "whiteBalance": WHITE_BALANCE,
        "staining": STAINING,
        "outputs": [{"name": key, "modality": key, "channels": channels} for key, channels in SHIPPED.items()],
        "tile": {"size": TILE, "halo": halo, "edgeHalo": min(halo, EDGE_HALO), "multiple": MULTIPLE},
        "defaults": {"algorithm": "watershed", "probThresh": probability, "sizeThresh": "auto", "markerThresh": None},
    }


@torch.no_grad()
def write_golden(shipped: ShippedNet, folder: Path, image: np.ndarray) -> None:
    """The golden picture `image` (H, W, 3) uint8 and what PyTorch computes for it, as PNGs."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(folder / "image.png", optimize=True)
    for name, output in zip(SHIPPED, shipped(torch.from_numpy(image.copy())[None], describe_for_network(image))):
        picture = output[0].numpy()
        Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(folder / f"{name}.png",
                                                                                     optimize=True)


def write_model(shipped: ShippedNet, folder: Path, version: str, probability: int, halo: int | None = None) -> dict:
    """Write the whole model folder and return its manifest; the halo is measured when not given."""
    folder.mkdir(parents=True, exist_ok=True)
    networks = write_networks(shipped, folder)
    if halo is None:
        halo = measure_halo(shipped, [simulate(seed, 640, 640).image for seed in range(1, 7)])
    contents = manifest(folder.name, version, networks, halo, probability)
    (folder / "model.json").write_text(json.dumps(contents, indent=2) + "\n")
    write_golden(shipped, folder / GOLDEN, golden_scene())
    check_manifest(folder)
    return contents


def write_coarse(shipped: ShippedNet, folder: Path, version: str) -> dict:
    """Write the second network into a model folder, which keeps the first as it is; returns the new manifest."""
    contents = check_manifest(folder)
    networks = write_networks(shipped, folder, is_coarse=True)
    contents |= {"version": version, "coarse": {
        "micronsPerPixel": COARSE_MICRONS_PER_PIXEL, "pictures": COARSE_PICTURES, "views": [1], **networks}}
    (folder / "model.json").write_text(json.dumps(contents, indent=2) + "\n")
    write_golden(shipped, folder / COARSE_GOLDEN, see_coarsely(golden_scene(2 * GOLDEN_SIZE)))
    return check_manifest(folder)


def export(checkpoint: Path, folder: Path, version: str, probability: int = 127, halo: int | None = None,
           leaning: float = 0.0) -> dict:
    """Write the model folder of a checkpoint and return its manifest.

    `leaning` is added to log(positive / negative) everywhere, to correct a bias.
    """
    return write_model(_load(checkpoint, leaning), folder, version, probability, halo)


def export_coarse(checkpoint: Path, folder: Path, version: str, leaning: float = 0.0, share: float = 0.0) -> dict:
    """Write the second network of a model folder and return the new manifest; `share` of the first is blended in."""
    return write_coarse(blend(_load(checkpoint, leaning), load_model(folder), share), folder, version)


def _load(checkpoint: Path, leaning: float) -> ShippedNet:
    net = load_average(checkpoint)
    net.classifier.last.bias.data += leaning
    return ShippedNet(net).eval()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="for example ../models/restain-ihc")
    parser.add_argument("--coarse", action="store_true", help="put it into an existing folder as its second network")
    parser.add_argument("--share", type=float, default=0.0, help="with --coarse: of the first network, blended in")
    parser.add_argument("--version", default="0.1.0", help="of the model")
    parser.add_argument("--probability", type=int, default=127, help="default threshold, 0..254")
    parser.add_argument("--halo", type=int, help="px; measured when not given")
    parser.add_argument("--leaning", type=float, default=0.0, help="added to log(positive / negative)")
    args = parser.parse_args()
    if args.coarse:
        contents = export_coarse(args.checkpoint, args.folder, args.version, args.leaning, args.share)
    else:
        contents = export(args.checkpoint, args.folder, args.version, args.probability, args.halo, args.leaning)
    print(json.dumps(contents, indent=2))


if __name__ == "__main__":
    main()
