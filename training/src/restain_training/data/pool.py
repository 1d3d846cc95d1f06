"""Fill a folder with training tiles and keep refreshing it, oldest slot first.

The trainer reads the same folder. To give a better simulator to a running training, restart this process only.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

from ..simulator import Scene, simulate
from ..simulator.camera import jpeg
from ..simulator.looks import draw_look
from ..simulator.noise import smooth_field, texture
from .restain import load_sources, restain
from .shared import shared_folder
from .targets import pack_tile

# Slots repeat in this order: simulated, restained TNBC, restained DSB 2018; one of 41 shows no tissue.
PATTERN = (("sim",) * 7 + ("tnbc",) * 2 + ("dsb",)) * 4 + ("nothing",)
TILE = 512


def draw_nothing(rng: np.random.Generator) -> np.ndarray:
    """A picture without a nucleus, (TILE, TILE, 3) uint8: one colour, noise, or surfaces like those of a photo."""
    colour = rng.uniform(0, 255, 3) * rng.choice([0, 1, 1, 1])
    light = np.zeros((TILE, TILE, 3)) + colour
    if rng.random() < 0.7:
        for _ in range(rng.integers(1, 5)):  # overlapping surfaces with edges and a texture
            field = smooth_field(rng, TILE, TILE, rng.uniform(25, 200))
            surface = rng.uniform(0, 255, 3) + rng.uniform(0, 30) * texture(rng, "grain", TILE, TILE)[..., None]
            share = np.clip((field - rng.normal(0, 0.7)) * rng.uniform(1, 30), 0, 1)[..., None]
            light = light * (1 - share) + surface * share
    light += rng.uniform(0, 1) ** 3 * 60 * rng.standard_normal((TILE, TILE, 1 if rng.random() < 0.5 else 3))
    return jpeg(np.clip(light, 0, 255).astype(np.uint8), int(rng.integers(50, 96)))


def draw_training_scene(seed: int) -> Scene:
    """The simulated scene of `seed` that training shows to the network, and that `realism` measures."""
    spec, camera = draw_look(np.random.default_rng([seed, 2]))
    return simulate(seed, spec=spec, camera=camera)


def make_tile(kind: str, seed: int, sources: list) -> tuple[np.ndarray, int]:
    """One tile of `kind`: (tile, known), see `targets.pack_tile`."""
    if kind == "sim":
        scene = draw_training_scene(seed)
        return pack_tile(scene.image, scene.labels, scene.positive, scene.hematoxylin, scene.dapi, scene.lap2,
                         scene.marker)
    rng = np.random.default_rng(seed)
    if kind == "nothing":
        dark = np.zeros((TILE, TILE), np.uint8)
        return pack_tile(draw_nothing(rng), dark.astype(np.int32), np.zeros(1, bool), None, dark, dark, dark)
    mine = [source for source in sources if source[0] == kind]
    return restain(rng, *mine[int(rng.integers(len(mine)))])


def write_tile(folder: Path, slot: int, kind: str, tile: np.ndarray, known: int) -> None:
    """Write a slot atomically as `<slot>-<kind>-<known>.npy`, replacing what was there."""
    name = folder / f"{slot:05d}-{kind}-{known:x}.npy"
    partial = folder / f".{slot:05d}.partial"
    with open(partial, "wb") as file:
        np.save(file, tile)
    for old in folder.glob(f"{slot:05d}-*.npy"):
        if old != name:
            old.unlink()
    os.replace(partial, name)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slots", type=int, default=1600)
    parser.add_argument("--shared", help="folder that holds data/train-*")
    parser.add_argument("--rounds", type=int, default=1, help="how often every slot is written; 0 = forever")
    parser.add_argument("--seed", type=int, default=1, help="seeds are this number times a million, plus a count")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to rest after each tile")
    parser.add_argument("--first-slot", type=int, default=0)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    sources = load_sources(shared_folder(args.shared))
    kinds = PATTERN if sources else tuple(kind for kind in PATTERN if kind in ("sim", "nothing"))
    count, started = 0, time.time()
    while args.rounds == 0 or count < args.rounds * args.slots:
        slot = (args.first_slot + count) % args.slots
        kind = kinds[slot % len(kinds)]
        write_tile(args.folder, slot, kind, *make_tile(kind, args.seed * 1_000_000 + count, sources))
        count += 1
        if count % 100 == 0:
            print(f"{count} tiles, {(time.time() - started) / count:.3f} s each", flush=True)
        time.sleep(args.pause)


if __name__ == "__main__":
    main()
