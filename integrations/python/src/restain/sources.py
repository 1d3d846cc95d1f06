"""An image to be sent: a file, bytes, a numpy array or a Pillow image."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol, Union

import numpy as np
from PIL import Image

ImageLike = Union[str, "os.PathLike[str]", bytes, "np.ndarray[Any, Any]", Image.Image]
"""A path, the bytes of an image file, an array (height x width x 3, uint8), or a Pillow image."""

_HASH_BLOCK = 1 << 20
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")


class Source(Protocol):
    """Bytes that can be read from the beginning again for every attempt of a request."""

    size: int
    sha256: str

    def open(self) -> BinaryIO: ...


class FileSource:
    """A file. Its name is not sent."""

    def __init__(self, path: Union[str, os.PathLike[str]]) -> None:
        self.path = Path(path)
        self.size = self.path.stat().st_size
        self.sha256 = hash_file(self.path)

    def open(self) -> BinaryIO:
        return self.path.open("rb")


class MemorySource:
    """The bytes of an image file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)
        self.sha256 = hashlib.sha256(data).hexdigest()

    def open(self) -> BinaryIO:
        return io.BytesIO(self._data)


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(_HASH_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def read_source(image: ImageLike) -> Source:
    """The bytes to send. Arrays and Pillow images become PNG without any change of pixels."""
    if isinstance(image, (str, os.PathLike)):
        return FileSource(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return MemorySource(bytes(image))
    if isinstance(image, Image.Image):
        return MemorySource(_picture_png(image))
    if isinstance(image, np.ndarray):
        return MemorySource(_picture_png(_array_picture(image)))
    kinds = "a path, bytes, a numpy array or a Pillow image"
    raise TypeError(f"an image must be {kinds}; got {type(image).__name__}")


def _array_picture(array: np.ndarray[Any, Any]) -> Image.Image:
    is_image = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not is_image or array.size == 0:
        got = " x ".join(map(str, array.shape))
        # To scale silently would choose the brightness, and with it the numbers.
        raise ValueError(f"an array must be uint8 (0 to 255) of height x width x 3; got {array.dtype} of {got}")
    return Image.fromarray(np.ascontiguousarray(array))


def _picture_png(picture: Image.Image) -> bytes:
    if picture.mode in ("CMYK", "YCbCr", "LAB", "HSV", "PA", "RGBX"):
        picture = picture.convert("RGBA" if picture.mode == "PA" else "RGB")
    if picture.mode not in _PNG_MODES:
        raise ValueError(f"a Pillow image must have 8 bits per channel; got one of mode {picture.mode}")
    file = io.BytesIO()
    # A pixel size in the picture is kept.
    dpi = picture.info.get("dpi")
    picture.save(file, "PNG", compress_level=1, **({"dpi": dpi} if dpi else {}))
    return file.getvalue()


IMAGE_SUFFIXES = frozenset(
    ".png .jpg .jpeg .jpe .jfif .webp .avif .gif .tif .tiff .btf .tf8 .bmp .jp2 .j2k .svs .ndpi .scn .czi .lif .vsi "
    ".mrxs .bif .dcm .qptiff .zvi .nd2 .oib .oif .lsm .ics .ome .flex .vms".split()
)
"""Endings of the files that a search of a folder finds."""

OVERLAY_SUFFIX = ".overlay.png"
RESULT_FILE = "restain.json"


def find_images(folder: Union[str, os.PathLike[str]], recursive: bool = True) -> Iterator[Path]:
    """The images of a folder, sorted by name. Hidden files, and files that this package saved, are left out."""
    for where, folders, names in os.walk(folder, onerror=_raise):
        if RESULT_FILE in names and where != os.fspath(folder):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if recursive and not name.startswith("."))
        for name in sorted(names):
            if is_image_name(name):
                yield Path(where, name)


def is_image_name(name: str) -> bool:
    """Whether a search of a folder finds a file of this name."""
    is_own = name.startswith(".") or name.lower().endswith(OVERLAY_SUFFIX)
    return not is_own and Path(name).suffix.lower() in IMAGE_SUFFIXES


def _raise(error: OSError) -> None:
    raise error
