"""Measure how far simulated patches are from real ones, and draw both side by side.

Nothing is trained on real pictures but the classifier that tells them from simulated ones, and that is thrown away. The
folder then holds third-party pictures (`sheet.png`): keep it outside the repository.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from ..data.shared import REPOSITORY, shared_folder
from .filters import respond
from .patches import FIRST_SEED, SEEDS_OF_A_RUN, SIMULATED, NoPictures, Patch, real_patches, simulated_patches
from .report import (
    area_table,
    areas_as_markdown,
    families_as_markdown,
    family_areas,
    mean_distance,
    rank_statistics,
    statistics_as_markdown,
)
from .separation import cross_validated
from .sheet import draw_sheet
from .statistics import describe


def measure(patches: list[Patch], seed: int) -> tuple[dict, np.ndarray]:
    """What is found, as it is written to realism.json, and the score of every patch by its statistics."""
    sources = np.array([patch.source for patch in patches])
    pictures = [patch.picture for patch in patches]
    nuclear = np.array([patch.is_nuclear for patch in patches])
    numbers = np.stack([describe(patch.image) for patch in patches])
    answers = np.stack([respond(patch.image) for patch in patches])
    scores, other = (cross_validated(values, sources == SIMULATED, pictures, list(sources), seed)
                     for values in (numbers, answers))
    statistics = rank_statistics(numbers, sources)
    return {
        "areas": area_table(scores, sources, pictures, nuclear),
        "areas_filters": area_table(other, sources, pictures, nuclear),
        "families": family_areas(numbers, sources, pictures, seed),
        "mean_distance": mean_distance(statistics),
        "statistics": statistics,
    }, scores


def as_markdown(found: dict, first_seed: int) -> str:
    """All tables."""
    return (
        f"# Simulated against real patches\n\nSimulated: seeds from {first_seed}. AUC: 0.5 = not to be told apart, "
        "1 = always; in brackets its 95 % interval when pictures are drawn anew.\n\n"
        f"{areas_as_markdown(found['areas'], found['areas_filters'])}\n\n"
        f"{families_as_markdown(found['families'])}\n\n"
        f"Mean over single statistics of 2 |AUC - 0.5|: {found['mean_distance']:.3f}\n\n"
        "Statistics, the one that separates most first. AUC here: chance that a simulated patch has the larger value. "
        "Width: 10th to 90th percentile of simulated / of real. Cells: median (10th to 90th percentile).\n\n"
        f"{statistics_as_markdown(found['statistics'])}\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="for realism.md, realism.json and sheet.png; outside the repository")
    parser.add_argument("--patches", type=int, default=240, help="simulated ones, and real ones at most (default 240)")
    parser.add_argument("--seed", type=int, default=0, help="another draw of both, 0 to 999 (default 0)")
    parser.add_argument("--shared", help="folder that holds data/ (default: $RESTAIN_SHARED or ../shared)")
    args = parser.parse_args()
    folder = args.folder.resolve()
    if folder.is_relative_to(REPOSITORY):
        parser.error(f"{folder} is in the repository; the sheet shows pictures that must not be committed")
    if not 0 <= args.seed < 1000:
        parser.error("--seed is 0 to 999: other seeds belong to others")
    try:
        real = real_patches(shared_folder(args.shared), args.patches, args.seed)
    except NoPictures as error:
        parser.exit(1, f"{error}\n")
    patches = [*real, *simulated_patches(args.patches, args.seed)]
    found, scores = measure(patches, args.seed)
    first = FIRST_SEED + SEEDS_OF_A_RUN * args.seed
    text = as_markdown(found, first)
    print(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "realism.md").write_text(text)
    written = {"first_seed": first, "patches": len(real), **found}
    (folder / "realism.json").write_text(json.dumps(written, indent=1) + "\n")
    draw_sheet(patches, scores).save(folder / "sheet.png")
    print(f"wrote {folder}/realism.md, realism.json, sheet.png")


if __name__ == "__main__":
    main()
