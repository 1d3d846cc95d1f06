"""A sheet of real patches beside simulated ones. It shows other people's pictures: it stays outside the repository."""

import numpy as np
from PIL import Image, ImageDraw

from .patches import SIDE, SIMULATED, Patch

COLUMNS = 4
SHOWN = 192  # px of a patch on the sheet
GAP, HEADING = 6, 18  # px


def draw_sheet(patches: list[Patch], scores: np.ndarray) -> Image.Image:
    """Left, one row per real set; right, the simulated patches of the least and of the largest score.

    `scores`: (n,) of the classifier, larger = more like simulated.
    """
    sets = [name for name in dict.fromkeys(patch.source for patch in patches) if name != SIMULATED]
    order = sorted((i for i, patch in enumerate(patches) if patch.source == SIMULATED), key=lambda i: scores[i])
    rows = [[i for i, patch in enumerate(patches) if patch.source == name][:COLUMNS] for name in sets]
    shown = COLUMNS * len(sets)
    nearest, farthest = order[:shown], order[::-1][:shown]
    step = SHOWN + GAP
    sheet = Image.new("RGB", (3 * (COLUMNS * step + 3 * GAP), len(sets) * (step + HEADING) + HEADING), "white")
    pen = ImageDraw.Draw(sheet)
    blocks = (("real", rows), ("simulated, most like real", _rows(nearest)),
              ("simulated, least like real", _rows(farthest)))
    for block, (title, lines) in enumerate(blocks):
        left = block * (COLUMNS * step + 3 * GAP) + GAP
        pen.text((left, 3), title, fill="black")
        for line, indices in enumerate(lines):
            top = HEADING + line * (step + HEADING)
            for column, index in enumerate(indices):
                patch = patches[index]
                pen.text((left + column * step, top + 3), f"{patch.source if block == 0 else patch.picture} "
                         f"{scores[index]:+.1f}", fill="black")
                small = Image.fromarray(patch.image).resize((SHOWN, SHOWN), Image.LANCZOS, box=(0, 0, SIDE, SIDE))
                sheet.paste(small, (left + column * step, top + HEADING))
    return sheet


def _rows(indices: list[int]) -> list[list[int]]:
    return [indices[i : i + COLUMNS] for i in range(0, len(indices), COLUMNS)]
