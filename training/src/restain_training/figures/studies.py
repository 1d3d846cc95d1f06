"""How steady the score is: light, file formats, magnifications, and pictures without nuclei."""

import io
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from .client import Answer, Client, Refused
from .sets import MICRONS_PER_PIXEL, SETS, Sample, find_samples

FEWEST_NUCLEI = 20  # with fewer, one nucleus moves the percentage too far
JUNK_SIDE, FEW_NUCLEI = 512, 10


def _gain(*channels: float):
    return lambda image: np.clip(image * np.array(channels) + 0.5, 0, 255).astype(np.uint8)


def _gamma(power: float):
    return lambda image: (255 * (image / 255) ** power + 0.5).astype(np.uint8)


def _jpeg(image: np.ndarray) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=50)
    return np.asarray(Image.open(buffer))


LIGHT = {
    "brightness +10 %": _gain(1.1, 1.1, 1.1),
    "brightness -10 %": _gain(0.9, 0.9, 0.9),
    "gamma 0.8": _gamma(0.8),
    "gamma 1.25": _gamma(1.25),
    "white balance warm 8 %": _gain(1.08, 1.0, 0.92),
    "white balance cold 8 %": _gain(0.92, 1.0, 1.08),
    "JPEG quality 50": _jpeg,
}
TURNS = {
    "rotated 90": lambda image: np.rot90(image),
    "rotated 180": lambda image: np.rot90(image, 2),
    "rotated 270": lambda image: np.rot90(image, 3),
    "flipped left to right": lambda image: image[:, ::-1],
    "flipped top to bottom": lambda image: image[::-1],
}
LIGHT_GOAL, TURN_GOAL = 5.0, 1.0  # points of % positive, on average
PRINTED_DECIMALS = 2


def landscape(side: int = JUNK_SIDE) -> np.ndarray:
    """A drawn landscape without anything medical: sky, hills, a lake, trees; (side, side, 3) uint8."""
    rng = np.random.default_rng(4)
    rows, columns = np.mgrid[0:side, 0:side] / side
    image = np.stack([120 + 90 * rows, 160 + 60 * rows, 235 - 30 * rows], -1)
    for level, colour in ((0.45, (90, 110, 130)), (0.55, (70, 105, 75)), (0.68, (50, 85, 45))):
        ridge = level + 0.05 * np.sin(7 * columns + 20 * level) + 0.02 * np.sin(23 * columns)
        image = np.where((rows > ridge)[..., None], colour, image)
    image = np.where(((rows > 0.85) & (columns < 0.6))[..., None], (95, 130, 165), image)
    for x, height in zip(rng.uniform(0.05, 0.95, 12), rng.uniform(0.08, 0.2, 12)):
        within = (np.abs(columns - x) < 0.25 * (rows - 0.75 + height)) & (rows < 0.75)
        image = np.where(within[..., None], (35, 60, 35), image)
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def junk() -> dict[str, np.ndarray]:
    """Pictures without a nucleus, (JUNK_SIDE, JUNK_SIDE, 3) uint8 each."""
    flat = lambda level: np.full((JUNK_SIDE, JUNK_SIDE, 3), level, np.uint8)  # noqa: E731
    rng = np.random.default_rng(5)
    ramp = np.linspace(0, 255, JUNK_SIDE)[:, None, None]
    return {
        "blank": flat(255), "glass": flat(238), "grey": flat(128), "black": flat(0),
        "noise": rng.integers(0, 256, (JUNK_SIDE, JUNK_SIDE, 3), dtype=np.uint8),
        "gradient": np.broadcast_to(ramp, (JUNK_SIDE, JUNK_SIDE, 3)).astype(np.uint8),
        "landscape": landscape(),
    }


def ihc_samples(shared: Path, names: list[str], limit: int | None) -> list[Sample]:
    """The IHC pictures of the sets called `names`, or of all IHC sets when none of `names` is one."""
    sets = [labelled for labelled in SETS if labelled.stain == "ihc"]
    chosen = [labelled for labelled in sets if labelled.name in names] or sets
    return [sample for labelled in chosen for sample in find_samples(shared, labelled, limit)]


def _progress(study: str, sample: Sample) -> None:
    now, where = time.strftime("%H:%M:%S"), f"{sample.folder.parent.name} {sample.name}"
    print(f"{now} {study}: {where}", file=sys.stderr, flush=True)


def _score(client: Client, image: np.ndarray, microns_per_pixel: float) -> Answer:
    return client.infer(np.ascontiguousarray(image), microns_per_pixel, slim="true")


def robustness(client: Client, samples: list[Sample]) -> list[dict]:
    """Mean change of % positive under other light, rotated and flipped; and what is found where there are no nuclei."""
    moves: dict[str, list[float]] = {name: [] for name in (*LIGHT, *TURNS)}
    for sample in samples:
        _progress("robustness", sample)
        image = np.asarray(Image.open(sample.image).convert("RGB"))
        before = _score(client, image, sample.microns_per_pixel).scoring
        if before["num_total"] < FEWEST_NUCLEI:
            continue
        for name, change in (LIGHT | TURNS).items():
            after = _score(client, change(image), sample.microns_per_pixel).scoring
            moves[name].append(abs(_percent(after) - _percent(before)))
    rows = [judge("robustness", name, "move of % positive", moves[name], LIGHT_GOAL if name in LIGHT else TURN_GOAL)
            for name in moves if moves[name]]
    for name, image in junk().items():
        try:
            found = _score(client, image, MICRONS_PER_PIXEL).scoring["num_total"]
        except Refused as problem:
            rows.append({"set": "no nuclei", "case": name, "measure": str(problem), "value": None, "met": False})
            continue
        rows.append(judge("no nuclei", name, "nuclei found", [found], FEW_NUCLEI))
    return rows


def _percent(scoring: dict) -> float:
    return 100 * scoring["num_pos"] / max(1, scoring["num_total"])


def judge(name: str, case: str, measure: str, values: list[float], goal: float) -> dict:
    """One line of a study: the mean and the worst of some figures, and whether the mean is within its goal."""
    value = float(np.mean(values))
    return {"set": name, "case": case, "measure": measure, "images": len(values), "value": value, "goal": goal,
            "worst": float(np.max(values)), "met": round(value, PRINTED_DECIMALS) <= goal}


# Goals between neighbouring magnifications, and from the finest to the coarsest.
STEPS = {("40x", "20x"): 3.0, ("20x", "10x"): 5.0, ("40x", "10x"): 10.0}
REDUCTIONS = {"40x": 1, "20x": 2, "10x": 4}
MISTAKES = (("40x", "20x"), ("20x", "40x"), ("40x", "10x"))  # true magnification, stated magnification


def doubts_pixel_size(answer: Answer) -> bool:
    """Whether the answer warns of the stated pixel size."""
    return any(warning["code"] == "pixel_size_doubtful" for warning in answer.warnings)


def resolution(client: Client, samples: list[Sample]) -> list[dict]:
    """Change of % positive between a field at 40x, reduced to 20x and to 10x; and the share of warnings."""
    moves: dict[tuple[str, str], list[float]] = {step: [] for step in STEPS}
    warned: dict[str, list[bool]] = {"right setting": []}
    for sample in samples:
        _progress("resolution", sample)
        image = Image.open(sample.image).convert("RGB")
        reduced = {name: np.asarray(image.reduce(factor)) for name, factor in REDUCTIONS.items()}
        percent = {}
        for name, factor in REDUCTIONS.items():
            answer = _score(client, reduced[name], sample.microns_per_pixel * factor)
            if factor == 1 and answer.scoring["num_total"] < FEWEST_NUCLEI:
                break
            percent[name] = _percent(answer.scoring)
            warned["right setting"].append(doubts_pixel_size(answer))
        else:
            for fine, coarse in STEPS:
                moves[fine, coarse].append(abs(percent[fine] - percent[coarse]))
            for true, said in MISTAKES:
                answer = _score(client, reduced[true], sample.microns_per_pixel * REDUCTIONS[said])
                warned.setdefault(f"{true} given as {said}", []).append(doubts_pixel_size(answer))
    rows = [judge("resolution", " to ".join(step), "move of % positive", values, STEPS[step])
            for step, values in moves.items() if values]
    rows += [{"set": "resolution", "case": case, "measure": "share warned", "images": len(values),
              "value": float(np.mean(values)), "goal": None, "met": None} for case, values in warned.items() if values]
    return rows
