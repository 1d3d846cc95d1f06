"""One nucleus: outline, chromatin, and the stains and signals that follow from them."""

from dataclasses import dataclass

import numpy as np

from .noise import small_texture
from .spec import SceneSpec

ANGLES = 256
_THETA = np.linspace(-np.pi, np.pi, ANGLES, endpoint=False)
_HARMONICS = np.arange(2, 10)


@dataclass
class Nucleus:
    """Placed nucleus. Lengths in px, `angle` in radians, `dab` the target mean OD."""

    x: float
    y: float
    kind: str
    major: float
    minor: float
    angle: float
    dab: float = 0.0
    defocus: float = 0.0
    margin: float = 8.0

    @property
    def radius(self) -> float:
        """Radius of the circle of the same area."""
        return float(np.sqrt(self.major * self.minor))


@dataclass
class NucleusPatch:
    """Fields of one nucleus, all (h, w) float32, to be placed at (top, left)."""

    top: int
    left: int
    inside: np.ndarray  # bool
    alpha: np.ndarray
    chromatin: np.ndarray
    dab_pattern: np.ndarray
    envelope: np.ndarray


def _polygon(rng: np.random.Generator) -> np.ndarray:
    """Relative radius by angle, (ANGLES,), around 1, of a convex polygon of 4 to 7 uneven sides."""
    sides = int(rng.integers(4, 8))
    normals = 2 * np.pi * (np.arange(sides) + rng.uniform(-0.3, 0.3, sides) + rng.random()) / sides
    reach = rng.uniform(0.75, 1.0, sides)[:, None] / np.clip(np.cos(_THETA - normals[:, None]), 0.2, None)
    radius = reach.min(0)
    return radius / radius.mean()


def outline(rng: np.random.Generator, kind: str, irregularity: float, angularity: float = 0.0) -> np.ndarray:
    """Relative radius by angle, (ANGLES,), around 1."""
    amplitude = irregularity / _HARMONICS ** rng.uniform(0.9, 1.6)
    if kind == "lymphocyte":
        amplitude = amplitude * 0.5
    coefficients = rng.normal(0, 1, (2, len(_HARMONICS))) * amplitude
    phase = np.outer(_HARMONICS, _THETA)
    radius = 1 + coefficients[0] @ np.cos(phase) + coefficients[1] @ np.sin(phase)
    if angularity > 0:
        radius = radius * (1 + angularity * (_polygon(rng) - 1))
    if kind == "lobed":
        lobes = rng.integers(2, 4)
        radius *= 0.85 + 0.32 * np.cos(lobes * _THETA + rng.uniform(0, 2 * np.pi))
    elif rng.random() < 0.08:  # a notch: kidney shape
        radius *= 1 - 0.3 * np.exp(-(((_THETA - rng.uniform(-2, 2)) / 0.45) ** 2))
    return np.clip(radius, 0.45, 1.45).astype(np.float32)


def render_nucleus(rng: np.random.Generator, nucleus: Nucleus, spec: SceneSpec) -> NucleusPatch:
    """Draw `nucleus` into a new patch."""
    softness = spec.global_softness * rng.lognormal(0, 0.3) + nucleus.defocus
    reach = int(np.ceil(1.4 * nucleus.major + softness + 2))
    top, left = round(nucleus.y) - reach, round(nucleus.x) - reach
    size = 2 * reach + 1
    steps = np.arange(size, dtype=np.float32)
    dy = (steps + top - nucleus.y)[:, None]
    dx = (steps + left - nucleus.x)[None, :]
    cos, sin = np.float32(np.cos(nucleus.angle)), np.float32(np.sin(nucleus.angle))
    along = dx * cos + dy * sin
    across = dy * cos - dx * sin
    if nucleus.kind == "spindle":
        across = across - rng.normal(0, 0.13) / nucleus.major * along * along
    u, v = along / nucleus.major, across / nucleus.minor
    q = np.sqrt(u * u + v * v) + 1e-4
    bins = ((np.arctan2(v, u) + np.pi) * (ANGLES / (2 * np.pi))).astype(np.int32) % ANGLES
    relative = outline(rng, nucleus.kind, spec.irregularity, spec.angularity)[bins]
    slope = np.sqrt((u / nucleus.major) ** 2 + (v / nucleus.minor) ** 2) / q
    depth = (relative - q) / slope  # first-order distance to the outline, > 0 inside
    alpha = np.clip(0.5 + depth / softness, 0, 1)

    sharp = 1.0 / (1.0 + 0.6 * nucleus.defocus)
    contrast = spec.chromatin_contrast * sharp * rng.uniform(0.9, 1.6)
    vesicular = nucleus.kind == "vesicular"
    grain = small_texture(rng, "grain", size, size)
    mid = small_texture(rng, "mid", size, size)
    chromatin = 1 + contrast * (0.6 * grain + 0.9 * mid)
    if nucleus.kind in ("lymphocyte", "plasma"):
        chromatin += contrast * 0.8 * (mid > 0.5)
    rim = spec.rim * sharp * (1.5 if vesicular else 1.0) * rng.uniform(0.5, 1.3)
    edge = np.exp(-(((depth - 1.3) / 1.5) ** 2))
    chromatin += rim * edge
    if vesicular:
        chromatin *= 1 - rng.uniform(0.3, 0.75) * np.clip(depth / (0.35 * nucleus.minor), 0, 1)
    if nucleus.kind in ("tumour", "vesicular") and rng.random() < 0.6:
        for _ in range(rng.integers(1, 4)):
            r, t = 0.55 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
            spot = (u - r * np.cos(t)) ** 2 * nucleus.major**2 + (v - r * np.sin(t)) ** 2 * nucleus.minor**2
            chromatin += rng.uniform(0.3, 1.2) * sharp * np.exp(-spot / rng.uniform(1.5, 7.0))
    tilt, dome = rng.normal(0, 0.12, 2), rng.uniform(0, spec.dome)  # varying section thickness, rounded body
    chromatin *= 1 + tilt[0] * u + tilt[1] * v
    if not vesicular:
        chromatin *= 1 - dome + dome * np.sqrt(np.clip(depth / nucleus.minor, 0.02, 1))
    chromatin = np.clip(chromatin, 0.08, None)

    inside = depth > 0
    pattern = _dab_pattern(rng, chromatin, mid, size, spec, sharp)
    pattern = pattern / max(float(pattern[inside].mean()) if inside.any() else 1.0, 1e-3)
    arcs = np.clip(1 + 0.5 * np.sin(_THETA * rng.integers(1, 4) + rng.uniform(0, 6))
                   + 0.35 * rng.standard_normal(ANGLES).cumsum() / 8, 0.15, 1.8)
    envelope = np.exp(-(((depth - 1.0) / (1.25 + 0.35 * softness)) ** 2)) * arcs.astype(np.float32)[bins]
    envelope = envelope * (0.75 + 0.25 * np.clip(grain, -1, 1.5)) + 0.10 * alpha * np.clip(chromatin, 0, 2)
    return NucleusPatch(top, left, inside, alpha, chromatin, pattern, envelope.astype(np.float32))


def _dab_pattern(rng, chromatin, mid, size, spec, sharp):
    """DAB inside a nucleus relative to its mean: chromatin, granules, patches. (size, size)."""
    pattern = 0.55 + 0.45 * chromatin
    granular = spec.granularity * rng.uniform(0.2, 1.6) * sharp
    if granular > 0.15:
        speckle = np.clip(small_texture(rng, "grain", size, size) - rng.uniform(-0.3, 0.7), 0, 2)
        pattern = pattern * (1 - min(granular, 0.9)) + 1.6 * min(granular, 0.9) * speckle
    patchy = spec.patchiness * rng.uniform(0, 1.6)
    if patchy > 0.2:
        pattern = pattern * np.clip(1 + patchy * small_texture(rng, "coarse", size, size), 0.05, 3)
    if rng.random() < 0.12:  # hollow: stained rim, pale centre
        pattern = pattern * np.clip(0.6 + 0.5 * mid, 0.1, 2)
    return pattern
