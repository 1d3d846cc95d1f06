"""Check a model folder's `model.json` against its file and against what the product expects."""

import hashlib
import json
import re
from pathlib import Path

MODALITIES = {"segmentation": 3, "hematoxylin": 3, "dapi": 1, "lap2": 1, "marker": 1}


class ManifestError(ValueError):
    """A model folder that the product would refuse. The message says why."""


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise ManifestError(problem)


def check_name(name: str, version: str) -> None:
    """Refuse what the product does not take as a model's name or version."""
    _require(re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) is not None,
             f"name {name!r} must be lower-case letters, digits and dashes")
    _require(re.fullmatch(r"\d+\.\d+\.\d+", version) is not None, f"version {version!r} must be x.y.z")


def check_manifest(folder: Path) -> dict:
    """Read and check `folder`/model.json; returns it, raises ManifestError on the first problem."""
    contents = json.loads((Path(folder) / "model.json").read_text())
    for key in ("name", "version", "description", "licence", "file", "sha256", "micronsPerPixel", "input", "outputs",
                "tile", "defaults"):
        _require(key in contents, f"model.json lacks {key!r}")
    check_name(contents["name"], contents["version"])
    _require(contents["micronsPerPixel"] > 0, "micronsPerPixel must be positive")
    networks = [network for part in (contents, contents.get("coarse")) if part
                for network in (part, part.get("quantised")) if network]
    cuts = [network["segmentationOnly"] for network in networks if "segmentationOnly" in network]
    for part in (*networks, *cuts, *(output for output in contents["outputs"] if "file" in output)):
        model = Path(folder) / part["file"]
        _require(model.is_file() and model.parent == Path(folder), f"{part['file']} is not in the folder")
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        _require(digest == part.get("sha256"), f"sha256 of {model.name} is {digest}")
    _require(contents.get("views", [1])[:1] == [1], "the first of the views must be 1")
    if "coarse" in contents:
        pictures = contents["coarse"]["pictures"]
        _require(0 < pictures["from"] <= pictures["to"], "coarse.pictures must be from the least to the most um/px")
    source = contents["input"]
    _require(source.get("layout") in ("nhwc", "nchw"), "input.layout must be nhwc or nchw")
    _require(source.get("type") in ("uint8", "float32"), "input.type must be uint8 or float32")
    if source["type"] == "float32":
        _require(len(source.get("mean", ())) == len(source.get("std", ())) == 3, "float32 input needs mean and std")
    if "whiteBalance" in contents:
        _require(set(contents["whiteBalance"]) == {"percentile", "level", "maxGain"},
                 "whiteBalance needs percentile, level, and maxGain")
    if "staining" in contents:
        _require(set(contents["staining"]) == {"name", "tissue", "brown", "blue", "dark", "leastShare"},
                 "staining needs name, tissue, brown, blue, dark, and leastShare")
    for output in contents["outputs"]:
        _require(output["modality"] in MODALITIES, f"unknown modality {output['modality']!r}")
        _require(output["channels"] == MODALITIES[output["modality"]], f"wrong channels of {output['name']!r}")
    _require("segmentation" in {o["modality"] for o in contents["outputs"]}, "no segmentation output")
    tile = contents["tile"]
    _require(tile["size"] % tile["multiple"] == 0, "tile.size must be a multiple of tile.multiple")
    _require(0 <= 2 * tile["halo"] < tile["size"], "tile.halo must be less than half of tile.size")
    _require(0 <= tile.get("edgeHalo", 0) <= tile["halo"], "tile.edgeHalo must be no larger than tile.halo")
    _require(0 <= contents["defaults"]["probThresh"] <= 254, "defaults.probThresh must be in 0..254")
    return contents
