"""A tiled TIFF of JPEG tiles, written tile by tile. Tiles may share their bytes."""

import struct
from pathlib import Path

TILE = 512
_CLASSIC_LIMIT = 4_000_000_000
_SHORT, _LONG, _RATIONAL, _LONG8 = 3, 4, 5, 16
_SIZES = {_SHORT: 2, _LONG: 4, _RATIONAL: 8, _LONG8: 8}
_CODES = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}


class Level:
    """One picture of the pyramid: its size, and where each tile lies."""

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self.across, self.down = -(-width // TILE), -(-height // TILE)
        self.offsets = [0] * (self.across * self.down)
        self.counts = [0] * (self.across * self.down)


class TiledTiff:
    """Writes tiles as they come, and the directories at the end. A BigTIFF where `most_bytes` may need one."""

    def __init__(self, path: Path, sizes: list[tuple[int, int]], microns_per_pixel: float, most_bytes: int):
        self.levels = [Level(*size) for size in sizes]
        self.microns_per_pixel = microns_per_pixel
        self.is_big = most_bytes > _CLASSIC_LIMIT
        self.file = open(path, "wb")
        self.file.write(b"II" + (struct.pack("<HHHQ", 43, 8, 0, 0) if self.is_big else struct.pack("<HI", 42, 0)))

    def append(self, jpeg: bytes) -> tuple[int, int]:
        """Write a tile's bytes. Returns where they lie, for `place`."""
        if self.file.tell() % 2:
            self.file.write(b"\0")
        at = self.file.tell()
        self.file.write(jpeg)
        return at, len(jpeg)

    def place(self, level: int, column: int, row: int, where: tuple[int, int]) -> None:
        """Say which bytes a tile has."""
        one = self.levels[level]
        index = row * one.across + column
        one.offsets[index], one.counts[index] = where

    def close(self) -> int:
        """Write the directories. Returns the size of the file in bytes."""
        link = 8 if self.is_big else 4
        for number, level in enumerate(self.levels):
            if not all(level.counts):
                raise ValueError(f"{level.counts.count(0)} tiles of level {number} were not written")
            at = self._directory(level, number)
            self.file.seek(link)
            self.file.write(struct.pack("<Q" if self.is_big else "<I", at))
            self.file.seek(0, 2)
            link = self.link
        size = self.file.tell()
        self.file.close()
        return size

    def _directory(self, level: Level, number: int) -> int:
        """Write one directory and its arrays at the end of the file. Returns its place, and sets `link`."""
        wide = _LONG8 if self.is_big else _LONG
        per_centimetre = (round(1e7 / (self.microns_per_pixel * level_step(self.levels, number))), 1000)
        entries = [
            (254, _LONG, [1 if number else 0]), (256, _LONG, [level.width]), (257, _LONG, [level.height]),
            (258, _SHORT, [8, 8, 8]), (259, _SHORT, [7]), (262, _SHORT, [6]), (277, _SHORT, [3]),
            (282, _RATIONAL, [per_centimetre]), (283, _RATIONAL, [per_centimetre]), (284, _SHORT, [1]),
            (296, _SHORT, [3]), (322, _LONG, [TILE]), (323, _LONG, [TILE]), (324, wide, level.offsets),
            (325, _LONG, level.counts), (530, _SHORT, [2, 2]),
        ]
        inline = 8 if self.is_big else 4
        fields = []
        for tag, kind, values in entries:
            packed = (b"".join(struct.pack("<II", *value) for value in values) if kind == _RATIONAL
                      else struct.pack(f"<{len(values)}{_CODES[kind]}", *values))
            if len(packed) > inline:
                at, _ = self.append(packed)
                packed = struct.pack("<Q" if self.is_big else "<I", at)
            head = struct.pack("<HHQ" if self.is_big else "<HHI", tag, kind, len(values))
            fields.append(head + packed.ljust(inline, b"\0"))
        at, _ = self.append(struct.pack("<Q" if self.is_big else "<H", len(fields)) + b"".join(fields))
        self.link = self.file.tell()
        self.file.write(bytes(inline))
        return at


def level_step(levels: list[Level], number: int) -> float:
    """Px of the full resolution for one of this level."""
    return levels[0].width / levels[number].width
