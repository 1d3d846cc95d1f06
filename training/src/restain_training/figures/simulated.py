"""A fixed simulated test set: exact truth, seeds that no training draws, made once and kept."""

import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from .. import simulator
from ..simulator import SceneSpec, draw_spec, simulate
from .client import Client
from .scoring import HIT_RADIUS, score_points
from .sets import MICRONS_PER_PIXEL

FIRST_SEED = 1_900_000_000  # training counts up from one million times a small number
SIDE = 1024  # px at 0.25 um/px
MAGNIFICATIONS = (40.0, 20.0, 10.0)
COMPARTMENTS = ("nuclear", "membrane", "cytoplasm")
FEWEST_NUCLEI = 50  # a percentage of fewer moves by more than the goal with one nucleus


@dataclass(frozen=True)
class SimulatedField:
    """One picture of the test set, with its truth, in the camera's own pixels."""

    folder: Path
    index: int

    def _path(self, kind: str) -> Path:
        return self.folder / f"{self.index:04d}{kind}"

    @property
    def image(self) -> Path:
        """The picture's file."""
        return self._path(".png")

    @property
    def labels(self) -> np.ndarray:
        """(H, W) instances, 0 = background."""
        return np.asarray(Image.open(self._path("-labels.png"))).astype(np.int64)

    @property
    def truth(self) -> dict:
        """seed, magnification, compartment, points [{x, y, cls}]."""
        return json.loads(self._path(".json").read_text())

    @property
    def is_made(self) -> bool:
        """Whether the field was drawn before; its truth is written last."""
        return self._path(".json").is_file()


def _spec(seed: int, index: int) -> SceneSpec:
    """Markers and magnifications in turn, everything else as training draws it."""
    rng = np.random.default_rng([seed, 1])
    compartment = COMPARTMENTS[index % len(COMPARTMENTS)]
    while True:
        spec = draw_spec(rng, "ihc")
        if spec.compartment == compartment:
            return replace(spec, magnification=MAGNIFICATIONS[index // len(COMPARTMENTS) % len(MAGNIFICATIONS)])


def draw_field(field: SimulatedField, side: int = SIDE) -> None:
    """Simulate a field with enough nuclei and write it."""
    for attempt in range(100):
        seed = FIRST_SEED + 100 * field.index + attempt
        spec = _spec(seed, field.index)
        scene = simulate(seed, side, side, spec)
        if scene.labels.max() >= FEWEST_NUCLEI:
            break
    else:
        raise RuntimeError(f"no field with {FEWEST_NUCLEI} nuclei from seed {seed - 99}")
    height, width = scene.native.shape[:2]
    rows, columns = (((np.arange(n) + 0.5) * side / n).astype(int) for n in (height, width))
    labels = scene.labels[np.ix_(rows, columns)]
    count = int(scene.labels.max())
    flat = scene.labels.ravel()
    area = np.maximum(np.bincount(flat, minlength=count + 1), 1)
    ys, xs = (np.bincount(flat, axis.ravel(), count + 1) / area for axis in np.indices(scene.labels.shape))
    scale = width / side
    points = [{"x": round((xs[i] + 0.5) * scale - 0.5, 2), "y": round((ys[i] + 0.5) * scale - 0.5, 2),
               "cls": "positive" if scene.positive[i] else "negative"} for i in range(1, count + 1)]
    field.folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene.native).save(field.image)
    Image.fromarray(labels.astype(np.uint16)).save(field._path("-labels.png"))
    field._path(".json").write_text(json.dumps(
        {"seed": seed, "magnification": spec.magnification, "compartment": spec.compartment, "points": points}))


def make_fields(cache: Path, count: int, side: int = SIDE) -> list[SimulatedField]:
    """The first `count` fields, drawn where the cache lacks them. Another simulator has a cache of its own."""
    sources = sorted(Path(simulator.__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in [*sources, Path(__file__)])).hexdigest()
    folder = cache / f"simulated-{side}-{digest[:12]}"
    fields = [SimulatedField(folder, index) for index in range(count)]
    missing = [field for field in fields if not field.is_made]
    for done, field in enumerate(missing):
        if done % 20 == 0:
            print(f"drawing simulated fields: {done} of {len(missing)}", file=sys.stderr, flush=True)
        draw_field(field, side)
    return fields


def score_field(client: Client, field: SimulatedField) -> dict:
    """Detection, classes, and error of % positive of one field, with what it shows."""
    truth = field.truth
    downsample = 40.0 / truth["magnification"]
    answer = client.infer(field.image, MICRONS_PER_PIXEL * downsample, slim="true", include="cells")
    scores = score_points(truth["points"], answer.cells, HIT_RADIUS / downsample)
    return scores | {key: truth[key] for key in ("magnification", "compartment", "seed")}


def summarise(rows: list[dict]) -> dict[str, float]:
    """Figures over fields: means, and the 95th percentile of the error of % positive."""
    errors = [row["pct_err"] for row in rows]
    means = {key: float(np.mean([row[key] for row in rows])) for key in ("det_f1", "f1_pos", "f1_neg", "pct_err")}
    return means | {"pct_err_p95": float(np.percentile(errors, 95)),
                    "pct_bias": float(np.mean([row["pct"] - row["pct_true"] for row in rows]))}


def strata(rows: list[dict]) -> dict[str, list[dict]]:
    """The fields by magnification and by marker."""
    groups: dict[str, list[dict]] = {}
    for row in rows:
        groups.setdefault(f"{row['magnification']:g}x", []).append(row)
        groups.setdefault(row["compartment"], []).append(row)
    return groups
