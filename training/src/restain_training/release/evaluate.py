"""Score a checkpoint or model folder on every labelled set of the shared data, in one table.

It serves to choose between models by the mean over sets, never by single pictures. Post-processing is the quick one of
`postprocess.py`; figures of the product come from `npm run eval`.
"""

import argparse
import importlib.util
import json
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from ..data.shared import shared_folder
from ..data.staining import describe_staining
from ..data.views import add_coarser_view
from ..data.white import balance, white_gains
from ..network.checkpoint import load_average
from ..network.shipped import SHIPPED, ShippedNet
from ..simulator import simulate
from .export import write_onnx
from .postprocess import centroids, draw, nuclei_from_segmentation

MICRONS_PER_PIXEL = 0.25
PAD, MULTIPLE = 64, 16
SIMULATED_SEED = 900_000_000
SETS = ("ki67-breast-tiles", "ki67-multiplex", "ki67-breast-points", "ki67-camera-points", "ki67-glioma-polygons",
        "cd138-marrow-points", "he-monuseg", "he-tnbc")


def load_tool(shared: Path, name: str):
    """Import a scoring script of the shared folder."""
    spec = importlib.util.spec_from_file_location(name, shared / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Model:
    """A checkpoint (.pt), a network (.onnx) or a model folder, run by ONNX Runtime."""

    def __init__(self, path: Path, threads: int = 2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        with tempfile.TemporaryDirectory() as folder:
            file = path / "model.onnx" if path.is_dir() else path
            if path.suffix == ".pt":
                file = Path(folder) / "model.onnx"
                write_onnx(ShippedNet(load_average(path)).eval(), file)
            self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Outputs (H, W, C) uint8 by name for (H, W, 3) uint8; the segmentation is the mean of both views."""
        image = balance(image, white_gains(image))
        staining = describe_staining(image)[None]
        outputs = self._run(image, staining, list(SHIPPED))
        segment = lambda view: self._run(view, staining, ["segmentation"])["segmentation"]  # noqa: E731
        return outputs | {"segmentation": add_coarser_view(outputs["segmentation"], image, segment)}

    def _run(self, image: np.ndarray, staining: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
        """Outputs of one view. The picture is padded by reflection."""
        height, width = image.shape[:2]
        pads = [(PAD, PAD + -n % MULTIPLE) for n in (height, width)]
        padded = np.pad(image, (*pads, (0, 0)), mode="reflect")
        outputs = self.session.run(names, {"image": padded[None], "staining": staining})
        return {name: o[0, PAD : PAD + height, PAD : PAD + width] for name, o in zip(names, outputs)}


def infer(model: Model, image: np.ndarray, microns_per_pixel: float) -> dict[str, np.ndarray]:
    """Outputs at the picture's own resolution, with the network run at 0.25 um/px."""
    factor = microns_per_pixel / MICRONS_PER_PIXEL
    if abs(factor - 1) < 0.06:
        return model(image)
    height, width = image.shape[:2]
    size = (round(width * factor), round(height * factor))
    outputs = model(np.asarray(Image.fromarray(image).resize(size, Image.BICUBIC)))
    back = lambda o: np.asarray(Image.fromarray(o).resize((width, height), Image.BILINEAR))  # noqa: E731
    return {name: back(o) if o.shape[-1] == 3 else back(o[..., 0])[..., None] for name, o in outputs.items()}


def find_image(folder: Path) -> Path:
    """The picture of a sample folder."""
    return next(p for p in sorted(folder.iterdir()) if p.stem == "image")


def score_sample(folder: Path, outputs: dict, threshold: int, tools: dict) -> dict[str, float]:
    """All scores that the labels of one sample folder allow."""
    labels, positive = nuclei_from_segmentation(outputs["segmentation"], threshold)
    scores: dict[str, float] = {}
    if (folder / "nuclei.png").exists():
        tool = tools["segmentation"]
        truth = tool.from_drawn(tool.load(folder / "nuclei.png"))
        guess = tool.from_drawn(draw(labels, positive).astype(int))
        full = tool.score(*truth, *guess)
        scores = {k: full[k] for k in ("dice", "aji", "f1_50", "det_f1", "cls_acc", "pct_err")}
    for name in ("dapi", "lap2", "marker"):
        if (folder / f"{name}.png").exists():
            real = np.asarray(Image.open(folder / f"{name}.png").convert("RGB")).max(-1).ravel()
            scores[f"r_{name}"] = float(np.corrcoef(real, outputs[name].ravel())[0, 1])
    if (folder / "points.json").exists():
        cells = [{"x": x, "y": y, "positive": bool(p)} for (x, y), p in zip(centroids(labels), positive[1:])]
        box = (32, 32, 544, 544) if folder.parent.name.startswith("cd138") else None
        full = tools["points"].score(json.loads((folder / "points.json").read_text()), cells, 10, box)
        scores = {k: full[k] for k in ("det_f1", "f1_pos", "f1_neg", "cls_acc", "pct_err")}
        scores["bias"] = full["pct"] - full["pct_true"]
        scores["n_ratio"] = full["n"] / max(full["n_true"], 1)
    for name in ("labels.png", "mask.png"):
        if (folder / name).exists():
            truth = np.asarray(Image.open(folder / name)) > 0
            truth = truth if truth.ndim == 2 else truth.any(-1)
            scores["dice"] = 2 * float((truth & (labels > 0)).sum()) / max(1, truth.sum() + (labels > 0).sum())
            scores["pct"] = 100 * float(positive.sum()) / max(1, len(positive) - 1)
    return scores


def score_simulated(model: Model, count: int, threshold: int) -> dict[str, float]:
    """Error of % positive on fresh simulated fields with at least 20 nuclei."""
    errors, overlaps = [], []
    for seed in range(SIMULATED_SEED, SIMULATED_SEED + count):
        scene = simulate(seed)
        labels, positive = nuclei_from_segmentation(model(scene.image)["segmentation"], threshold)
        truth, guess = scene.labels > 0, labels > 0
        overlaps.append(2 * (truth & guess).sum() / max(1, truth.sum() + guess.sum()))
        if scene.labels.max() >= 20:
            share = positive.sum() / max(1, len(positive) - 1)
            errors.append(100 * abs(share - scene.positive.sum() / scene.labels.max()))
    return {"dice": float(np.mean(overlaps)), "pct_err": float(np.mean(errors)),
            "pct_err_p95": float(np.percentile(errors, 95))}


def evaluate(model: Model, shared: Path, threshold: int, sets: list[str], simulated: int,
             pictures: Path | None = None) -> dict[str, dict[str, float]]:
    """Mean scores by set; draws every segmentation into `pictures` when given."""
    tools = {key: load_tool(shared, f"score_{key}") for key in ("segmentation", "points")}
    table = {}
    for name in sets:
        rows = []
        for folder in sorted(p for p in (shared / "data" / name).iterdir() if p.is_dir()):
            meta = json.loads((folder / "meta.json").read_text()) if (folder / "meta.json").exists() else {}
            image = np.asarray(Image.open(find_image(folder)).convert("RGB"))
            outputs = infer(model, image, float(meta.get("microns_per_pixel") or MICRONS_PER_PIXEL))
            rows.append(score_sample(folder, outputs, threshold, tools))
            if pictures:
                pictures.mkdir(parents=True, exist_ok=True)
                drawing = draw(*nuclei_from_segmentation(outputs["segmentation"], threshold))
                Image.fromarray(drawing).save(pictures / f"{name}-{folder.name}.png")
        table[name] = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    if simulated:
        table["simulated"] = score_simulated(model, simulated, threshold)
    return table


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+", help="checkpoints (.pt), networks (.onnx) or model folders")
    parser.add_argument("--shared", help="folder that holds data/ and tools/")
    parser.add_argument("--threshold", type=int, default=127)
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    parser.add_argument("--simulated", type=int, default=0, help="how many simulated fields to add")
    parser.add_argument("--pictures", type=Path, help="folder for drawn segmentations")
    args = parser.parse_args()
    shared = shared_folder(args.shared)
    if not (shared / "data").is_dir():
        parser.exit(1, f"no data in {shared}: give --shared or set RESTAIN_SHARED\n")
    for path in args.models:
        table = evaluate(Model(path), shared, args.threshold, args.sets, args.simulated, args.pictures)
        print(path)
        for name, scores in table.items():
            print(f"  {name:22}", "  ".join(f"{key} {value:.3f}" for key, value in scores.items()), flush=True)


if __name__ == "__main__":
    main()
