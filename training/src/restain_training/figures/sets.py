"""The labelled sets, their goals, and the scores of other models on them."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from .client import Answer, Client
from .scoring import (
    MIN_DRAWN_PX,
    TUMOUR,
    Nuclei,
    correlation,
    dice,
    overlap_px,
    read_drawing,
    register,
    score_nuclei,
    score_points,
    tumour_scores,
)

MICRONS_PER_PIXEL = 0.25
MODALITIES = {"r_dapi": ("dapi.png", "DAPI"), "r_lap2": ("lap2.png", "Lap2"), "r_marker": ("marker.png", "Marker")}
REGISTERED = "_registered"  # suffix of scores after the real pictures were shifted to fit the inferred ones
POOLED = "_pooled"  # suffix of scores of all pixels of a set together
FAITHFUL = "_faithful"  # suffix of scores of the real pictures themselves, shifted so, as the answer
FAR, FAR_RADIUS = "_15px", 15.0  # of detections at a wider reach: points are rarely clicked in the middle
AT_MOST = {"pct_err", "pct", "pct_err_p95", "pct_err_tumour", "pct_err_tumour_p95"}  # scores for which lower is better


@dataclass(frozen=True)
class LabelledSet:
    """A folder of the shared data and the goals of a model on it."""

    name: str
    goals: dict[str, float]
    deepliif: dict[str, float] = field(default_factory=dict)
    prototype: dict[str, float] = field(default_factory=dict)
    stain: str = "ihc"
    box: tuple[float, float, float, float] | None = None


SETS = (
    LabelledSet("ki67-breast-tiles", {"dice": 0.74, "aji": 0.54, "f1_50": 0.74, "det_f1": 0.83},
                {"dice": 0.735, "aji": 0.477, "f1_50": 0.652, "det_f1": 0.776},
                {"dice": 0.719, "aji": 0.512, "f1_50": 0.715, "det_f1": 0.808}),
    LabelledSet("ki67-multiplex", {"dice": 0.78, "f1_50": 0.68, "r_dapi": 0.75, "r_lap2": 0.45, "r_marker": 0.75}),
    LabelledSet("ki67-breast-points", {"det_f1": 0.80, "f1_pos": 0.80, "f1_neg": 0.70, "pct_err": 6.0},
                prototype={"det_f1": 0.75, "pct_err": 15.0}),
    # Tumour nuclei alone were annotated
    LabelledSet("ki67-camera-points",
                {"det_f1": 0.72, "pct_err": 6.0, "det_f1_15px_tumour": 0.64, "pct_err_tumour": 4.0}),
    LabelledSet("ki67-glioma-polygons", {"det_f1": 0.82, "pct_err": 4.0}, prototype={"det_f1": 0.807, "pct_err": 5.9}),
    # 32 px along the edge were left out by the annotators
    LabelledSet("cd138-marrow-points", {"det_f1": 0.75, "f1_pos": 0.70}, box=(32, 32, 544, 544)),
    LabelledSet("he-monuseg", {"dice": 0.78, "pct": 0.0}, stain="he"),
    LabelledSet("he-tnbc", {"dice": 0.80, "pct": 0.0}, stain="he"),
)


@dataclass(frozen=True)
class Sample:
    """One labelled picture: a folder that holds `image.*` and its labels."""

    folder: Path
    box: tuple[float, float, float, float] | None = None

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.name

    @property
    def image(self) -> Path:
        """The picture's file."""
        return next(path for path in sorted(self.folder.iterdir()) if path.stem == "image")

    @property
    def microns_per_pixel(self) -> float:
        """As stated in `meta.json`, else 0.25."""
        path = self.folder / "meta.json"
        stated = json.loads(path.read_text()).get("microns_per_pixel") if path.is_file() else None
        return float(stated or MICRONS_PER_PIXEL)


def find_samples(shared: Path, labelled: LabelledSet, limit: int | None = None) -> list[Sample]:
    """The pictures of a set, sorted by name; none where the set is absent."""
    folder = shared / "data" / labelled.name
    folders = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return [Sample(path, labelled.box) for path in folders[:limit]]


def _read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def _infer(client: Client, sample: Sample, reduction: int, **options) -> Answer:
    """The product's answer for a picture that was reduced so many times, with pictures and points of its full size."""
    if reduction == 1:
        return client.infer(sample.image, sample.microns_per_pixel, **options)
    whole = Image.open(sample.image).convert("RGB")
    answer = client.infer(np.asarray(whole.reduce(reduction)), sample.microns_per_pixel * reduction, **options)
    full = lambda value: (value + 0.5) * reduction - 0.5  # noqa: E731
    cells = [cell | {"x": full(cell["x"]), "y": full(cell["y"]),
                     "contour": [(full(x), full(y)) for x, y in cell["contour"]]} for cell in answer.cells]
    reached = tuple(n * reduction for n in answer.images["SegRefined"].shape[1::-1])
    images = {name: picture if name == "SegRefined" else np.asarray(
        Image.fromarray(picture).resize(reached, Image.BILINEAR))[:whole.height, :whole.width]
        for name, picture in answer.images.items()}
    return replace(answer, cells=cells, images=images)


def score_sample(client: Client, sample: Sample, reduction: int = 1) -> dict[str, float]:
    """Every score that the labels of one picture allow, from the product's answer.

    `reduction`: how many times smaller the picture is when the product sees it. Labels stay as they are.
    """
    has = lambda name: (sample.folder / name).is_file()  # noqa: E731
    modalities = {key: pair for key, pair in MODALITIES.items() if has(pair[0])}
    slim = None if modalities else "true"
    answer = _infer(client, sample, reduction, slim=slim, include="cells")
    if has("points.json"):
        points = json.loads((sample.folder / "points.json").read_text())
        scores = score_points(points, answer.cells, box=sample.box)
        scores |= {f"det_f1{FAR}": score_points(points, answer.cells, FAR_RADIUS, sample.box)["det_f1"]}
        scores |= tumour_scores(points, answer.cells, box=sample.box)
        far = tumour_scores(points, answer.cells, FAR_RADIUS, sample.box)
        return scores | {f"det_f1{FAR}{TUMOUR}": far[f"det_f1{TUMOUR}"]}
    guess = read_drawing(answer.images["SegRefined"], MIN_DRAWN_PX / reduction**2)
    guess = guess.enlarge(reduction, *np.asarray(Image.open(sample.image)).shape[:2])
    if has("nuclei.png"):
        scores = score_nuclei(read_drawing(_read(sample.folder / "nuclei.png")), guess)
    elif has("labels.png"):
        scores = _score_instances(np.asarray(Image.open(sample.folder / "labels.png")), guess)
    else:
        truth = np.asarray(Image.open(sample.folder / "mask.png").convert("L")) > 0
        scores = {"dice": dice(truth, guess.labels > 0), "n": guess.count, "pct": _percent(answer),
                  **{f"px{POOLED}_{name}": value for name, value in overlap_px(truth, guess.labels > 0).items()}}
    pictures = {key: (answer.images[name].max(-1), _read(sample.folder / file).max(-1))
                for key, (file, name) in modalities.items()}
    scores |= {key: correlation(*pair) for key, pair in pictures.items()}
    if pictures and has("nuclei.png"):
        scores |= _score_registered(guess, read_drawing(_read(sample.folder / "nuclei.png")), pictures)
    return scores


def _score_registered(guess: Nuclei, truth: Nuclei, pictures: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict:
    """The same scores after drawing and real pictures are shifted to where the real DAPI fits the inferred one best.

    Also the scores of a faithful answer: the drawing and the real pictures themselves, shifted to where the
    bright-field picture shows them, against the drawing and the real pictures as they are.
    """
    mine, real = register(*pictures["r_dapi"])
    scores = {f"{key}{REGISTERED}": value for key, value in _compare(
        truth.crop(real), guess.crop(mine), {key: (ours[mine], photo[real]) for key, (ours, photo) in pictures.items()},
    ).items()}
    scores |= {f"{key}{FAITHFUL}": value for key, value in _compare(
        truth.crop(mine), truth.crop(real), {key: (photo[real], photo[mine]) for key, (_, photo) in pictures.items()},
    ).items()}
    shift = [there.start - here.start for here, there in zip(mine, real)]
    return scores | {f"shift{REGISTERED}": float(np.hypot(*shift))}


def _compare(truth: Nuclei, guess: Nuclei, pictures: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    nuclei = score_nuclei(truth, guess)
    return {**{key: nuclei[key] for key in ("dice", "f1_50", "det_f1")},
            **{key: correlation(*pair) for key, pair in pictures.items()}}


def _percent(answer: Answer) -> float:
    return 100 * answer.scoring["num_pos"] / max(1, answer.scoring["num_total"])


def _score_instances(labels: np.ndarray, guess: Nuclei) -> dict[str, float]:
    """H&E with an instance map (H, W): all nuclei are negative."""
    values, numbered = np.unique(labels, return_inverse=True)
    truth = Nuclei(numbered.reshape(labels.shape) + (values[0] != 0), np.zeros(len(values) + (values[0] != 0), bool))
    kept = ("dice", "aji", "f1_50", "det_f1", "n_true", "n", "pct")
    scores = score_nuclei(truth, guess)
    return {key: scores[key] for key in kept}


def mean_scores(rows: list[dict[str, float]]) -> dict[str, float]:
    """Mean of every measure over pictures, and Dice of all pixels together where there are masks alone."""
    every = [key for key in rows[0] if all(key in row for row in rows)]
    scores = {key: float(np.mean([row[key] for row in rows])) for key in every}
    if f"px{POOLED}_both" in scores:
        both, either = (sum(row[f"px{POOLED}_{name}"] for row in rows) for name in ("both", "sum"))
        scores[f"dice{POOLED}"] = 2 * both / max(1, either)
    return scores


def meets(measure: str, value: float, goal: float) -> bool:
    """Whether a figure reaches its goal, at the precision at which it is printed."""
    return round(value, 1) <= goal if measure in AT_MOST else round(value, 3) >= goal
