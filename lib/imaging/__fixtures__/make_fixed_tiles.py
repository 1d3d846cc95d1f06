#!/usr/bin/env python3
"""Writes what tiles of fixed size must make of pictures: cut, scaled, answered and laid out one by one, with NumPy.

usage: make_fixed_tiles.py   (writes fixed-tiles.json beside itself)
This is the grid of DeepLIIF in its plainest form: tiles are laid over each other in their order, no plan is made. The
network is one whose answer depends on the whole tile: it moves the tile's mean to 128.
"""
import base64
import hashlib
import json
from pathlib import Path

import numpy as np

SIZE, OVERLAPS_IN_TILE = 64, 16  # px of the network; a tile overlaps by a sixteenth of its side
GLASS, FLAT = 240, {"segmentation": (0, 0, 0), "hematoxylin": (201, 211, 208)}


def starts(length, side, overlap):
    """Where tiles begin along an axis that is at least one tile long."""
    if length == side:
        return [0]
    return [min(start, length - side) for start in range(0, length, side - 2 * overlap)]


def lay(start, axis_length, side, overlap):
    """The part of one axis that a tile writes, in the whole and in the tile."""
    low = 0 if start == 0 else overlap
    high = side if start + side == axis_length else side - overlap
    return slice(start + low, start + high), slice(low, high)


def axis_case(length, side):
    """Which tile's pixels remain along one axis: begin of the tile, first pixel and number of pixels."""
    overlap, long_enough = side // OVERLAPS_IN_TILE, max(length, side)
    owner = np.full(long_enough, -1)
    for start in starts(long_enough, side, overlap):
        whole, _ = lay(start, long_enough, side, overlap)
        owner[whole] = start
    owner = owner[:length]
    tiles = [[int(start), int(np.argmax(owner == start)), int((owner == start).sum())] for start in np.unique(owner)]
    return {"length": length, "side": side, "tiles": tiles}


def draw(width, height, empty):
    """A picture of dark pixels, glass in the rectangles of `empty`."""
    y, x, c = np.mgrid[:height, :width, :3]
    picture = 20 + (3 * x + 2 * y + 30 * c + x * y // 16) % 151
    for left, top, wide, high in empty:
        picture[top:top + high, left:left + wide] = GLASS
    return picture.astype(np.uint8)


def mirror(picture, axis, side):
    """The picture and its mirror image in turn, until it is as long as a tile."""
    short = picture.shape[axis] < side
    while picture.shape[axis] < side:
        picture = np.concatenate([picture, np.flip(picture, axis)], axis)
    return np.take(picture, range(side), axis) if short else picture


def triangle(length, source):
    """Matrix of a triangle filter, as wide as the scale where it makes smaller, reflected at its ends."""
    step = source / length
    support = max(1, step)
    matrix = np.zeros((length, source))
    for i in range(length):
        centre = (i + 0.5) * step - 0.5
        for s in range(int(np.ceil(centre - support)), int(np.floor(centre + support)) + 1):
            at = source - 1 - abs(source - 1 - abs(s))
            matrix[i, at] += max(0, 1 - abs(s - centre) / support)
    return matrix / matrix.sum(1, keepdims=True)


def scale(tile, length):
    if tile.shape[0] == length:
        return tile
    matrix = triangle(length, tile.shape[0])
    return np.floor(np.einsum("ab,bcd,ec->aed", matrix, tile, matrix) + 0.5).clip(0, 255).astype(np.uint8)


def network(tile):
    means = tile.astype(int).sum((0, 1)) // (SIZE * SIZE)
    return (tile - means + 128).clip(0, 255).astype(np.uint8)


def infer(picture, side):
    """What the network shows of the picture, in both outputs."""
    height, width, _ = picture.shape
    whole = mirror(mirror(picture, 0, side), 1, side)
    overlap = side // OVERLAPS_IN_TILE
    out = {name: np.zeros_like(whole) for name in FLAT}
    for y in starts(whole.shape[0], side, overlap):
        for x in starts(whole.shape[1], side, overlap):
            tile = whole[y:y + side, x:x + side]
            rows, rows_of_tile = lay(y, whole.shape[0], side, overlap)
            columns, columns_of_tile = lay(x, whole.shape[1], side, overlap)
            if (tile == GLASS).all():
                answers = {name: np.broadcast_to(colour, tile.shape) for name, colour in FLAT.items()}
            else:
                seen = scale(tile, SIZE)
                answers = {"segmentation": scale(network(seen), side), "hematoxylin": scale(seen, side)}
            for name, answer in answers.items():
                out[name][rows, columns] = answer[rows_of_tile, columns_of_tile]
    return {name: picture[:height, :width] for name, picture in out.items()}


def picture_case(width, height, side, empty=()):
    case = {"width": width, "height": height, "side": side, "empty": empty}
    for name, picture in infer(draw(width, height, empty), side).items():
        data = np.ascontiguousarray(picture).tobytes()
        # Where nothing is resampled the bytes are equal; else they are compared within a grey level or two.
        exact = {"sha256": hashlib.sha256(data).hexdigest()}
        case[name] = exact if side == SIZE else {"base64": base64.b64encode(data).decode()}
    return case


def main():
    axes = [axis_case(length, side)
            for side in (512, 256, 128, 528, 100, 45)
            for length in (1, side // 2, side - 1, side, side + 1, 2 * side - 2 * (side // 16),
                           2 * side - 2 * (side // 16) + 1, 3 * side, 2017)]
    pictures = [
        picture_case(150, 97, 64),  # several rows and columns, the last moved back
        picture_case(50, 30, 64),  # mirrored to the right and below
        picture_case(20, 150, 64),  # mirrored three times to the right
        picture_case(3, 2, 64),
        picture_case(64, 65, 64),  # the second row repeats all but one line of the first
        picture_case(120, 64, 64),  # two tiles reach the end exactly
        picture_case(200, 170, 64, [(0, 0, 100, 100), (150, 120, 50, 50)]),  # some tiles are empty, some in part
        picture_case(40, 60, 64, [(0, 0, 40, 60)]),  # nothing but glass, too small for a tile
        picture_case(70, 45, 32),  # twice as coarse as the network
        picture_case(130, 110, 100),  # finer
        picture_case(60, 20, 45, [(0, 0, 45, 20)]),  # a side that is no multiple, mirrored below
    ]
    text = json.dumps({"axes": axes, "pictures": pictures}, separators=(",", ":")).replace("},{", "},\n{")
    Path(__file__).with_name("fixed-tiles.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
