"""Looks of real pictures that the wide draw of `spec.draw_spec` hardly ever reaches, for training alone.

The test sets draw by `draw_spec` or by the gallery's scenes, so these looks change none of their seeds.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from .camera import Camera, draw_camera
from .spec import KINDS, SceneSpec, draw_spec

PLAIN_SHARE = 0.4  # of the training's scenes: none of `LOOKS`
CALM_SHARE = 0.55  # and calmer than they would be


def _watercolour(rng: np.random.Generator, spec: SceneSpec) -> SceneSpec:
    """Pale flat nuclei without a rim that overlap like ink, beside black, granular and grey-brown ones."""
    u = rng.uniform
    return replace(
        spec, compartment="nuclear", positive={kind: u(0.1, 0.7) for kind in ("tumour", "vesicular", "lymphocyte")},
        hematoxylin=u(0.1, 0.28), hematoxylin_spread=u(0.15, 0.5), rim=u(0, 0.12), chromatin_contrast=u(0.02, 0.1),
        vesicular_share=u(0, 0.2), crowding=u(0.62, 0.95), overlap=u(0.5, 1.0), moulding=u(0, 0.4),
        angularity=u(0.1, 0.7), irregularity=u(0.05, 0.15), dab_median=u(0.9, 2.2), dab_spread=u(0.4, 0.8),
        weak_share=u(0.2, 0.6), trace_ratio=u(0, 0.8), granularity=u(0.1, 0.9), dab_hides_hematoxylin=u(0.3, 1.0),
        background=u(0, 0.06), cytoplasm=u(0, 0.06), global_softness=u(0.7, 1.6), haze=u(0, 0.15),
    )


def _black_clumps(rng: np.random.Generator, spec: SceneSpec) -> SceneSpec:
    """Ragged angular black nuclei, some stuck together, in a brown haze."""
    u = rng.uniform
    return replace(
        spec, compartment="nuclear", positive={kind: u(0.05, 0.6) for kind in KINDS},
        dab_median=u(1.3, 2.6), dab_spread=u(0.2, 0.5), angularity=u(0.4, 1.0), irregularity=u(0.08, 0.2),
        granularity=u(0, 0.3), patchiness=u(0, 0.4), crowding=u(0.7, 1.1), weak_share=u(0, 0.4), trace_ratio=u(0, 1),
        haze=u(0.1, 0.5), cytoplasm_leak=u(0, 0.3), hematoxylin=u(0.1, 0.4), fragments=u(0, 1),
    )


def _microscope(rng: np.random.Generator, spec: SceneSpec) -> SceneSpec:
    """Dark and pale violet nuclei far apart between wavy fibres, few positive ones, some of them huge."""
    u = rng.uniform
    return replace(
        spec, compartment="nuclear", violet=True, positive={"tumour": u(0.05, 0.6), "vesicular": u(0.05, 0.6)},
        tumour_share=u(0.1, 0.7), lymphocyte_share=u(0.05, 0.4), tumour_radius=u(15, 26), radius_spread=u(0.15, 0.35),
        hematoxylin=u(0.15, 0.45), hematoxylin_spread=u(0.4, 0.8), stroma_spacing=u(1.8, 3.4),
        vesicular_share=u(0.2, 0.8), overlap=u(0.3, 0.9), dab_median=u(0.4, 2.2), weak_share=u(0, 0.35),
        dab_hides_hematoxylin=u(0, 0.5), collagen=u(0, 0.15), bundles=int(rng.integers(0, 4)),
        haze=u(0, 0.25), background=u(0, 0.08), cytoplasm=u(0, 0.08), global_softness=u(1.2, 2.8), magnification=40.0,
    )


def _strands(rng: np.random.Generator, spec: SceneSpec) -> SceneSpec:
    """Strands of thick spindle nuclei, crushed in places, and wavy collagen."""
    u = rng.uniform
    return replace(spec, bundles=int(rng.integers(2, 9)), crushed=u(0, 1), collagen=u(0, 0.3),
                   tumour_share=u(0.05, 0.6), hematoxylin=max(spec.hematoxylin, 0.2), stroma_spacing=u(1.3, 3.0))


def _nests(rng: np.random.Generator, spec: SceneSpec) -> SceneSpec:
    """Crowded nests with a sharp border, in loose stroma."""
    u = rng.uniform
    return replace(spec, nest_size=u(60, 160), cleft=float(rng.choice([0.0, u(2, 9)])), tumour_share=u(0.25, 0.6),
                   crowding=u(0.7, 0.95), stroma_spacing=u(2.0, 3.6), collagen=u(0, 0.25),
                   bundles=int(rng.integers(0, 4)), lymphocyte_share=u(0, 0.4))


def _marrow(rng: np.random.Generator, spec: SceneSpec) -> SceneSpec:
    """Small round cells in sheets and between fat cells with flat nuclei, and dark cells whose nucleus hardly shows."""
    u = rng.uniform
    spec = replace(
        spec, compartment=str(rng.choice(["membrane", "cytoplasm"])), fat=rng.random() < 0.6, fat_rim=u(0.3, 1.0),
        tumour_radius=u(8.5, 13), tumour_share=u(0.3, 1.0), lymphocyte_share=u(0.1, 0.8), vesicular_share=u(0, 0.4),
        crowding=u(0.78, 1.2), stroma_spacing=u(1.1, 1.8), elongation=u(1.0, 1.3), hematoxylin=u(0.15, 0.5),
        chromatin_contrast=u(0.05, 0.25), background=u(0, 0.15), dab_median=u(0.9, 2.6), dab_spread=u(0.2, 0.6),
        nuclear_veil=u(0.0, 0.9), cell_margin=u(6, 14), cell_eccentricity=u(0, 0.9), cell_raggedness=u(0, 0.8),
        positive={"tumour": u(0.02, 0.3), "plasma": u(0.5, 1.0)}, debris=u(0.1, 1), glass_share=0.0,
        cell_tails=float(rng.choice([0.0, u(0, 0.4)])), red_cells=float(rng.choice([0.0, u(0.2, 1)])),
    )
    if rng.random() < 0.4:  # a sheet of plasma cells, side by side
        spec = replace(spec, positive={"tumour": u(0.6, 1.0), "plasma": 1.0}, nuclear_veil=u(0.4, 0.9),
                       crowding=u(1.1, 1.6), cell_margin=u(9, 16), hematoxylin=u(0.18, 0.4))
    return spec


def _grey_brown(rng: np.random.Generator, spec: SceneSpec) -> SceneSpec:
    """Weak grey-brown nuclei that count, beside blue ones."""
    u = rng.uniform
    return replace(spec, compartment="nuclear", positive={kind: u(0.2, 0.8) for kind in ("tumour", "vesicular")},
                   dab_median=u(0.35, 0.9), dab_spread=u(0.3, 0.6), weak_share=u(0.3, 0.8), trace_ratio=u(0, 0.3),
                   dab_hides_hematoxylin=u(0.4, 1.0), hematoxylin=u(0.12, 0.4), rim=u(0, 0.3))


LOOKS: dict[str, Callable[[np.random.Generator, SceneSpec], SceneSpec]] = {
    "watercolour": _watercolour, "black clumps": _black_clumps, "microscope": _microscope, "strands": _strands,
    "nests": _nests, "marrow": _marrow, "grey-brown": _grey_brown,
}
_SHARES = (0.2, 0.12, 0.2, 0.12, 0.1, 0.18, 0.08)


def _soft_yellow(rng: np.random.Generator, camera: Camera) -> Camera:
    """The yellow light and the soft lens of a microscope's camera."""
    red, yellow = rng.uniform(225, 252), rng.uniform(0.08, 0.25)
    return replace(camera, white=(red, red * rng.uniform(0.96, 1.0), red * (1 - yellow)), blur=rng.uniform(1.2, 2.8),
                   contrast=rng.uniform(0.8, 1.05), sharpen=rng.choice([0.0, rng.uniform(0.2, 1.0)]))


def _calm(rng: np.random.Generator, spec: SceneSpec) -> SceneSpec:
    """As `realism` finds real pictures: pale soft nuclei without rims, golden DAB, little between the nuclei."""
    u = rng.uniform
    return replace(
        spec, hematoxylin=max(0.08, spec.hematoxylin * u(0.35, 0.95)), rim=spec.rim * u(0, 0.4), dome=u(0.35, 0.9),
        chromatin_contrast=spec.chromatin_contrast * u(0.2, 0.8), global_softness=spec.global_softness * u(1.0, 2.0),
        irregularity=spec.irregularity * u(1.0, 1.6), background=spec.background * u(0.1, 0.7),
        cytoplasm=spec.cytoplasm * u(0.2, 0.8), fibre_contrast=spec.fibre_contrast * u(0.2, 0.7),
        collagen=spec.collagen * u(0.2, 0.7), fragments=spec.fragments * u(0, 0.5),
        precipitate=spec.precipitate * u(0, 0.5), golden=u(0, 1),
        dab_hides_hematoxylin=max(spec.dab_hides_hematoxylin, u(0, 1)), crowding=spec.crowding * u(1.0, 1.25),
        unevenness=float(rng.choice([0.0, u(0, 0.3)])),
    )


def draw_look(rng: np.random.Generator) -> tuple[SceneSpec, Camera]:
    """A scene and a camera for training: the wide draw, mostly with one of `LOOKS`, calm, or both."""
    spec, camera = draw_spec(rng), draw_camera(rng)
    if spec.stain == "he":
        return spec, camera
    is_calm = rng.random() < CALM_SHARE
    if rng.random() < PLAIN_SHARE:
        return _calm(rng, spec) if is_calm else spec, camera
    name = str(rng.choice(list(LOOKS), p=_SHARES))
    if name in ("watercolour", "black clumps") and rng.random() < 0.5:
        camera = replace(camera, denoise=int(rng.choice([3, 4, 5])), sharpen=rng.uniform(0.5, 2.5))
    if name == "microscope" or rng.random() < 0.1:
        camera = _soft_yellow(rng, camera)
    spec = LOOKS[name](rng, spec)
    return _calm(rng, spec) if is_calm else spec, camera
