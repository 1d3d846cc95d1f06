"""Procedural immunohistochemistry with exact ground truth."""

from .scene import Scene, simulate
from .spec import SceneSpec, draw_spec

__all__ = ["Scene", "SceneSpec", "draw_spec", "simulate"]
