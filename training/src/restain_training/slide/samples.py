"""Draw the sample slides of the gallery, with what is true of them.

A slide depends on nothing but its name, so the gallery can be drawn again anywhere.
"""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from .write import Order, write_slide

SIDE, QUALITY = 8000, 74  # so that a file has less than 5 MB
THUMB_PX = 320


@dataclass(frozen=True)
class Sample:
    """One slide of the gallery."""

    title: str
    order: Order


SAMPLES = {
    "slide-ki67": Sample("Ki67, section with a hot spot", Order(SIDE, 1, quality=QUALITY)),
    "slide-array": Sample("Ki67, tissue microarray", Order(SIDE, 3, is_array=True, quality=QUALITY)),
}


def summarise(name: str, truth: dict) -> dict:
    """What the site says of a slide, from its truth."""
    spot = truth["hot_spot"]
    return {
        "name": name, "file": f"{name}.tif", "title": SAMPLES[name].title, "stain": "IHC", "marker": "Ki67",
        "magnification": 40, "micronsPerPixel": truth["microns_per_pixel"], "width": truth["side"],
        "height": truth["side"], "tissuePx2": truth["tissue_px2"],
        "slide": _counts(truth["slide"]), "tumour": _counts(truth["tumour"]),
        "hotSpot": spot and {"x": spot["x"], "y": spot["y"], "radius": spot["radius"], **_counts(spot)},
        "cores": [{"row": core["row"], "column": core["column"], "x": core["x"], "y": core["y"],
                   "radius": core["radius"], **_counts(core)} for core in truth["cores"] if not core["is_missing"]],
    }


def _counts(part: dict) -> dict:
    return {"total": part["total"], "positive": part["positive"], "percentPositive": part["percent_positive"]}


def write_thumbnail(slide: Path, to: Path) -> None:
    """A picture of the whole slide for the gallery."""
    with Image.open(slide) as picture:
        picture.seek(2)
        small = picture.convert("RGB").resize((THUMB_PX, THUMB_PX), Image.LANCZOS)
    to.parent.mkdir(parents=True, exist_ok=True)
    small.save(to, quality=80)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="public/samples")
    parser.add_argument("--truth", type=Path, required=True, help="folder for the truth, which is not shipped")
    args = parser.parse_args()
    summaries = []
    for name, sample in SAMPLES.items():
        drawn = args.truth / f"{name}.tif"
        summaries.append(summarise(name, write_slide(drawn, sample.order, len(os.sched_getaffinity(0)))))
        (args.folder / drawn.name).write_bytes(drawn.read_bytes())
        write_thumbnail(drawn, args.folder / "thumbs" / f"{name}.webp")
    (args.folder / "slides.json").write_text(json.dumps(summaries, indent=2) + "\n")


if __name__ == "__main__":
    main()
