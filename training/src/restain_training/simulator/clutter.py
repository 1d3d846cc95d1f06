"""Things that are not nuclei: fibres, red cells, pigment, precipitate, smears, fragments, folds."""

import numpy as np

from . import stains
from .noise import fibres, smooth_field, texture
from .spec import SceneSpec


def add_disc(field: np.ndarray, x: float, y: float, radius: float, value: float, softness: float = 1.0,
             dent: tuple[float, int, float] | None = None) -> None:
    """Add a soft disc to `field` (H, W) in place; its radius varies by the cosine `dent`: share, count, phase."""
    reach = int(radius * (1 + (dent[0] if dent else 0)) + softness + 2)
    top, left = max(0, int(y) - reach), max(0, int(x) - reach)
    bottom, right = min(field.shape[0], int(y) + reach + 1), min(field.shape[1], int(x) + reach + 1)
    if top >= bottom or left >= right:
        return
    dy = (np.arange(top, bottom, dtype=np.float32) - y)[:, None]
    dx = (np.arange(left, right, dtype=np.float32) - x)[None]
    if dent:
        share, count, phase = dent
        radius = radius * (1 + share * np.cos(count * np.arctan2(dy, dx) + phase))
    field[top:bottom, left:right] += value * np.clip((radius - np.hypot(dx, dy)) / softness + 0.5, 0, 1)


def stroma_texture(rng: np.random.Generator, height: int, width: int, angle: float, spec: SceneSpec) -> np.ndarray:
    """Relative density of the matrix around 1, (H, W): fibres and soft mottling."""
    wave = rng.uniform(5, 30)
    strands = fibres(rng, height, width, angle, wave)
    mottle = 0.25 * texture(rng, "coarse", height, width) + 0.15 * texture(rng, "grain", height, width)
    return np.clip(1 + spec.fibre_contrast * (0.6 * strands + mottle), 0, 4).astype(np.float32)


def scatter(rng: np.random.Generator, where: np.ndarray, count: float, cluster: float = 0.0) -> np.ndarray:
    """Random (n, 2) points (x, y) inside the mask `where`, optionally clustered."""
    height, width = where.shape
    n = int(rng.poisson(count * height * width / 512**2))
    points = rng.uniform(0, 1, (n, 2)) * (width - 1, height - 1)
    if cluster > 0 and n:
        centres = rng.uniform(0, 1, (max(1, n // 25), 2)) * (width - 1, height - 1)
        chosen = centres[rng.integers(len(centres), size=n)]
        pull = rng.random(n) < cluster
        points[pull] = (chosen + rng.normal(0, 28, (n, 2)))[pull]
    points = np.clip(points, 0, (width - 1, height - 1))
    return points[where[points[:, 1].astype(int), points[:, 0].astype(int)]]


def add_precipitate(rng, dab, where, amount) -> None:
    """Brown grains of free DAB, in place: single dots and small clots."""
    for x, y in scatter(rng, where, 160 * amount, cluster=rng.uniform(0.3, 0.95)):
        add_disc(dab, x, y, min(rng.gamma(1.5, 1.1) + 0.4, 7), rng.uniform(0.2, 1.1), 1.2)


def add_smears(rng, dab, where, amount) -> None:
    """Brown cytoplasm-like smears with no nucleus in them, in place."""
    height, width = dab.shape
    field = smooth_field(rng, height, width, rng.uniform(60, 160))  # smaller ones would look like nuclei out of focus
    field += 0.3 * texture(rng, "coarse", height, width) + 0.3 * texture(rng, "grain", height, width)
    patch = np.clip(field - np.quantile(field, 1 - 0.08 * amount), 0, 1.0)
    dab += patch * rng.uniform(0.15, 0.8) * where


def add_debris(rng, dab, where, typical, amount) -> None:
    """Brown without a nucleus, beside cells of `typical` DAB, in place.

    Clumps of granules, ragged clots, fields of dots, and processes of cells that lie outside the section.
    """
    for x, y in scatter(rng, where, 12 * amount):
        add_process(rng, dab, x, y, typical * rng.uniform(0.3, 1.1))
    for x, y in scatter(rng, where, 28 * amount, cluster=rng.uniform(0, 0.6)):
        is_clot = rng.random() < 0.4
        spread = rng.uniform(1.5, 4) if is_clot else rng.uniform(2, 8)
        level = typical * rng.uniform(0.3, 1.3)
        count = rng.integers(20, 45) if is_clot else rng.integers(4, 22)
        for px, py in rng.normal((x, y), (spread, spread * rng.uniform(0.4, 1)), (count, 2)):
            add_disc(dab, px, py, rng.uniform(0.7, 2.6), level * rng.uniform(0.3, 1), 1.2)
    if rng.random() < 0.4:
        radius = rng.uniform(0.8, 1.8)
        for x, y in scatter(rng, where, 500 * amount, cluster=rng.uniform(0.7, 0.98)):
            add_disc(dab, x, y, radius * rng.lognormal(0, 0.35), rng.uniform(0.1, 0.8), 1.2)


def add_lumps(rng, dab, where, typical, amount) -> None:
    """Smooth round brown lumps, mostly smaller than nuclei, alone or a few stuck together, in place."""
    for x, y in scatter(rng, where, 14 * amount, cluster=rng.uniform(0, 0.7)):
        radius, level = rng.uniform(1.5, 6.5), typical * rng.uniform(0.3, 1.2)
        lump = np.zeros_like(dab)
        for _ in range(rng.choice([1, 2, 3], p=[0.65, 0.25, 0.1])):
            add_disc(lump, x, y, radius * rng.uniform(0.7, 1.0), level * rng.uniform(0.7, 1.0), rng.uniform(1.2, 3.0))
            x, y = (x, y) + rng.normal(0, 0.8 * radius, 2)
        np.maximum(dab, np.minimum(lump, level), out=dab)


def folded(rng, height: int, width: int, amount: float) -> np.ndarray:
    """Relative density around 1, (H, W), of a torn and folded cell body: dark ridges and pale holes."""
    ridge = np.exp(-((texture(rng, "coarse", height, width) / 0.3) ** 2))
    hole = np.clip(2.5 * (texture(rng, str(rng.choice(["mid", "coarse"])), height, width) - 0.9), 0, 1)
    return (1 + amount * (0.9 * ridge - 0.3)) * (1 - 0.6 * amount * hole)


def add_tails(rng, dab, nuclei, share) -> None:
    """Brown processes of stained cells, for a `share` of `nuclei`, in place."""
    for nucleus in nuclei:
        if rng.random() < share:
            angle = rng.uniform(0, 2 * np.pi)
            reach = nucleus.radius + 0.5 * nucleus.margin
            add_process(rng, dab, nucleus.x + reach * np.cos(angle), nucleus.y + reach * np.sin(angle),
                        nucleus.dab * rng.uniform(0.6, 1.2), angle, rng.uniform(3, 8))


def add_process(rng, dab, x, y, level, angle=None, thickness=None) -> None:
    """A brown tapering band from (x, y), curved and uneven, in place. Angle and thickness are random where None."""
    angle = rng.uniform(0, 2 * np.pi) if angle is None else angle
    thickness = rng.uniform(1.5, 4.5) if thickness is None else thickness
    bend = rng.normal(0, 0.08)
    band = np.zeros_like(dab)
    steps = int(rng.uniform(8, 30))
    for step in range(steps):
        radius = max(thickness * (1 - step / steps) * rng.lognormal(0, 0.25), 0.6)
        add_disc(band, x, y, radius, level, 1.2)
        angle += bend + rng.normal(0, 0.15)
        x, y = x + 1.6 * np.cos(angle), y + 1.6 * np.sin(angle)
    np.maximum(dab, np.minimum(band, level), out=dab)


def add_strands(rng, dab, where, amount) -> None:
    """Brown processes and fibres between cells, in place: bands that break up along their length."""
    height, width = dab.shape
    strands = fibres(rng, height, width, rng.uniform(0, np.pi), rng.uniform(4, 12))
    bands = np.clip(strands - rng.uniform(0.2, 1.0) + 0.4 * texture(rng, "grain", height, width), 0, 1.5)
    patch = smooth_field(rng, height, width, rng.uniform(30, 120))
    patch = np.clip(3 * (patch - np.quantile(patch, 1 - 0.25 * amount)), 0, 1)
    dab += rng.uniform(0.2, 1.0) * bands * patch * where


def collagen(rng, where, angle: float, level: float) -> np.ndarray:
    """RGB density, (H, W, 3), of wavy bands of about `level` OD with a crisp edge, in the mask `where`."""
    height, width = where.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    along = xs * np.cos(angle) + ys * np.sin(angle)
    across = ys * np.cos(angle) - xs * np.sin(angle)
    period, wave = rng.uniform(14, 45), rng.uniform(45, 140)
    drift = smooth_field(rng, height, width, 140)
    across = across + rng.uniform(0.5, 4) * np.sin(2 * np.pi * along / wave + 2 * drift) + 18 * drift
    bands = np.clip(rng.uniform(1, 4) * (np.cos(2 * np.pi * across / period) + rng.uniform(-0.5, 0.7)), 0, 1)
    edge = np.exp(-(((bands - 0.5) / 0.25) ** 2)) * rng.uniform(0, 0.5)
    patch = np.clip(2 * (smooth_field(rng, height, width, 170) + rng.uniform(-0.3, 1)), 0, 1)
    amount = level * (bands * np.clip(1 + 0.3 * texture(rng, "grain", height, width), 0, 2) + edge) * patch * where
    amount *= np.clip(1 + 0.5 * texture(rng, "coarse", height, width), 0, 2)
    return amount[..., None] * stains.random_matrix(rng)


def add_crushed(rng, hema, where, angle: float, spec: SceneSpec) -> None:
    """Streaks of smeared chromatin without a nucleus, along `angle`, in place."""
    height, width = hema.shape
    streaks = fibres(rng, height, width, angle + rng.normal(0, 0.3), rng.uniform(4, 20))
    streaks = np.clip(streaks - rng.uniform(0.2, 0.9), 0, 1.5)
    patch = smooth_field(rng, height, width, rng.uniform(60, 160))
    patch = np.clip(3 * (patch - np.quantile(patch, 1 - 0.3 * spec.crushed)), 0, 1)
    hema += spec.hematoxylin * rng.uniform(0.3, 1.0) * streaks * patch * where


def add_blotches(rng, dab, where, amount) -> None:
    """Ragged brown patches among unstained cells, in place: vessel walls and torn cytoplasm, as large as nuclei."""
    height, width = dab.shape
    ragged = smooth_field(rng, height, width, rng.uniform(3, 12)) + 0.5 * texture(rng, "grain", height, width)
    ragged = np.clip(rng.uniform(0.8, 2.5) * (ragged - rng.uniform(0.0, 0.9)), 0, 1.2)
    patch = smooth_field(rng, height, width, rng.uniform(40, 150))
    patch = np.clip(4 * (patch - np.quantile(patch, 1 - 0.22 * amount)), 0, 1)
    dab += rng.uniform(0.3, 1.3) * ragged * patch * where


def add_pigment(rng, density, where, amount) -> None:
    """Melanin, hemosiderin or anthracotic grains: dark brown to black, into RGB density."""
    tone = rng.uniform(0.4, 1.0) * np.array([1, rng.uniform(1.0, 1.4), rng.uniform(1.0, 1.9)], np.float32)
    grains = np.zeros(density.shape[:2], np.float32)
    for x, y in scatter(rng, where, 70 * amount, cluster=0.95):
        add_disc(grains, x, y, rng.gamma(2.0, 0.9) + 0.5, rng.uniform(0.4, 1.4), 1.3)
    density += grains[..., None] * tone


def add_laden_cells(rng, density, nuclei, amount) -> None:
    """Unstained cells full of golden to grey granules, into RGB density: macrophages, eosinophils."""
    tone = np.array([rng.uniform(0.3, 0.7), rng.uniform(0.6, 0.8), rng.uniform(0.7, 1.2)], np.float32)
    unstained = [nucleus for nucleus in nuclei if nucleus.dab == 0 and nucleus.kind != "spindle"]
    grains = np.zeros(density.shape[:2], np.float32)
    for nucleus in unstained:
        if rng.random() >= 0.12 * amount:
            continue
        x, y = (nucleus.x, nucleus.y) + rng.normal(0, 0.6 * nucleus.radius, 2)
        spread, level = rng.uniform(0.4, 0.9) * nucleus.radius, rng.uniform(0.15, 0.6)
        add_disc(grains, x, y, 2 * spread, 0.3 * level, 3.0)
        for px, py in rng.normal((x, y), spread, (rng.integers(15, 60), 2)):
            add_disc(grains, px, py, rng.uniform(0.7, 2.0), level * rng.uniform(0.3, 1), 1.2)
    density += grains[..., None] * tone


def add_fragments(rng, hema, dab, where, amount) -> None:
    """Apoptotic and pyknotic dots, too small to be nuclei, in place."""
    for x, y in scatter(rng, where, 14 * amount):
        is_brown = rng.random() < 0.3
        for _ in range(rng.integers(1, 5)):
            px, py = x + rng.normal(0, 4), y + rng.normal(0, 4)
            add_disc(dab if is_brown else hema, px, py, rng.uniform(0.8, 3.4), rng.uniform(0.3, 1.3), 1.4)


def add_red_cells(rng, density, where, amount, stain) -> None:
    """Red blood cells in lumens and here and there: red discs in H&E, pale tan, grey or lilac ghosts in IHC."""
    radius = rng.uniform(7, 13)
    if stain == "he":
        tone, strength = np.array([0.05, 0.75, 0.55], np.float32), rng.uniform(0.25, 0.8)
    else:
        tan, grey, lilac = np.array([[0.25, 0.42, 0.62], [0.40, 0.42, 0.42], [0.42, 0.46, 0.33]], np.float32)
        tone = np.average([tan, grey, lilac], axis=0, weights=rng.dirichlet((0.7, 0.7, 0.7))).astype(np.float32)
        strength = rng.uniform(0.02, 0.3)
    cells = np.zeros(density.shape[:2], np.float32)
    pallor = rng.uniform(0.1, 0.8)
    rim = rng.uniform(0.2, 1.2) if stain != "he" and rng.random() < 0.4 else 0.0  # the cell's edge refracts light
    crumpled = rng.uniform(0.05, 0.2) if rng.random() < 0.4 else 0.0
    for x, y in scatter(rng, where, 110 * amount, cluster=rng.uniform(0.3, 0.9)):
        r = radius * rng.uniform(0.85, 1.12)
        dent = (crumpled, int(rng.integers(2, 7)), rng.uniform(0, 2 * np.pi))
        add_disc(cells, x, y, r, 1.0 + rim, 1.6, dent)
        if rim:
            add_disc(cells, x, y, r - rng.uniform(1.2, 2.2), -rim, 1.4, dent)
        add_disc(cells, x, y, 0.62 * r, -pallor, 4.0)
    density += (strength * np.clip(cells, -0.2, 1.6))[..., None] * tone


def add_fold(rng, density) -> np.ndarray:
    """A crease: the tissue doubles along a wavy band. Returns the band's gain (H, W)."""
    height, width = density.shape[:2]
    angle, width_px = rng.uniform(0, np.pi), rng.uniform(8, 30)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (xs - rng.uniform(0, width)) * np.sin(angle) - (ys - rng.uniform(0, height)) * np.cos(angle)
    across += 14 * smooth_field(rng, height, width, 150)
    return 1 + rng.uniform(0.4, 1.1) * np.clip(1.3 - np.abs(across) / width_px, 0, 1)
