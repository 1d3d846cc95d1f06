"""A whole simulated field: the picture and its ground truth."""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from . import camera as cameras
from . import clutter, stains
from .layout import Regions, cell_map, draw_regions, place_nuclei
from .membrane import MembraneTruth, draw_membranes
from .noise import smooth_field, texture
from .nucleus import Nucleus, render_nucleus
from .spec import POSITIVE_SHARE, STAINED_PIXEL_SHARE_OF_THRESHOLD, STATED_KIND, SceneSpec, draw_spec

MAX_HIDDEN_SHARE = 0.4  # a nucleus of which more is hidden is not drawn at all
MIN_NUCLEUS_PX = 30
RIM = 9  # px around a nucleus within which its cytoplasm is read
OUT_OF_SECTION = 0.88  # a nucleus of which a larger share is cut away gets no label
FULLY_BROWN = 0.7  # DAB OD from which a nucleus takes up the least counterstain
FAINTEST_LABELLED = 0.10  # sum of hematoxylin and DAB below which a nucleus gets no label


@dataclass
class Scene:
    """A simulated field. H, W at 0.25 um/px; `native` at the camera's own resolution."""

    image: np.ndarray  # (H, W, 3) uint8
    native: np.ndarray  # (h, w, 3) uint8
    labels: np.ndarray  # (H, W) int32, 0 = background
    positive: np.ndarray  # (n + 1,) bool, by label
    mean_dab: np.ndarray  # (n + 1,) float32, by label
    kinds: np.ndarray  # (n + 1,) str, by label: one of STATED_KINDS, "" for the background
    hematoxylin: np.ndarray  # (H, W, 3) uint8
    dapi: np.ndarray  # (H, W) uint8
    lap2: np.ndarray  # (H, W) uint8
    marker: np.ndarray  # (H, W) uint8
    membranes: MembraneTruth | None  # by label, where the spec has `membranes`: then a cell with any is positive
    spec: SceneSpec = field(repr=False)


class _Layers:
    """Fields that nuclei are painted into, all (H, W)."""

    def __init__(self, height: int, width: int):
        self.labels = np.zeros((height, width), np.int32)
        self.hema, self.dab, self.dapi, self.lap2 = (np.zeros((height, width), np.float32) for _ in range(4))
        self.nuclei: list[Nucleus | None] = [None]


def _overlay(target: np.ndarray, new: np.ndarray, share: float = 0.3) -> None:
    """Lay one absorbing layer over another, in place: the denser one plus a share of the other."""
    np.add(np.maximum(target, new), share * np.minimum(target, new), out=target)


def _paint(rng, layers: _Layers, nucleus: Nucleus, spec: SceneSpec) -> None:
    patch = render_nucleus(rng, nucleus, spec)
    height, width = layers.labels.shape
    size = patch.alpha.shape[0]
    t0, l0 = max(0, -patch.top), max(0, -patch.left)
    t1, l1 = min(size, height - patch.top), min(size, width - patch.left)
    if t1 <= t0 or l1 <= l0:
        return
    inner = np.s_[t0:t1, l0:l1]
    outer = np.s_[patch.top + t0 : patch.top + t1, patch.left + l0 : patch.left + l1]
    inside = patch.inside[inner]
    taken = layers.labels[outer] > 0
    own, hidden = int(inside.sum()), int(np.count_nonzero(taken & inside))
    if own == 0 or hidden > MAX_HIDDEN_SHARE * own:
        return
    alpha, chromatin = patch.alpha[inner], patch.chromatin[inner]
    envelope = patch.envelope[inner]
    if hidden and rng.random() < spec.moulding:  # cut off at its neighbour: they touch along one edge
        inside = inside & ~taken
        room = 1 - ndimage.uniform_filter(taken.astype(np.float32), 3)
        alpha, envelope = alpha * room, envelope * room
    fade = 1.0 / (1.0 + 0.22 * nucleus.defocus)
    kind_gain = {"lymphocyte": 1.35, "lobed": 1.4, "plasma": 1.3, "vesicular": 0.85}.get(nucleus.kind, 1.0)
    density = spec.hematoxylin * kind_gain * rng.lognormal(0, spec.hematoxylin_spread) * fade
    dab = nucleus.dab * fade if spec.compartment == "nuclear" else 0.0
    density *= 1 - spec.dab_hides_hematoxylin * min(dab / FULLY_BROWN, 1.0)
    _overlay(layers.hema[outer], density * alpha * chromatin, spec.overlap)
    if dab > 0:
        _overlay(layers.dab[outer], dab * alpha * patch.dab_pattern[inner], spec.overlap)
    glow = rng.uniform(0.45, 1.0) * fade
    body = 0.75 * np.clip(chromatin, 0, 2.5) if nucleus.kind != "vesicular" else 0.35 + 0.6 * chromatin
    _overlay(layers.dapi[outer], glow * alpha * body)
    _overlay(layers.lap2[outer], rng.uniform(0.55, 1.25) * fade * envelope)
    if density + dab < FAINTEST_LABELLED or nucleus.defocus > 7:
        return
    layers.labels[outer][inside] = len(layers.nuclei)
    layers.nuclei.append(nucleus)


def _cut_away(rng, layers: _Layers, spec: SceneSpec) -> np.ndarray:
    """Cut away a part of stained cells' nuclei, in place. Returns the share that is cut away, (n + 1,) by label."""
    stained = np.array([False] + [nucleus.dab >= spec.positive_od for nucleus in layers.nuclei[1:]])
    lacking = np.where(stained, spec.cut_depth * rng.random(len(stained)) ** 1.3, 0).astype(np.float32)
    for stain in (layers.hema, layers.dapi, layers.lap2):
        stain *= 1 - 0.8 * lacking[layers.labels]  # the part just below the section still shows faintly
    return lacking


def _compartment_dab(rng, layers: _Layers, spec: SceneSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """DAB outside nuclei that belongs to cells. Returns (dab, cells, zone), all (H, W).

    The zone is the label of the cell whose class is read at a pixel: in the nucleus, along the cell's membrane, or in
    the cytoplasm near the nucleus, depending on the marker; 0 elsewhere. Nuclei that are cut away lose their label.
    """
    expression = np.array([0.0] + [n.dab for n in layers.nuclei[1:]], np.float32)
    cells, distance = cell_map(rng, layers.labels, layers.nuclei, spec)
    height, width = cells.shape
    level = expression[cells]
    outside = layers.labels == 0
    if spec.compartment == "nuclear":
        if spec.cytoplasm_leak <= 0:
            return np.zeros_like(level), cells, layers.labels
        leak = ndimage.gaussian_filter(spec.cytoplasm_leak * level * outside, 2.0)
        return leak * np.clip(1 + 0.5 * texture(rng, "coarse", height, width), 0, 3), cells, layers.labels
    border = np.zeros_like(outside)
    border[:-1] |= cells[:-1] != cells[1:]
    border[1:] |= cells[1:] != cells[:-1]
    border[:, :-1] |= cells[:, :-1] != cells[:, 1:]
    border[:, 1:] |= cells[:, 1:] != cells[:, :-1]
    membrane = ndimage.gaussian_filter(level * border, spec.membrane_width)
    membrane *= 2.2 * spec.membrane_width
    patchy = np.clip(1 + 0.6 * spec.patchiness * texture(rng, "coarse", height, width), 0.1, 3)
    lacking = _cut_away(rng, layers, spec)
    cover = spec.nuclear_veil + (1 - spec.nuclear_veil) * lacking
    veil = level * np.where(outside, np.float32(1), cover[layers.labels])
    deep = lacking[cells]  # blurs the stain of a cell whose nucleus lies deep
    veil = (1 - deep) * ndimage.gaussian_filter(veil, 1.0) + deep * ndimage.gaussian_filter(veil, 2.5)
    veil *= np.clip(1 + (0.3 + spec.granularity) * texture(rng, "grain", height, width), 0, 3)
    if spec.cell_folds > 0:
        veil *= clutter.folded(rng, height, width, spec.cell_folds)
    body = rng.uniform(0.05, 0.45) if spec.compartment == "membrane" else rng.uniform(0.6, 1.1)
    share = 1.0 if spec.compartment == "membrane" else rng.uniform(0, 0.4)
    dab = (share * membrane + body * veil) * patchy
    if spec.cell_tails > 0:
        clutter.add_tails(rng, dab, [n for n in layers.nuclei[1:] if n.dab >= spec.positive_od], spec.cell_tails)
    layers.labels[(lacking > OUT_OF_SECTION)[layers.labels]] = 0
    is_read = ndimage.binary_dilation(border) if spec.compartment == "membrane" else outside & (distance <= RIM)
    return dab, cells, np.where(is_read, cells, 0)


def _classify(layers: _Layers, dab: np.ndarray, zone: np.ndarray, spec: SceneSpec):
    """Apply the class rule of `spec` to each cell's zone. Returns (positive, mean_dab), by label."""
    n = len(layers.nuclei)
    stained = dab > STAINED_PIXEL_SHARE_OF_THRESHOLD * spec.positive_od
    flat = zone.ravel()
    size = np.maximum(np.bincount(flat, minlength=n), 1)
    mean = np.bincount(flat, weights=dab.ravel(), minlength=n) / size
    share = np.bincount(flat, weights=stained.ravel(), minlength=n) / size
    positive = (mean >= spec.positive_od) & (share >= POSITIVE_SHARE)
    if spec.compartment != "nuclear":  # a neighbour's stain does not count
        own = np.array([0.0] + [nucleus.dab for nucleus in layers.nuclei[1:]])
        positive &= own >= spec.positive_od
    positive[0] = False
    return positive, mean.astype(np.float32)


def _relabel(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop labels of fewer than MIN_NUCLEUS_PX px, number the rest from 1. Returns (labels, old label of each)."""
    size = np.bincount(labels.ravel())
    kept = np.flatnonzero(size >= MIN_NUCLEUS_PX)
    kept = np.concatenate([[0], kept[kept > 0]])
    table = np.zeros(len(size), np.int32)
    table[kept] = np.arange(len(kept))
    return table[labels], kept


def _matrix(rng, regions: Regions, layers: _Layers, cells, spec: SceneSpec):
    """Everything between nuclei. Returns (hematoxylin, eosin), (H, W) each."""
    height, width = cells.shape
    fibre = clutter.stroma_texture(rng, height, width, regions.fibre_angle, spec)
    solid = ndimage.gaussian_filter((regions.tissue & ~regions.lumen).astype(np.float32), 1.5)
    soft = np.clip(1 + 0.35 * texture(rng, "coarse", height, width) + 0.2 * texture(rng, "grain", height, width), 0, 3)
    tumour = ndimage.gaussian_filter((regions.tumour | (cells > 0)).astype(np.float32), 3)
    cytoplasm = spec.cytoplasm * soft * tumour
    matrix = spec.background * fibre * (1 - 0.8 * tumour) + 0.3 * spec.background * soft
    if spec.mucin > 0:
        pool = smooth_field(rng, height, width, 120)
        matrix += 0.12 * spec.mucin * np.clip(pool, 0, 1.5) * soft
    if spec.necrosis > 0:
        rubble = np.clip(1 + 0.8 * texture(rng, "grain", height, width), 0, 3)
        matrix += 0.25 * spec.necrosis * regions.necrosis * rubble
    if spec.stain == "he":
        return solid * 0.35 * cytoplasm, solid * (cytoplasm + 1.2 * matrix)
    share = rng.uniform(0.2, 1.0)
    return solid * share * (cytoplasm + matrix), solid * (1 - share) * 0.5 * (cytoplasm + matrix)


def simulate(seed: int, height: int = 512, width: int = 512, spec: SceneSpec | None = None,
             camera: cameras.Camera | None = None) -> Scene:
    """Draw one field. The same arguments give the same pixels.

    Parameters
    ----------
    seed : int
    height, width : size at 0.25 um/px
    spec, camera : what is shown and how the picture is taken; random where None
    """
    rng = np.random.default_rng(seed)
    spec = spec or draw_spec(rng)
    camera = camera or cameras.draw_camera(rng)
    regions = draw_regions(rng, height, width, spec)
    layers = _Layers(height, width)
    for nucleus in place_nuclei(rng, height, width, spec, regions):
        _paint(rng, layers, nucleus, spec)

    truth = None
    if spec.membranes:
        protein, cells, truth = draw_membranes(rng, layers.labels, layers.nuclei, spec)
        positive, mean = truth.completeness > 0, truth.density
    else:
        cell_dab, cells, zone = _compartment_dab(rng, layers, spec)
        protein = layers.dab + cell_dab
        positive, mean = _classify(layers, protein, zone, spec)
    labels, kept = _relabel(layers.labels)

    hema_matrix, counter = _matrix(rng, regions, layers, cells, spec)
    dab = protein.copy()
    hema = layers.hema + hema_matrix
    tissue = regions.tissue & ~regions.lumen
    density, gain = _clutter(rng, hema, dab, tissue, regions, layers.nuclei[1:], spec)
    density = _mix(rng, density, hema, dab, counter, gain, spec)
    light = stains.to_rgb(density, np.asarray(camera.white, np.float32))
    native = cameras.expose(rng, light, camera, 40.0 / spec.magnification)
    image = native if native.shape[:2] == (height, width) else cameras.resize(native, width, height)
    return Scene(
        image=image, native=native, labels=labels, positive=positive[kept], mean_dab=mean[kept],
        kinds=np.array(["", *(STATED_KIND[nucleus.kind] for nucleus in layers.nuclei[1:])])[kept],
        hematoxylin=stains.hematoxylin_picture(0.8 * (layers.hema + 0.5 * hema_matrix)),
        dapi=_glow(_widefield(layers.dapi, 0.9, 8.0, 0.35), 175.0),
        lap2=_glow(_widefield(layers.lap2, 0.8, 4.0, 0.25), 210.0),
        marker=_glow(_widefield(1 - np.exp(-1.1 * protein), 1.0, 8.0, 0.2), 235.0),
        membranes=truth and truth.of(kept),
        spec=spec,
    )


def _clutter(rng, hema, dab, tissue, regions, nuclei, spec):
    """Add everything that is not a cell, in place. Returns (RGB density, gain of folds)."""
    height, width = hema.shape
    density = np.zeros((height, width, 3), np.float32)
    if spec.dab_background > 0:
        wash = np.clip(1 + 0.5 * smooth_field(rng, height, width, 100), 0, 3)
        dab += spec.dab_background * wash * tissue
    if spec.haze > 0:
        around = ndimage.gaussian_filter(dab, rng.uniform(5, 14))
        dab += spec.haze * around * np.clip(1 + 0.5 * texture(rng, "coarse", height, width), 0, 3) * tissue
    if spec.smears > 0:
        clutter.add_smears(rng, dab, tissue, spec.smears)
    if spec.precipitate > 0:
        clutter.add_precipitate(rng, dab, regions.tissue, spec.precipitate)
    if spec.debris > 0:
        clutter.add_debris(rng, dab, regions.tissue & (hema < 0.15), max(spec.dab_median, 1.0), spec.debris)
        clutter.add_lumps(rng, dab, tissue & (hema < 0.15), max(spec.dab_median, 1.0), spec.debris)
        around = tissue & (hema < 0.15)
        if rng.random() < 0.5:  # they touch nuclei and cover their edges
            around = ndimage.gaussian_filter(around.astype(np.float32), rng.uniform(1, 4))
        if rng.random() < 0.5:
            clutter.add_strands(rng, dab, around, spec.debris)
        if rng.random() < 0.5:
            clutter.add_blotches(rng, dab, around, spec.debris)
    if spec.fragments > 0:
        clutter.add_fragments(rng, hema, dab, regions.tissue, spec.fragments)
    if spec.collagen > 0:
        density += clutter.collagen(rng, tissue & ~regions.tumour, regions.fibre_angle, spec.collagen)
    if spec.crushed > 0:
        clutter.add_crushed(rng, hema, tissue, regions.fibre_angle, spec)
    if spec.pigment > 0:
        clutter.add_pigment(rng, density, tissue, spec.pigment)
        if rng.random() < 0.5:
            clutter.add_laden_cells(rng, density, nuclei, spec.pigment)
    if spec.red_cells > 0:
        where = regions.tissue if rng.random() < 0.6 else ~regions.tissue | regions.lumen | (hema < 0.15)
        clutter.add_red_cells(rng, density, where, spec.red_cells, spec.stain)
    gain = clutter.add_fold(rng, density) if spec.folds else 1.0
    return density, gain


def _mix(rng, density, hema, dab, counter, gain, spec):
    """Optical density (H, W, 3) of all stains together."""
    density += hema[..., None] * stains.random_hematoxylin(rng, violet=spec.violet or spec.stain == "he")
    if spec.stain == "he":
        density += counter[..., None] * stains.random_eosin(rng)
    else:
        density += counter[..., None] * stains.random_matrix(rng)
    if dab.any():
        density += dab[..., None] * stains.random_dab(rng, reddish=spec.violet, golden=spec.golden)
        density += stains.blacken(dab, rng.uniform(0.7, 1.8))[..., None]
    if spec.unevenness > 0:
        density *= np.exp(spec.unevenness * smooth_field(rng, *hema.shape, rng.uniform(90, 400)))[..., None]
    if isinstance(gain, np.ndarray):
        density *= gain[..., None]
    return density


def _widefield(intensity: np.ndarray, focus: float, haze: float, share: float) -> np.ndarray:
    """`intensity` (H, W) through a fluorescence microscope: in focus, plus a share of light from out of focus."""
    far = ndimage.gaussian_filter(intensity[::4, ::4], haze / 4)
    far = ndimage.zoom(far, 4, order=1, mode="nearest", grid_mode=True)[: intensity.shape[0], : intensity.shape[1]]
    return ndimage.gaussian_filter(intensity, focus) + share * far


def _glow(intensity: np.ndarray, scale: float) -> np.ndarray:
    """Fluorescence picture (H, W) uint8 of `intensity` (H, W)."""
    return np.clip(intensity * scale + 0.5, 0, 255).astype(np.uint8)
