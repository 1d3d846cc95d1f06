"""Simulated fields of membranous markers: to fit kinds on, to choose cut points by, and others to measure on."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.samples import EPITHELIUM, MICROSCOPE, PAPER_SCANNER, SCANNER
from ..simulator import SceneSpec, simulate
from ..simulator.spec import MembraneSpec

FIT, CHOOSE, TEST = "fit", "choose", "test"
# Neither the network's training, the classifier of kinds nor the test sets of `figures` use these seeds.
FIRST_SEED = {FIT: 1_920_000_000, CHOOSE: 1_900_000_000, TEST: 1_950_000_000}
SIDE = 1024  # px at 0.25 um/px
FEWEST_TUMOUR = 60  # nuclei of a field whose TPS is compared
MARKERS = ("her2", "pdl1")

BASE = replace(EPITHELIUM, compartment="membrane", weak_share=0.0, trace_ratio=0.0, dab_spread=0.3)


def draw_choose(rng: np.random.Generator, marker: str) -> SceneSpec:
    """A field to choose by: one way of fixing and staining, tissue as in the gallery."""
    u = rng.uniform
    share = u(0.0, 1.0)
    spec = replace(
        BASE, crowding=u(1.15, 1.45), cell_margin=u(9, 14), cell_raggedness=u(0.0, 0.2), membrane_width=u(1.1, 1.7),
        granularity=u(0.1, 0.3), nuclear_veil=u(0.1, 0.4), tumour_share=u(0.6, 0.85))
    return _as_marker(rng, spec, marker, share, dab=u(0.45, 1.2), partial=(0.25, 0.75), arcs=3, blush=u(0.0, 0.25))


def draw_fit(rng: np.random.Generator, marker: str) -> SceneSpec:
    """A field to fit kinds on: as those to choose by, with more kinds of tissue."""
    u = rng.uniform
    spec = draw_choose(rng, marker)
    return replace(
        spec, tumour_radius=14.5 * rng.lognormal(0, 0.2), radius_spread=u(0.1, 0.25), tumour_share=u(0.3, 0.9),
        crowding=u(1.0, 1.5), lymphocyte_share=u(0.05, 0.6), vesicular_share=u(0.1, 0.6), elongation=u(1.0, 1.7),
        hematoxylin=0.34 * rng.lognormal(0, 0.3), background=u(0.02, 0.08),
        magnification=float(rng.choice([40.0, 20.0], p=[0.6, 0.4])))


def draw_test(rng: np.random.Generator, marker: str) -> SceneSpec:
    """A field to measure on: wider and smaller cells, thin and thick membranes, more blush, other tissue and lenses."""
    u = rng.uniform
    share = float(rng.choice([0.0, rng.beta(0.8, 4), u(0.1, 0.9), rng.beta(6, 1)], p=[0.1, 0.35, 0.35, 0.2]))
    spec = replace(
        BASE, crowding=u(1.05, 1.6), cell_margin=u(7, 17), cell_raggedness=u(0.0, 0.35), membrane_width=u(0.9, 2.2),
        granularity=u(0.0, 0.5), nuclear_veil=u(0.0, 0.6), tumour_share=u(0.4, 0.95),
        tumour_radius=14.5 * rng.lognormal(0, 0.15), elongation=u(1.1, 1.6), hematoxylin=u(0.2, 0.5),
        background=u(0.0, 0.1), cytoplasm=u(0.0, 0.12), dab_background=u(0.0, 0.04), glandular=bool(rng.random() < 0.3),
        lumens=int(rng.integers(0, 4)), global_softness=u(1.0, 1.8),
        magnification=float(rng.choice([40.0, 20.0], p=[0.7, 0.3])))
    partial = (u(0.1, 0.3), u(0.5, 0.95))
    return _as_marker(rng, spec, marker, share, dab=u(0.4, 1.6), partial=partial, arcs=int(rng.integers(1, 5)),
                      blush=u(0.0, 0.4))


def _as_marker(rng, spec: SceneSpec, marker: str, share: float, *, dab, partial, arcs, blush) -> SceneSpec:
    u = rng.uniform
    if marker == "her2":  # tumour cells alone, most of them alike
        membranes = MembraneSpec(u(0.3, 1.0), partial, arcs, blush_share=u(0, 0.4), blush=blush)
        return replace(spec, positive={"tumour": share, "vesicular": share}, dab_median=dab,
                       lymphocyte_share=u(0.05, 0.2), membranes=membranes)
    # PD-L1: patchy, with stained lymphocytes and macrophages
    return replace(
        spec, positive={"tumour": share, "vesicular": share, "lymphocyte": u(0, 0.3), "macrophage": u(0.2, 0.9)},
        dab_median=0.75 * dab, lymphocyte_share=u(0.1, 0.45),
        membranes=MembraneSpec(u(0.0, 0.6), partial, arcs, blush_share=u(0, 0.4), blush=blush,
                               macrophage_share=u(0, 0.2)))


DRAW = {FIT: draw_fit, CHOOSE: draw_choose, TEST: draw_test}
CAMERAS = (SCANNER, PAPER_SCANNER, MICROSCOPE)


def draw_field(folder: Path, collection: str, index: int, first_seed: int | None = None) -> None:
    """Draw one field with enough tumour nuclei: picture, labels in the camera's pixels, truth by label."""
    first_seed = FIRST_SEED[collection] if first_seed is None else first_seed
    marker = MARKERS[index % len(MARKERS)]
    for attempt in range(100):
        seed = first_seed + 100 * index + attempt
        rng = np.random.default_rng([seed, 1])
        spec = DRAW[collection](rng, marker)
        scene = simulate(seed, SIDE, SIDE, spec, CAMERAS[int(rng.integers(len(CAMERAS)))])
        if np.count_nonzero(scene.kinds == "tumour") >= FEWEST_TUMOUR:
            break
    height, width = scene.native.shape[:2]
    rows, columns = (((np.arange(n) + 0.5) * SIDE / n).astype(int) for n in (height, width))
    path = folder / f"{collection}-{index:04d}"
    Image.fromarray(scene.native).save(f"{path}.png")
    Image.fromarray(scene.labels[np.ix_(rows, columns)].astype(np.uint16)).save(f"{path}-labels.png")
    truth = scene.membranes
    Path(f"{path}.json").write_text(json.dumps({
        "seed": seed, "marker": marker, "microns_per_pixel": 0.25 * SIDE / width, "kinds": scene.kinds.tolist(),
        "positive": scene.positive.tolist(),
        "completeness": np.round(truth.completeness.astype(float), 3).tolist(),
        "density": np.round(truth.density.astype(float), 3).tolist(),
        "cytoplasm": np.round(truth.cytoplasm.astype(float), 3).tolist()}))


def draw_fields(folder: Path, collection: str, count: int, first_seed: int | None = None) -> list[Path]:
    """The truths of the first `count` fields of a collection, or of others like them; draws those that are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    truths = [folder / f"{collection}-{index:04d}.json" for index in range(count)]
    for index, truth in enumerate(truths):
        if not truth.is_file():
            draw_field(folder, collection, index, first_seed)
            if index % 20 == 0:
                print(f"drawing {collection}: {index} of {count}", flush=True)
    return truths
