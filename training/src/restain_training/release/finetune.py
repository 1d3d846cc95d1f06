"""Fine-tune an installed model on a lab's own pictures, and write a model folder of its own.

DIR holds pictures with drawn nuclei: `<name>/image.png` and `<name>/nuclei.png`, or `<name>.png` and
`<name>_nuclei.png`; red = positive, blue = negative, green = outline. Half of every batch is simulated and the
modalities are kept close to those of the starting network, so that it does not forget what it could do before.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import default_collate

from ..data.dataset import PoolDataset, to_targets
from ..data.pool import write_tile
from ..data.targets import HAS_ALL, pack_tile
from ..data.views import VIEWS, add_coarser_view
from ..data.white import WHITE_BALANCE, balance, white_gains
from ..figures.scoring import Nuclei, read_drawing, score_nuclei
from ..network.losses import loss_parts
from ..network.model import MULTIPLE, OUTPUTS, normalise
from ..network.schedule import Schedule
from ..network.shipped import SHIPPED, NotOurNetwork, ShippedNet, describe_for_network, load_model
from ..simulator import simulate
from .export import GOLDEN, golden_scene, write_golden, write_networks
from .manifest import ManifestError, check_manifest
from .postprocess import nuclei_from_segmentation

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")
SIMULATED_SEED = 700_000_000
CONTEXT = 64  # px of mirrored context around a picture
HELD_OUT_EVERY, FEWEST_TO_HOLD_OUT = 5, 5
MEASURES = {"dice": "Dice", "f1_50": "F1@0.5", "det_f1": "detection F1", "cls_acc": "class accuracy",
            "pct_err": "error of % positive"}

CARD = """# {name} {version}

{parent} fine-tuned with `restain_training.release.finetune` on {count} pictures of a lab's own ({nuclei} drawn nuclei,
{positive} of them positive), {steps} steps. For research use only. It is made for pictures like those it was tuned on:
check it on other pictures of the same lab before you rely on it.

Scores by the quick post-processing of the training package{note}:

| measure | {parent} | {name} |
|---|---|---|
{table}
"""


class FinetuneError(ValueError):
    """Pictures or drawings that cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Example:
    """A picture (H, W, 3) uint8 at the network's resolution, white-balanced, and its nuclei."""

    name: str
    image: np.ndarray
    nuclei: Nuclei


def find_pairs(folder: Path) -> list[tuple[str, Path, Path]]:
    """(name, picture, drawing) of every example below `folder`, in either layout."""
    pairs = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in PICTURES or path.stem == "nuclei" or path.stem.endswith("_nuclei"):
            continue
        drawing = path.with_name("nuclei.png" if path.stem == "image" else f"{path.stem}_nuclei.png")
        if drawing.is_file():
            pairs.append((path.parent.name if path.stem == "image" else path.stem, path, drawing))
    if not pairs:
        raise FinetuneError(f"{folder} has no <name>/image.png with nuclei.png, and no <name>.png with "
                            "<name>_nuclei.png")
    return pairs


def read_example(name: str, picture: Path, drawing: Path, zoom: float = 1.0) -> Example:
    """Read a pair and scale it to the network's resolution: `zoom` px for one px of the picture."""
    image, drawn = (Image.open(path).convert("RGB") for path in (picture, drawing))
    if image.size != drawn.size:
        raise FinetuneError(f"{drawing} is {drawn.size[0]} x {drawn.size[1]}, its picture {image.size[0]} x "
                            f"{image.size[1]}")
    nuclei = read_drawing(np.asarray(drawn))
    if nuclei.count == 0:
        raise FinetuneError(f"{drawing} shows no nucleus: inside red or blue, outline green, the rest black")
    if zoom != 1:
        size = (round(image.size[0] * zoom), round(image.size[1] * zoom))
        image = image.resize(size, Image.BICUBIC)
        labels = np.asarray(Image.fromarray(nuclei.labels.astype(np.int32)).resize(size, Image.NEAREST))
        nuclei = Nuclei(labels.astype(np.int64), nuclei.positive)
    pixels = np.asarray(image)
    return Example(name, balance(pixels, white_gains(pixels)), nuclei)


@torch.no_grad()
def infer(shipped: ShippedNet, image: np.ndarray) -> dict[str, np.ndarray]:
    """Output name -> (H, W, C) uint8 for (H, W, 3) uint8."""
    height, width = image.shape[:2]
    pads = [(CONTEXT, CONTEXT + -n % MULTIPLE) for n in (height, width)]
    padded = np.pad(image, (*pads, (0, 0)), mode="symmetric")
    outputs = shipped(torch.from_numpy(np.ascontiguousarray(padded))[None], describe_for_network(image))
    inner = np.s_[CONTEXT : CONTEXT + height, CONTEXT : CONTEXT + width]
    return {name: output[0].numpy()[inner] for name, output in zip(SHIPPED, outputs)}


def write_examples(folder: Path, examples: list[Example], shipped: ShippedNet, side: int) -> None:
    """The examples as training tiles of at least `side` px, with the modalities that the network infers itself."""
    folder.mkdir()
    for slot, example in enumerate(examples):
        pads = [(0, max(0, side - n)) for n in example.image.shape[:2]]
        image = np.pad(example.image, (*pads, (0, 0)), mode="symmetric")
        labels = np.pad(example.nuclei.labels, pads, mode="symmetric")
        inferred = infer(shipped, image)
        tile, _ = pack_tile(image, labels, example.nuclei.positive, inferred["hematoxylin"],
                            *(inferred[name][..., 0] for name in ("dapi", "lap2", "marker")))
        write_tile(folder, slot, "lab", tile, HAS_ALL)


def write_simulated(folder: Path, count: int, side: int) -> None:
    """Simulated training tiles."""
    folder.mkdir()
    for slot in range(count):
        scene = simulate(SIMULATED_SEED + slot, side, side)
        write_tile(folder, slot, "sim", *pack_tile(scene.image, scene.labels, scene.positive, scene.hematoxylin,
                                                   scene.dapi, scene.lap2, scene.marker))


def batches(folders: list[Path], batch: int, size: int, seed: int) -> Iterator[dict[str, torch.Tensor]]:
    """Endless batches, drawn from the folders in equal parts."""
    sources = [iter(PoolDataset(folder, size, seed + i)) for i, folder in enumerate(folders)]
    while True:
        yield default_collate([next(sources[i % len(sources)]) for i in range(batch)])


def tune(shipped: ShippedNet, stream: Iterator[dict[str, torch.Tensor]], schedule: Schedule) -> list[float]:
    """Train in place to the end of the schedule; returns the loss of every step."""
    optimiser = torch.optim.AdamW(shipped.parameters(), lr=schedule.peak, weight_decay=0.01)
    losses = []
    for step in range(schedule.steps):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step)
        batch = next(stream)
        logits = shipped.net.logits(normalise(batch["image"]), batch["staining"])
        # The shipped head has no distance output: a constant in its place adds a constant to the loss.
        distance = logits.new_zeros(len(logits), OUTPUTS["distance"], *logits.shape[2:])
        loss = sum(loss_parts(torch.cat([logits, distance], 1), to_targets(batch)).values())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(shipped.parameters(), 1.0)
        if torch.isfinite(loss):
            optimiser.step()
        losses.append(float(loss.detach()))
        if len(losses) % 20 == 0:
            print(f"step {len(losses)} of {schedule.steps}: loss {np.mean(losses[-20:]):.4f}", flush=True)
    return losses


def mean_scores(shipped: ShippedNet, examples: list[Example], threshold: int) -> dict[str, float]:
    """Scores of the quick post-processing, averaged over the examples."""
    segment = lambda image: infer(shipped, image)["segmentation"]  # noqa: E731
    seen = (add_coarser_view(segment(e.image), e.image, segment) for e in examples)
    guesses = (nuclei_from_segmentation(segmentation, threshold) for segmentation in seen)
    rows = [score_nuclei(e.nuclei, Nuclei(*guess)) for e, guess in zip(examples, guesses)]
    return {key: float(np.mean([row[key] for row in rows])) for key in MEASURES}


def write_folder(shipped: ShippedNet, parent: dict, folder: Path, version: str) -> dict:
    """Write `model.onnx`, `model.json` based on the parent's, and golden pictures; returns the manifest.

    The parent's second network was not taught, so it is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    networks = write_networks(shipped.eval(), folder)
    origin = f"{parent['name']} {parent['version']}"
    contents = {key: value for key, value in parent.items() if key != "coarse"} | networks | {
        "name": folder.name, "version": version, "whiteBalance": WHITE_BALANCE, "views": VIEWS,
        "description": f"{parent['description']}; {origin} fine-tuned on a lab's own pictures"}
    (folder / "model.json").write_text(json.dumps(contents, indent=2) + "\n")
    write_golden(shipped, folder / GOLDEN, golden_scene())
    return check_manifest(folder)


def finetune(images: Path, model: Path, out: Path, args: argparse.Namespace) -> dict:
    """From a folder of drawn pictures to a model folder; returns its manifest."""
    shipped, parent = load_model(model), check_manifest(model)
    zoom = args.microns_per_pixel / parent["micronsPerPixel"]
    examples = [read_example(*pair, zoom) for pair in find_pairs(images)]
    holds_out = len(examples) >= FEWEST_TO_HOLD_OUT
    held_out = examples[::HELD_OUT_EVERY] if holds_out else examples
    taught = [e for i, e in enumerate(examples) if not holds_out or i % HELD_OUT_EVERY]
    print(f"{len(taught)} pictures to learn from, {len(held_out) if holds_out else 'none'} held out", flush=True)
    threshold = parent["defaults"]["probThresh"]
    before = mean_scores(shipped, held_out, threshold)
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch, "lab"), Path(scratch, "simulated")]
        write_examples(folders[0], taught, shipped, args.size)
        write_simulated(folders[1], args.simulated, 2 * args.size)
        stream = batches(folders if args.simulated else folders[:1], args.batch, args.size, args.seed)
        tune(shipped, stream, Schedule(args.rate, max(1, args.steps // 20), args.steps, args.steps // 2))
    after = mean_scores(shipped, held_out, threshold)
    contents = write_folder(shipped, parent, out, args.version)
    table = "\n".join(f"| {title} | {before[key]:.3f} | {after[key]:.3f} |" for key, title in MEASURES.items())
    origin = f"{parent['name']} {parent['version']}"
    note = f", on {len(held_out)} pictures held out" if holds_out else " on the pictures it was trained on"
    card = CARD.format(name=out.name, version=args.version, parent=origin, count=len(taught), steps=args.steps,
                       nuclei=sum(e.nuclei.count for e in taught), table=table, note=note,
                       positive=int(sum(e.nuclei.positive.sum() for e in taught)))
    (out / "README.md").write_text(card)
    print(card)
    return contents


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m restain_training.release.finetune", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="pictures with drawn nuclei")
    parser.add_argument("--model", type=Path, required=True, help="model folder to start from")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write; its name is the model's")
    parser.add_argument("--microns-per-pixel", type=float, default=0.25, help="of the pictures (default 0.25)")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=256, help="side of a training crop, px")
    parser.add_argument("--simulated", type=int, default=40, help="simulated fields to mix in; 0 = none")
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    try:
        contents = finetune(args.images, args.model, args.out, args)
    except (FinetuneError, ManifestError, NotOurNetwork) as problem:
        parser.exit(1, f"{problem}\n")
    print(f"wrote {args.out}: {contents['name']}@{contents['version']}")


if __name__ == "__main__":
    main()
