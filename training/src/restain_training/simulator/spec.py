"""What a simulated field shows, as plain numbers: a random draw or a named scenario."""

from dataclasses import dataclass, field, replace

import numpy as np

KINDS = ("tumour", "lymphocyte", "spindle", "vesicular", "lobed", "plasma")
# Drawn only where a spec asks for them: more entries of KINDS would change what a seed draws.
RARE_KINDS = ("macrophage",)

# The kind that the product states of a nucleus, by the kind that the simulator draws.
STATED_KINDS = ("tumour", "lymphocyte", "stroma", "other")
STATED_KIND = {"tumour": "tumour", "vesicular": "tumour", "lymphocyte": "lymphocyte", "spindle": "stroma",
               "lobed": "other", "plasma": "other", "macrophage": "other"}

# A nucleus is positive when its mean DAB optical density (concentration of a stain vector of length 1) reaches a
# threshold, and at least POSITIVE_SHARE of its pixels exceed STAINED_PIXEL_SHARE_OF_THRESHOLD of that threshold.
# Readers judge against the slide's own staining, so the threshold grows with the scene's typical DAB (`positive_od`).
# With a cytoplasmic marker the rule applies to the cytoplasm around the nucleus, with a membrane marker to the
# band along the cell's membrane.
STAINED_PIXEL_SHARE_OF_THRESHOLD = 0.6
POSITIVE_SHARE = 0.4


def positive_od(typical_dab: float) -> float:
    """Mean DAB OD from which a nucleus counts as positive where stained nuclei typically have `typical_dab`."""
    return float(np.clip(0.25 * typical_dab, 0.09, 0.5))


@dataclass(frozen=True)
class MembraneSpec:
    """How the membranes of stained cells differ from each other. Densities in OD."""

    full_share: float = 0.5  # of the stained cells: complete membranes
    partial: tuple[float, float] = (0.2, 0.8)  # completeness of the others
    most_arcs: int = 3  # in which a partial membrane is stained
    blush_share: float = 0.2  # of all cells: a stained cytoplasm
    blush: float = 0.2  # its largest density
    blush_grain: float = 0.3
    macrophage_share: float = 0.0  # of the cells outside of the tumour, and of a sixth as many within


@dataclass(frozen=True)
class SceneSpec:
    """All parameters of a scene. Lengths in px at 0.25 um/px, densities in OD."""

    stain: str = "ihc"  # "ihc" or "he"
    compartment: str = "nuclear"  # "nuclear", "membrane", "cytoplasm"
    membranes: MembraneSpec | None = None  # membranes that differ from cell to cell, with their truth; else all alike
    tumour_radius: float = 15.0
    radius_spread: float = 0.16
    tumour_share: float = 0.6
    lymphocyte_share: float = 0.15
    vesicular_share: float = 0.2
    crowding: float = 0.9  # centre distance of neighbours / sum of radii
    stroma_spacing: float = 1.8
    irregularity: float = 0.06
    angularity: float = 0.0  # 0: round outlines; 1: polygons of a few straight sides
    elongation: float = 1.3
    moulding: float = 0.5  # share of overlapping nuclei that are cut off where they meet their neighbour instead
    overlap: float = 0.3  # share of the paler one's density that is added where nuclei overlap; 1: as two layers of ink
    nest_size: float = 0.0  # px from nest to nest of the tumour; 0: any
    cleft: float = 0.0  # px of a gap around parts of the tumour's border
    bundles: int = 0  # strands of spindle nuclei side by side, in 512 x 512 px
    fat_rim: float = 0.0  # share of the rim of fat cells that flat nuclei lie along
    positive: dict = field(default_factory=lambda: {"tumour": 0.3})
    dab_median: float = 0.9
    dab_spread: float = 0.45
    weak_share: float = 0.2
    trace_ratio: float = 0.5  # chance that a negative cell has traces of DAB, in units of weak_share
    granularity: float = 0.3
    patchiness: float = 0.3
    dab_background: float = 0.02
    cytoplasm_leak: float = 0.0
    haze: float = 0.0  # share of the DAB that is spread softly around it
    membrane_width: float = 1.6
    nuclear_veil: float = 0.2  # stain over a nucleus / stain beside it (membrane and cytoplasm markers)
    cut_depth: float = 0.0  # largest share of a stained cell's nucleus that is cut away and replaced by cytoplasm
    dab_hides_hematoxylin: float = 0.0  # share of the counterstain that a strongly brown nucleus does not take up
    cell_margin: float = 9.0
    cell_eccentricity: float = 0.0  # 0: cytoplasm of equal width all around; 1: none on one side, double on the other
    cell_raggedness: float = 0.0  # share by which the cytoplasm's width varies along its outline
    cell_folds: float = 0.0  # how much the cytoplasm is torn and folded
    cell_tails: float = 0.0  # share of stained cells with a process
    hematoxylin: float = 0.55
    golden: float = 0.0  # 1: yellow-brown DAB
    violet: bool = False  # counterstain as violet as in H&E, and DAB reddish
    hematoxylin_spread: float = 0.3
    chromatin_contrast: float = 0.25
    rim: float = 0.35
    dome: float = 0.35  # largest share by which a nucleus fades from its middle to its edge
    background: float = 0.05
    cytoplasm: float = 0.06
    fibre_contrast: float = 0.5
    collagen: float = 0.0  # density of wavy bands between cells
    crushed: float = 0.0  # dark streaks of crushed chromatin
    defocus_share: float = 0.12
    global_softness: float = 1.2
    unevenness: float = 0.0  # log spread of the section's thickness from place to place
    glass_share: float = 0.0
    lumens: int = 1
    glandular: bool = False
    fat: bool = False
    mucin: float = 0.0
    necrosis: float = 0.0
    red_cells: float = 0.0
    pigment: float = 0.0
    precipitate: float = 0.0
    smears: float = 0.0
    debris: float = 0.0
    fragments: float = 0.2
    folds: int = 0
    magnification: float = 40.0

    @property
    def positive_od(self) -> float:
        """Threshold of the class rule in this scene."""
        return positive_od(self.dab_median)


def draw_positive(rng: np.random.Generator, compartment: str) -> dict:
    """Share of expressing cells per kind of cell."""
    pattern = rng.random()
    share = float(rng.choice([0.0, rng.beta(0.7, 2.5), rng.beta(1.5, 1.5), rng.beta(5, 1.2)],
                             p=[0.1, 0.4, 0.3, 0.2]))
    if compartment != "nuclear" and pattern < 0.45:  # lymphoid markers: the small cells
        return {"lymphocyte": max(share, 0.3), "plasma": max(share, 0.4),
                "tumour": 0.02 * rng.random()}
    if pattern < 0.6:
        return {"tumour": share, "vesicular": share, "lymphocyte": share * rng.random() * 0.4,
                "spindle": share * rng.random() * 0.3, "plasma": share * 0.3}
    return {kind: share for kind in KINDS}


def draw_spec(rng: np.random.Generator, stain: str | None = None) -> SceneSpec:
    """A random scene from a wide distribution."""
    u = rng.uniform
    chance = lambda p: rng.random() < p  # noqa: E731
    stain = stain or ("he" if chance(0.09) else "ihc")
    compartment = str(rng.choice(["nuclear", "membrane", "cytoplasm"], p=[0.70, 0.18, 0.12]))
    spec = SceneSpec(
        stain=stain,
        compartment=compartment,
        tumour_radius=float(np.clip(rng.lognormal(np.log(15.5), 0.27), 8.5, 32)),
        radius_spread=u(0.06, 0.28),
        tumour_share=float(rng.beta(1.3, 0.8)),
        lymphocyte_share=float(rng.choice([u(0, 0.1), u(0.1, 0.5), u(0.5, 1.0)], p=[0.5, 0.35, 0.15])),
        vesicular_share=float(rng.choice([0.05, u(0, 0.5), u(0.6, 1)], p=[0.3, 0.5, 0.2])),
        crowding=u(0.72, 1.5),
        stroma_spacing=u(1.2, 3.2),
        irregularity=float(rng.choice([u(0.02, 0.08), u(0.08, 0.15)], p=[0.65, 0.35])),
        elongation=u(1.0, 1.9),
        moulding=u(0.1, 0.95),
        positive=draw_positive(rng, compartment),
        dab_median=float(np.clip(rng.lognormal(np.log(0.85), 0.55), 0.3, 2.2)),
        dab_spread=u(0.15, 0.7),
        weak_share=float(rng.choice([0, u(0, 0.3), u(0.3, 0.8)], p=[0.25, 0.45, 0.3])),
        granularity=float(rng.beta(1, 2)),
        patchiness=float(rng.beta(1, 2)),
        dab_background=float(rng.choice([0.0, u(0, 0.05), u(0.04, 0.14)], p=[0.4, 0.4, 0.2])),
        cytoplasm_leak=float(rng.choice([0, u(0, 0.25)], p=[0.7, 0.3])),
        membrane_width=u(1.0, 2.6),
        nuclear_veil=u(0.0, 0.45),
        cell_margin=u(5, 16),
        cell_eccentricity=float(rng.choice([0.0, u(0, 0.9)], p=[0.4, 0.6])),
        cell_raggedness=float(rng.choice([0.0, u(0, 0.8)], p=[0.4, 0.6])),
        dab_hides_hematoxylin=float(rng.choice([0.0, u(0.2, 0.95)], p=[0.45, 0.55])),
        hematoxylin=float(np.clip(rng.lognormal(np.log(0.31), 0.55), 0.09, 1.3)),
        hematoxylin_spread=u(0.1, 0.5),
        chromatin_contrast=u(0.08, 0.42),
        rim=float(rng.choice([u(0, 0.3), u(0.3, 1.1)], p=[0.5, 0.5])),
        background=float(rng.choice([u(0.0, 0.05), u(0.04, 0.18)], p=[0.7, 0.3])),
        cytoplasm=float(rng.choice([u(0.0, 0.08), u(0.06, 0.25)], p=[0.7, 0.3])),
        fibre_contrast=u(0.1, 1.2),
        defocus_share=float(rng.choice([0.03, u(0.05, 0.3), u(0.3, 0.6)], p=[0.3, 0.5, 0.2])),
        global_softness=u(0.8, 2.2),
        glass_share=float(rng.choice([0.0, u(0.05, 0.5)], p=[0.7, 0.3])),
        lumens=int(rng.integers(0, 5)) if chance(0.55) else 0,
        glandular=chance(0.3),
        fat=chance(0.1),
        mucin=u(0.3, 1) if chance(0.1) else 0.0,
        necrosis=u(0.2, 0.8) if chance(0.08) else 0.0,
        red_cells=u(0.2, 1) if chance(0.3) else 0.0,
        pigment=u(0.1, 1) if chance(0.12 if compartment == "nuclear" else 0.3) else 0.0,
        precipitate=u(0.1, 1) if chance(0.22) else 0.0,
        smears=u(0.1, 1) if chance(0.2) else 0.0,
        debris=u(0.1, 1) if compartment != "nuclear" and chance(0.75) else 0.0,
        fragments=float(rng.choice([0, u(0, 1)], p=[0.5, 0.5])),
        folds=1 if chance(0.05) else 0,
        magnification=float(rng.choice([40.0, u(28, 40), 20.0, 10.0], p=[0.55, 0.2, 0.18, 0.07])),
    )
    if compartment != "nuclear" and chance(0.45):  # plasma cells and the like: nearly black bodies, pale nuclei
        spec = replace(spec, dab_median=u(1.2, 3.0), crowding=u(1.05, 1.5), cell_margin=u(7, 14),
                       nuclear_veil=float(rng.choice([u(0.0, 0.15), u(0.3, 1.0)], p=[0.7, 0.3])),
                       fat=chance(0.35), tumour_radius=u(9, 14),
                       cell_folds=float(rng.choice([0.0, u(0.2, 0.8)], p=[0.7, 0.3])),
                       cell_tails=float(rng.choice([0.0, u(0.05, 0.5)], p=[0.4, 0.6])),
                       cut_depth=float(rng.choice([0.0, u(0.3, 1.0)], p=[0.6, 0.4])))
        if chance(0.5):  # sheets of such cells
            spec = replace(spec, positive={kind: u(0.5, 1.0) for kind in ("tumour", "vesicular", "plasma")})
            if chance(0.6):  # sheets without gaps, with nuclei at every depth
                spec = replace(spec, cell_margin=u(12, 20), cut_depth=u(0.5, 1.0), cell_raggedness=0.0,
                               granularity=float(rng.beta(1, 4)), dab_spread=u(0.15, 0.5))
    if stain == "ihc" and chance(0.15):  # weak DAB over a full counterstain: brown is a shift of hue, not of darkness
        spec = replace(spec, dab_median=u(0.3, 0.6), dab_spread=u(0.15, 0.4), hematoxylin=u(0.1, 0.6),
                       trace_ratio=u(0, 0.3))
    elif stain == "ihc" and chance(0.35):  # a violet counterstain that DAB does not hide: brown nuclei are purplish
        spec = replace(spec, violet=True, hematoxylin=u(0.15, 0.5), dab_median=u(0.3, 1.0), dab_spread=u(0.3, 0.7),
                       dab_hides_hematoxylin=u(0, 0.3), background=u(0, 0.12), cytoplasm=u(0, 0.12),
                       weak_share=u(0, 0.3), trace_ratio=u(0, 0.3))
        if compartment == "nuclear" and chance(0.5):
            spec = replace(spec, positive={kind: u(0.03, 0.35) for kind in KINDS})
        if chance(0.5):  # a few large soft nuclei fill the picture, as through a microscope's camera
            spec = replace(spec, tumour_radius=u(16, 28), global_softness=u(1.2, 3.2), stroma_spacing=u(1.8, 3.6),
                           magnification=40.0, dab_median=u(0.3, 0.9), dab_background=0.0,
                           hematoxylin=u(0.15, 0.7), hematoxylin_spread=u(0.25, 0.6))
    elif stain == "ihc" and compartment == "nuclear" and chance(0.15):  # thick section: many brown nuclei out of focus
        spec = replace(spec, defocus_share=u(0.3, 0.7), dab_median=u(0.35, 0.9), weak_share=u(0.2, 0.6), smears=0.0,
                       dab_hides_hematoxylin=u(0.4, 1.0), stroma_spacing=u(1.5, 3.2))
    elif stain == "ihc" and compartment == "nuclear" and chance(0.35):  # black nuclei: faint brown is negative
        spec = replace(spec, dab_median=u(1.2, 2.2), hematoxylin=u(0.08, 0.35), weak_share=u(0.1, 0.4),
                       trace_ratio=u(0.5, 2.5), positive={kind: u(0.2, 0.8) for kind in KINDS})
        if chance(0.5):  # shrunken, as after poor fixation: angular and patchy, black beside half brown
            spec = replace(spec, irregularity=u(0.1, 0.2), patchiness=u(0.1, 0.6), granularity=u(0.0, 0.5),
                           crowding=u(0.7, 1.0), weak_share=u(0.3, 0.6), trace_ratio=u(0.0, 0.4),
                           dab_spread=u(0.4, 0.8), cytoplasm_leak=u(0.0, 0.35), background=u(0, 0.08),
                           cytoplasm=u(0, 0.08))
    elif chance(0.2):  # barely counterstained: nuclei are pale rings
        spec = replace(spec, hematoxylin=u(0.07, 0.2), rim=u(0.5, 1.5), vesicular_share=u(0.3, 1),
                       background=u(0, 0.04), cytoplasm=u(0, 0.04))
    if stain == "he":
        spec = replace(spec, compartment="nuclear", positive={}, dab_background=0.0, cytoplasm_leak=0.0,
                       precipitate=0.0, smears=0.0, debris=0.0, weak_share=0.0, cytoplasm=u(0.14, 0.45),
                       background=u(0.1, 0.35), hematoxylin=max(spec.hematoxylin, 0.4))
    return spec
