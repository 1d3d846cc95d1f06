"""Simulated fields: to fit the classifier on, to choose features and regularisation by, and to measure teaching on."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.samples import MICROSCOPE, PAPER_SCANNER, SAMPLES, SCANNER
from ..membranes import fields as membranes
from ..simulator import SceneSpec, draw_spec, simulate
from ..simulator.camera import Camera
from ..simulator.looks import draw_look
from ..simulator.spec import KINDS

FIT, CHOOSE, TEACH = "fit", "choose", "teach"
# Neither the network's training nor the test sets of `figures` use these seeds.
FIRST_SEED = {FIT: 1_800_000_000, CHOOSE: 1_850_000_000, TEACH: 1_880_000_000}
SIDE = {FIT: 768, CHOOSE: 1024, TEACH: 1024}  # px at 0.25 um/px
FEWEST_NUCLEI = 40
WIDE = 400  # fields to fit on before those with looks of real pictures and those of membranous markers
CAMERAS = (SCANNER, PAPER_SCANNER, MICROSCOPE)
TUMOUR_MARKERS = ("ki67-low", "ki67-medium", "ki67-high", "ki67-dense", "er-strong", "pr-weak", "p53-mutant")


def _as_trained(rng: np.random.Generator, index: int) -> tuple[SceneSpec, Camera | None]:
    """The wide draw first; then in turn two fields as the network is trained on, and one of a membranous marker."""
    if index < WIDE:
        return draw_spec(rng, "ihc"), None
    if index % 3 == 2:
        return membranes.draw_fit(rng, membranes.MARKERS[index % 2]), CAMERAS[int(rng.integers(len(CAMERAS)))]
    while True:
        spec, camera = draw_look(rng)
        if spec.stain == "ihc":
            return spec, camera


def _as_stained(rng: np.random.Generator, index: int) -> tuple[SceneSpec, Camera]:
    """A tumour marker of the gallery with other tissue: more or less stroma and lymphocytes."""
    spec = SAMPLES[TUMOUR_MARKERS[index % len(TUMOUR_MARKERS)]].spec
    share = rng.uniform(0.3, 1.25)
    spec = replace(
        spec,
        positive={kind: min(0.95, spec.positive.get(kind, 0.0) * share) for kind in KINDS},
        tumour_share=rng.uniform(0.3, 0.9),
        lymphocyte_share=rng.uniform(0.05, 0.5),
        tumour_radius=spec.tumour_radius * rng.lognormal(0, 0.12),
        hematoxylin=spec.hematoxylin * rng.lognormal(0, 0.2),
        magnification=float(rng.choice([40.0, 20.0, 10.0], p=[0.5, 0.3, 0.2])),
    )
    return spec, CAMERAS[int(rng.integers(len(CAMERAS)))]


def draw_field(folder: Path, collection: str, index: int) -> None:
    """Draw one field with enough nuclei: picture, labels in the camera's pixels, kinds and classes by label."""
    side = SIDE[collection]
    for attempt in range(100):
        seed = FIRST_SEED[collection] + 100 * index + attempt
        rng = np.random.default_rng([seed, 1])
        spec, camera = _as_trained(rng, index) if collection == FIT else _as_stained(rng, index)
        scene = simulate(seed, side, side, spec, camera)
        if scene.labels.max() >= FEWEST_NUCLEI:
            break
    height, width = scene.native.shape[:2]
    rows, columns = (((np.arange(n) + 0.5) * side / n).astype(int) for n in (height, width))
    path = folder / f"{collection}-{index:04d}"
    Image.fromarray(scene.native).save(f"{path}.png")
    Image.fromarray(scene.labels[np.ix_(rows, columns)].astype(np.uint16)).save(f"{path}-labels.png")
    Path(f"{path}.json").write_text(json.dumps({
        "seed": seed, "microns_per_pixel": 0.25 * side / width, "compartment": spec.compartment,
        "kinds": scene.kinds.tolist(), "positive": scene.positive.tolist()}))


def draw_fields(folder: Path, collection: str, count: int) -> list[Path]:
    """The truths of the first `count` fields of a collection; draws those that the folder lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    truths = [folder / f"{collection}-{index:04d}.json" for index in range(count)]
    for index, truth in enumerate(truths):
        if not truth.is_file():
            draw_field(folder, collection, index)
            if index % 20 == 0:
                print(f"drawing {collection}: {index} of {count}", flush=True)
    return truths
