"""Draw the named sample pictures of the gallery, with their true counts.

A picture depends on nothing but its name and size, so the gallery can be drawn again anywhere.
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..simulator import Scene, SceneSpec, simulate
from ..simulator.camera import Camera
from ..simulator.spec import MembraneSpec

SCANNER = Camera(white=(241, 240, 242), blur=0.6, noise=1.2, sharpen=0.5, jpeg_quality=92)
PAPER_SCANNER = Camera(white=(228, 231, 229), blur=0.7, noise=1.5, sharpen=0.3, jpeg_quality=90)
MICROSCOPE = Camera(white=(240, 236, 218), blur=1.0, noise=2.2, sharpen=0.3, aberration=0.3, jpeg_quality=88,
                    shading=0.06)

EPITHELIUM = SceneSpec(
    tumour_radius=14.5, tumour_share=0.72, lymphocyte_share=0.12, vesicular_share=0.3, crowding=0.95,
    irregularity=0.06, elongation=1.3, hematoxylin=0.34, hematoxylin_spread=0.25, chromatin_contrast=0.2, rim=0.35,
    background=0.05, cytoplasm=0.06, fibre_contrast=0.7, lumens=1, dab_median=1.0, dab_spread=0.35, weak_share=0.12,
    granularity=0.35, patchiness=0.3, defocus_share=0.1, global_softness=1.4,
)


@dataclass(frozen=True)
class Sample:
    """One picture of the gallery."""

    title: str
    marker: str
    seed: int
    spec: SceneSpec
    camera: Camera = SCANNER


def _tumour(share: float, **changes) -> SceneSpec:
    """Epithelium in which `share` of the tumour nuclei express the marker."""
    return replace(EPITHELIUM, positive={"tumour": share, "vesicular": share, "spindle": 0.04 * share,
                                         "lymphocyte": 0.1 * share}, **changes)


LYMPHOID = replace(
    EPITHELIUM, compartment="membrane", tumour_share=0.55, lymphocyte_share=0.55, cell_margin=6.0, membrane_width=1.3,
    dab_median=0.9, nuclear_veil=0.12, granularity=0.2, weak_share=0.05,
)

MEMBRANOUS = replace(
    EPITHELIUM, compartment="membrane", crowding=1.3, cell_margin=13.0, cell_raggedness=0.1, membrane_width=1.4,
    granularity=0.2, weak_share=0.0, trace_ratio=0.0, nuclear_veil=0.2, dab_spread=0.25,
)

# What the product calls a complete and a strong membrane, with the shares of HER2's pattern: lib/scoring/membrane.
COMPLETE, STRONG, HER2_PERCENT = 0.8, 0.6, 10

SAMPLES = {
    "ki67-low": Sample("Ki67, few cells dividing", "Ki67", 11, _tumour(0.06)),
    "ki67-medium": Sample("Ki67, moderate", "Ki67", 12, _tumour(0.25), PAPER_SCANNER),
    "ki67-high": Sample("Ki67, high", "Ki67", 13, _tumour(0.65, dab_median=1.3)),
    "ki67-dense": Sample("Ki67, crowded lymphoid tissue", "Ki67", 14, replace(
        _tumour(0.45, tumour_radius=11.5, crowding=0.8, tumour_share=0.95, moulding=0.8),
        positive={"tumour": 0.45, "vesicular": 0.45, "lymphocyte": 0.25})),
    "er-strong": Sample("Estrogen receptor, strong", "ER", 15, _tumour(0.85, granularity=0.1, dab_median=1.1)),
    "pr-weak": Sample("Progesterone receptor, weak and patchy", "PR", 16, _tumour(
        0.45, dab_median=0.4, weak_share=0.5, patchiness=0.6)),
    "p53-mutant": Sample("p53, overexpressed", "p53", 17, _tumour(
        0.8, dab_median=1.6, elongation=1.45, irregularity=0.1, radius_spread=0.25,
        cytoplasm_leak=0.06), PAPER_SCANNER),
    "cd3": Sample("CD3, T cells in stroma", "CD3", 18, replace(LYMPHOID, positive={"lymphocyte": 0.7})),
    "cd8": Sample("CD8, cytotoxic T cells", "CD8", 19, replace(
        LYMPHOID, positive={"lymphocyte": 0.35}, glandular=True, lumens=3), MICROSCOPE),
    "cd138": Sample("CD138, plasma cells in marrow", "CD138", 20, replace(
        LYMPHOID, tumour_radius=11.0, tumour_share=0.8, fat=True, lumens=0, cell_margin=8.0, membrane_width=2.0,
        hematoxylin=0.5, dab_median=1.4, precipitate=0.15, positive={"plasma": 0.95, "tumour": 0.12})),
    "her2": Sample("HER2, complete and strong membranes", "HER2", 23, replace(
        MEMBRANOUS, dab_median=1.0, positive={"tumour": 0.75, "vesicular": 0.75},
        membranes=MembraneSpec(full_share=0.7, blush_share=0.15, blush=0.2))),
    "pdl1": Sample("PD-L1, patchy, with macrophages", "PD-L1", 24, replace(
        MEMBRANOUS, dab_median=0.65, lymphocyte_share=0.25, lumens=0, dab_spread=0.3,
        positive={"tumour": 0.35, "vesicular": 0.35, "lymphocyte": 0.1, "macrophage": 0.8},
        membranes=MembraneSpec(full_share=0.4, partial=(0.3, 0.8), macrophage_share=0.08, blush_share=0.15)),
        PAPER_SCANNER),
    "he": Sample("Hematoxylin and eosin", "none", 21, replace(
        EPITHELIUM, stain="he", positive={}, weak_share=0.0, hematoxylin=0.45, cytoplasm=0.16, background=0.14,
        lumens=2, glandular=True, red_cells=0.3)),
    "ki67-40x": Sample("Ki67, 0.26 mm across", "Ki67", 22, _tumour(0.3)),
    "ki67-20x": Sample("Ki67, 0.51 mm across", "Ki67", 22, _tumour(0.3, magnification=20.0)),
    "ki67-10x": Sample("Ki67, 1.02 mm across", "Ki67", 22, _tumour(0.3, magnification=10.0)),
}


def true_membranes(scene: Scene) -> dict:
    """True numbers of the membranes of a scene, by the names of the API. Shares in %."""
    truth = scene.membranes
    tumour = scene.kinds == "tumour"
    immune = np.isin(scene.kinds, ("lymphocyte", "other"))
    stained = truth.completeness > 0
    complete = tumour & (truth.completeness >= COMPLETE)
    percent = lambda cells: 100 * np.count_nonzero(cells) / max(1, np.count_nonzero(tumour))  # noqa: E731
    patterns = (complete & (truth.density >= STRONG), complete, tumour & stained)
    exceeded = [percent(cells) > HER2_PERCENT for cells in patterns]
    return {
        "tumour": int(tumour.sum()),
        "tps": round(percent(tumour & stained), 1),
        "cps": round(min(100.0, percent((tumour | immune) & stained)), 1),
        "complete": round(percent(complete), 1),
        "her2_pattern": 3 - exceeded.index(True) if True in exceeded else 0,
    }


def draw_sample(name: str, size: int = 1024):
    """Draw one sample, `size` camera px square.

    Returns
    -------
    picture : (size, size, 3) uint8 array
    truth : dict of what the picture shows and its true counts
    """
    sample = SAMPLES[name]
    downsample = round(40 / sample.spec.magnification)
    scene = simulate(sample.seed, size * downsample, size * downsample, sample.spec, sample.camera)
    total, positive = int(scene.labels.max()), int(scene.positive.sum())
    truth = {
        "name": name,
        "title": sample.title,
        "stain": "H&E" if sample.spec.stain == "he" else "IHC",
        "marker": sample.marker,
        "magnification": sample.spec.magnification,
        "micronsPerPixel": 10 / sample.spec.magnification,
        "width": size,
        "height": size,
        "total": total,
        "positive": positive,
        "negative": total - positive,
        "percentPositive": round(100 * positive / max(1, total), 2),
        **({"membranes": true_membranes(scene)} if scene.membranes else {}),
    }
    return scene.native, truth


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=1024, help="px of the square pictures")
    parser.add_argument("--only", nargs="*", choices=list(SAMPLES), default=list(SAMPLES), metavar="NAME")
    parser.add_argument("--format", choices=["png", "webp", "jpg"], default="png")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    truths = []
    for name in args.only:
        picture, truth = draw_sample(name, args.size)
        file = f"{name}.{args.format}"
        Image.fromarray(picture).save(args.folder / file, **({} if args.format == "png" else {"quality": 90}))
        truths.append({"file": file, **truth})
        print(f"{file}: {truth['total']} nuclei, {truth['percentPositive']} % positive", flush=True)
    (args.folder / "samples.json").write_text(json.dumps(truths, indent=2) + "\n")


if __name__ == "__main__":
    main()
