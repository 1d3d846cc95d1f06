"""A library of drawn nuclei. Each is rendered as in a simulated field and placed whole, in one of eight positions."""

from dataclasses import dataclass

import numpy as np

from ..simulator.nucleus import Nucleus, render_nucleus
from ..simulator.spec import SceneSpec

COUNTS = {"tumour": 260, "vesicular": 120, "lymphocyte": 120, "plasma": 40, "lobed": 40}
SPINDLE_ANGLES, SPINDLES_EACH = 36, 8  # a spindle lies along the fibres, so it is drawn at each angle
KINDS = (*COUNTS, "spindle")
MAX_REACH = 56  # px from a nucleus's centre to the edge of its patch
MAX_RADIUS = {"tumour": 24.0, "vesicular": 26.0, "spindle": 14.0}
KIND_GAIN = {"lymphocyte": 1.35, "lobed": 1.4, "plasma": 1.3, "vesicular": 0.85}


@dataclass(frozen=True)
class Stamp:
    """One drawn nucleus; fields (h, w) with the nucleus's centre in the middle pixel."""

    kind: str
    radius: float
    defocus: float
    inside: np.ndarray  # bool
    alpha: np.ndarray  # 0 to 1
    hematoxylin: np.ndarray  # relative density, alpha included
    dab: np.ndarray  # relative to the mean of the nucleus, alpha included


@dataclass(frozen=True)
class Library:
    """All stamps, those of each kind together; `first` and `count` by kind."""

    stamps: list[Stamp]
    first: dict[str, int]
    count: dict[str, int]

    @property
    def radius(self) -> np.ndarray:
        """By stamp, in px."""
        return np.array([stamp.radius for stamp in self.stamps], np.float32)


def draw_library(seed: int, spec: SceneSpec) -> Library:
    """Draw the nuclei of a slide. The same arguments give the same library."""
    rng = np.random.default_rng([seed, 3])
    stamps: list[Stamp] = []
    first, count = {}, {}
    for kind in KINDS:
        first[kind] = len(stamps)
        if kind == "spindle":
            for angle in np.arange(SPINDLE_ANGLES) * np.pi / SPINDLE_ANGLES:
                stamps += [_draw(rng, kind, float(angle), spec) for _ in range(SPINDLES_EACH)]
        else:
            stamps += [_turned(_draw(rng, kind, rng.uniform(0, np.pi), spec), turn)
                       for _ in range(COUNTS[kind]) for turn in range(8)]
        count[kind] = len(stamps) - first[kind]
    return Library(stamps, first, count)


def _draw(rng, kind: str, angle: float, spec: SceneSpec) -> Stamp:
    while True:
        major, minor = _axes(rng, kind, spec)
        defocus = min(float(rng.gamma(1.6, 2.2)), 6.0) if rng.random() < spec.defocus_share else 0.0
        nucleus = Nucleus(0.1, 0.1, kind, major, minor, angle, defocus=defocus)
        patch = render_nucleus(rng, nucleus, spec)
        if -patch.top <= MAX_REACH and patch.inside.sum() >= 100:
            break
    return Stamp(kind, float(np.sqrt(major * minor)), defocus, patch.inside, patch.alpha.astype(np.float32),
                 (patch.alpha * patch.chromatin).astype(np.float32),
                 (patch.alpha * patch.dab_pattern).astype(np.float32))


def _axes(rng, kind: str, spec: SceneSpec) -> tuple[float, float]:
    """Half axes (major, minor) in px, as in a field."""
    if kind in ("lymphocyte", "lobed", "plasma"):
        radius, stretch = (11.5 if kind == "plasma" else 10.0) * rng.lognormal(0, 0.12), rng.uniform(1.0, 1.25)
    elif kind == "spindle":
        radius, stretch = 9.5 * rng.lognormal(0, 0.18), rng.uniform(1.7, 4.2)
    else:
        radius = spec.tumour_radius * rng.lognormal(0, spec.radius_spread) * (1.12 if kind == "vesicular" else 1.0)
        stretch = max(1.0, spec.elongation * rng.lognormal(0, 0.14))
    radius = min(radius, MAX_RADIUS.get(kind, 16.0))
    return float(radius * np.sqrt(stretch)), float(radius / np.sqrt(stretch))


def _turned(stamp: Stamp, turn: int) -> Stamp:
    """One of the eight positions of a square: views of the same arrays."""
    def view(array):
        array = array.T if turn & 4 else array
        return array[:: -1 if turn & 1 else 1, :: -1 if turn & 2 else 1]

    return Stamp(stamp.kind, stamp.radius, stamp.defocus, view(stamp.inside), view(stamp.alpha),
                 view(stamp.hematoxylin), view(stamp.dab))
