"""Reading what a training run saved."""

from pathlib import Path

import torch

from .model import RestainNet


def load_average(path: Path) -> RestainNet:
    """The averaged network of a checkpoint, ready for inference."""
    state = torch.load(path, map_location="cpu")
    net = RestainNet(state["width"])
    net.load_state_dict(state["average"])
    return net.eval()
