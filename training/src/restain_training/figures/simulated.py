"""Fixed simulated test sets: exact truth, seeds that training never uses, drawn once and kept.

`MARKERS` shows each marker as laboratories stain and scan it (the gallery's scenarios, each drawn anew with its
staining and share of positive cells varied); `EXTREMES` draws as widely as training does, with stains that no
laboratory would release.
"""

import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from .. import simulator
from ..data import samples
from ..data.samples import MICROSCOPE, PAPER_SCANNER, SAMPLES, SCANNER
from ..simulator import SceneSpec, draw_spec, simulate
from ..simulator.camera import Camera
from .client import Client
from .scoring import HIT_RADIUS, TUMOUR, score_points, tumour_scores
from .sets import MICRONS_PER_PIXEL

MARKERS, EXTREMES = "simulated", "simulated-extremes"
# Seeds of training are a small number times one million, plus a count.
FIRST_SEED = {MARKERS: 1_950_000_000, EXTREMES: 1_900_000_000}
SCENARIOS = [name for name, sample in SAMPLES.items() if sample.spec.stain == "ihc" and not name.endswith("0x")]
SIDE = 1024  # px at 0.25 um/px
MAGNIFICATIONS = (40.0, 20.0, 10.0)
COMPARTMENTS = ("nuclear", "membrane", "cytoplasm")
TUMOUR_MARKERS = ("Ki67", "ER", "PR", "p53")  # in whose fields the second count is scored
FEWEST_NUCLEI = 50  # with fewer, a single nucleus moves the percentage by more than the goal


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
        """seed, magnification, group, points [{x, y, cls, kind}]."""
        return json.loads(self._path(".json").read_text())

    @property
    def is_made(self) -> bool:
        """Whether the field was drawn before; its truth is written last."""
        return self._path(".json").is_file()


def _as_stained(seed: int, index: int) -> tuple[str, SceneSpec, Camera]:
    """A scenario of the gallery with another share of positive cells, other staining, another camera."""
    rng = np.random.default_rng([seed, 1])
    name = SCENARIOS[index % len(SCENARIOS)]
    spec = SAMPLES[name].spec
    share = rng.uniform(0.3, 1.25)
    spec = replace(
        spec,
        positive={kind: min(0.95, value * share) for kind, value in spec.positive.items()},
        dab_median=spec.dab_median * rng.lognormal(0, 0.2),
        hematoxylin=spec.hematoxylin * rng.lognormal(0, 0.2),
        background=spec.background * rng.uniform(0.5, 1.5),
        tumour_radius=spec.tumour_radius * rng.lognormal(0, 0.1),
        magnification=MAGNIFICATIONS[index // len(SCENARIOS) % len(MAGNIFICATIONS)],
    )
    camera = (SCANNER, PAPER_SCANNER, MICROSCOPE)[int(rng.integers(3))]
    return SAMPLES[name].marker, spec, camera


def _extreme(seed: int, index: int) -> tuple[str, SceneSpec, None]:
    """Compartments and magnifications in turn, everything else as training draws it."""
    rng = np.random.default_rng([seed, 1])
    compartment = COMPARTMENTS[index % len(COMPARTMENTS)]
    while True:
        spec = draw_spec(rng, "ihc")
        if spec.compartment == compartment:
            magnification = MAGNIFICATIONS[index // len(COMPARTMENTS) % len(MAGNIFICATIONS)]
            return compartment, replace(spec, magnification=magnification), None


def draw_field(field: SimulatedField, collection: str, side: int = SIDE) -> None:
    """Simulate a field with enough nuclei and write it."""
    for attempt in range(100):
        seed = FIRST_SEED[collection] + 100 * field.index + attempt
        group, spec, camera = (_as_stained if collection == MARKERS else _extreme)(seed, field.index)
        scene = simulate(seed, side, side, spec, camera)
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
               "cls": "positive" if scene.positive[i] else "negative", "kind": str(scene.kinds[i])}
              for i in range(1, count + 1)]
    field.folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene.native).save(field.image)
    Image.fromarray(labels.astype(np.uint16)).save(field._path("-labels.png"))
    field._path(".json").write_text(json.dumps(
        {"seed": seed, "magnification": spec.magnification, "group": group, "points": points}))


def make_fields(cache: Path, count: int, collection: str = MARKERS, side: int = SIDE) -> list[SimulatedField]:
    """The first `count` fields of a collection; draws those that the cache lacks.

    Every version of the simulator has a cache folder of its own.
    """
    sources = sorted(Path(simulator.__file__).parent.glob("*.py"))
    drawn_by = [*sources, Path(samples.__file__), Path(__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in drawn_by)).hexdigest()
    folder = cache / f"{collection}-{side}-{digest[:12]}"
    fields = [SimulatedField(folder, index) for index in range(count)]
    missing = [field for field in fields if not field.is_made]
    for done, field in enumerate(missing):
        if done % 20 == 0:
            print(f"drawing simulated fields: {done} of {len(missing)}", file=sys.stderr, flush=True)
        draw_field(field, collection, side)
    return fields


def score_field(client: Client, field: SimulatedField) -> dict:
    """Detection, classes, and error of % positive of one field, with what it shows."""
    truth = field.truth
    downsample = 40.0 / truth["magnification"]
    answer = client.infer(field.image, MICRONS_PER_PIXEL * downsample, slim="true", include="cells")
    scores = score_points(truth["points"], answer.cells, HIT_RADIUS / downsample)
    if truth["group"] in TUMOUR_MARKERS:
        scores |= tumour_scores(truth["points"], answer.cells, HIT_RADIUS / downsample)
    return scores | {key: truth[key] for key in ("magnification", "group", "seed")}


def summarise(rows: list[dict]) -> dict[str, float]:
    """Figures over fields: means, and the 95th percentile of the error of % positive."""
    errors = [row["pct_err"] for row in rows]
    means = {key: float(np.mean([row[key] for row in rows])) for key in ("det_f1", "f1_pos", "f1_neg", "pct_err")}
    tumour = [row for row in rows if row.get(f"n_true{TUMOUR}", 0) >= FEWEST_NUCLEI]
    if tumour:
        off = [row[f"pct_err{TUMOUR}"] for row in tumour]
        means |= {f"det_f1{TUMOUR}": float(np.mean([row[f"det_f1{TUMOUR}"] for row in tumour])),
                  f"pct_err{TUMOUR}": float(np.mean(off)), f"pct_err{TUMOUR}_p95": float(np.percentile(off, 95))}
    return means | {"pct_err_p95": float(np.percentile(errors, 95)),
                    "pct_bias": float(np.mean([row["pct"] - row["pct_true"] for row in rows]))}


def strata(rows: list[dict]) -> dict[str, list[dict]]:
    """The fields by magnification and by marker or compartment."""
    groups: dict[str, list[dict]] = {}
    for row in rows:
        groups.setdefault(f"{row['magnification']:g}x", []).append(row)
        groups.setdefault(row["group"], []).append(row)
    return groups
