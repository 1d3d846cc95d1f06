"""From DeepLIIF's nine networks to one model folder: ONNX files, manifest, notice."""

import hashlib
import json
import warnings
from pathlib import Path

import torch
from torch import nn

from ..release.manifest import MODALITIES, check_manifest
from .layout import Layout
from .weights import check_side

OVERLAPS_IN_TILE = 16
PROBABILITY = 120  # DeepLIIF's own default
OPSET = 13
LICENCE = ("DeepLIIF weights: Apache-2.0 with Commons Clause (no sale), copyright of the DeepLIIF authors; "
           "not part of Restain and not to be passed on with it")

NOTICE = """# {name}

Networks trained by the DeepLIIF authors (Ghahremani et al., Nature Machine Intelligence 2022,
doi:10.1038/s42256-022-00471-x), converted from weights that you downloaded. Research use only.

Licence of the weights: Apache-2.0 with the Commons Clause, which forbids selling them or a service whose value comes
from them. Read the terms at the place where you downloaded them. The weights are not part of Restain, and its own model
contains nothing of them: do not commit or publish this folder.

Defaults are DeepLIIF's own: {side} px tiles at {microns:g} um/px, batch statistics of the tile, probability threshold
120, connected components, `Seg` = {sum}.
Each file is one network graph; a request that only scores runs `model.onnx` alone.
"""


def read_tile(image: torch.Tensor) -> torch.Tensor:
    """(1, H, W, 3) uint8 -> (1, 3, H, W) float in -1..1."""
    return image.permute(0, 3, 1, 2).float() / 127.5 - 1.0


def to_picture(value: torch.Tensor, channels: int) -> torch.Tensor:
    """(1, 3, H, W) in -1..1 -> (1, H, W, channels) uint8, truncated as in DeepLIIF; one channel is the brightest."""
    grey = ((value + 1.0) * 127.5).clamp(0, 255)
    return (grey.amax(1, keepdim=True) if channels == 1 else grey).to(torch.uint8).permute(0, 2, 3, 1)


class TranslationGraph(nn.Module):
    """Infers one modality from the stained picture."""

    def __init__(self, net: nn.Module, modality: str):
        super().__init__()
        self.net, self.outputs = net, (modality,)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(1, H, W, 3) uint8 -> (1, H, W, channels) uint8."""
        return to_picture(self.net(read_tile(image)), MODALITIES[self.outputs[0]])


class SegmentationGraph(nn.Module):
    """Infers the weighted segmentation, and the modalities that it is computed from.

    Parameters
    ----------
    translations : modality -> network, those whose output a segmentation network takes
    segmentations : "image" or modality -> network, those whose weight is not 0
    weights : share of each in the sum
    """

    def __init__(self, translations: dict[str, nn.Module], segmentations: dict[str, nn.Module],
                 weights: dict[str, float]):
        super().__init__()
        self.translations, self.segmentations = nn.ModuleDict(translations), nn.ModuleDict(segmentations)
        self.weights = weights
        self.outputs = ("segmentation", *translations)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, H, W, 3) uint8 -> one (1, H, W, channels) uint8 per name of `outputs`."""
        views = {"image": read_tile(image)}
        for modality, net in self.translations.items():
            views[modality] = net(views["image"])
        total = sum(self.weights[view] * net(views[view]) for view, net in self.segmentations.items())
        pictures = [to_picture(views[name], MODALITIES[name]) for name in self.translations]
        return (to_picture(total, 3), *pictures)


def make_graphs(load, layout: Layout) -> dict[str, nn.Module]:
    """File name -> graph: what a score needs in `model.onnx`, every other modality in a file of its own.

    ONNX Runtime always runs a whole graph, whichever outputs are asked for. Separate files save that work.

    Parameters
    ----------
    load : name of a network ("G1") -> module
    """

    def fitting(name: str) -> nn.Module:
        net = load(name)
        check_side(net, name, layout.side)
        return net

    used = [view for view, weight in layout.weights.items() if weight != 0]
    needed = [modality for modality in layout.translations if modality in used]
    scored = SegmentationGraph({m: fitting(layout.translations[m]) for m in needed},
                               {view: fitting(layout.segmentations[view]) for view in used}, layout.weights)
    graphs: dict[str, nn.Module] = {"model.onnx": scored}
    for modality, name in layout.translations.items():
        if modality not in needed:
            graphs[f"{modality}.onnx"] = TranslationGraph(fitting(name), modality)
    return graphs


def write_graph(graph: nn.Module, path: Path, side: int) -> str:
    """Export a graph for tiles of `side` px; returns the file's SHA-256."""
    example = torch.zeros(1, side, side, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        # Of norms that use the tile's statistics, and of fixed sizes. Both are intended.
        warnings.simplefilter("ignore")
        torch.onnx.export(graph.eval(), example, str(path), opset_version=OPSET, input_names=["image"],
                          output_names=list(graph.outputs))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def glass(key: str, layout: Layout) -> list[int]:
    """Colour of an output for an empty tile.

    A modality of one channel has the brightest of the three values, as in its picture.
    """
    if key == "segmentation":
        return [0, 0, 0]
    colour = layout.background[key]
    return [max(colour)] if MODALITIES[key] == 1 else list(colour)


def manifest(name: str, version: str, graphs: dict[str, nn.Module], hashes: dict[str, str], layout: Layout) -> dict:
    """The contents of `model.json`."""
    outputs = []
    for file, graph in graphs.items():
        own = {} if file == "model.onnx" else {"file": file, "sha256": hashes[file]}
        outputs += [{"name": key, "modality": key, "channels": MODALITIES[key], **own, "glass": glass(key, layout)}
                    for key in graph.outputs]
    outputs.sort(key=lambda output: list(MODALITIES).index(output["modality"]))
    side = layout.side
    return {
        "name": name,
        "version": version,
        "description": "DeepLIIF's own networks, converted from downloaded weights",
        "licence": LICENCE,
        "file": "model.onnx",
        "sha256": hashes["model.onnx"],
        "micronsPerPixel": layout.microns_per_pixel,
        "input": {"name": "image", "layout": "nhwc", "type": "uint8"},
        "outputs": outputs,
        "tile": {"size": side, "halo": side // OVERLAPS_IN_TILE, "multiple": side, "fixed": True},
        "defaults": {"algorithm": "deepliif", "probThresh": PROBABILITY, "sizeThresh": "auto", "markerThresh": None},
    }


def write_model(load, folder: Path, version: str, layout: Layout) -> dict:
    """Write the whole model folder and return its manifest.

    Parameters
    ----------
    load : name of a network ("G1") -> module
    """
    graphs = make_graphs(load, layout)
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {file: write_graph(graph, folder / file, layout.side) for file, graph in graphs.items()}
    contents = manifest(folder.name, version, graphs, hashes, layout)
    (folder / "model.json").write_text(json.dumps(contents, indent=2) + "\n")
    total = " + ".join(f"{w:g} x {layout.segmentations[view]}({view})" for view, w in layout.weights.items() if w != 0)
    notice = NOTICE.format(name=folder.name, sum=total, side=layout.side, microns=layout.microns_per_pixel)
    (folder / "README.md").write_text(notice)
    check_manifest(folder)
    return contents
