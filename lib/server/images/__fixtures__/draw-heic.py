"""Draws the HEIC files beside it, which heic.test.ts reads: Node has no encoder of HEVC.

pip install pillow-heif==1.8.1 pillow numpy; python draw-heic.py
"""

import struct
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

FOLDER = Path(__file__).parent
LOSSLESS = {"quality": -1, "chroma": 444, "matrix_coefficients": 0}


def drawn(width: int = 96, height: int = 64) -> np.ndarray:
    """A brown, a blue and a red square on paper; the test knows where."""
    picture = np.full((height, width, 3), 240, np.uint8)
    picture[8:24, 8:24] = (120, 60, 30)
    picture[32:48, 64:80] = (60, 90, 170)
    picture[:6, :6] = (250, 20, 20)
    return picture


def profile_of_p3() -> bytes:
    """An ICC profile of Display P3's primaries (under D50) and sRGB's curve."""
    number = lambda *values: struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + number(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    xyz = lambda *values: b"XYZ \0\0\0\0" + number(*values)
    name = b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + bytes(78 + 1)
    tags = [
        (b"desc", name),
        (b"wtpt", xyz(0.9642, 1.0, 0.8249)),
        (b"rXYZ", xyz(0.51512, 0.2412, -0.00105)),
        (b"gXYZ", xyz(0.29198, 0.69225, 0.04189)),
        (b"bXYZ", xyz(0.1571, 0.06657, 0.78407)),
        *((key, curve) for key in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for key, data in tags:
        padded = data + bytes(-len(data) % 4)
        table += key + struct.pack(">II", at + len(body), len(data))
        body += padded
    head = bytearray(128)
    head[8:12] = b"\x02\x10\0\0"
    head[12:24] = b"mntrRGB XYZ "
    head[36:40] = b"acsp"
    head[68:80] = number(0.9642, 1.0, 0.8249)
    profile = bytes(head) + table + body
    return struct.pack(">I", len(profile)) + profile[4:]


def orientation(number: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = number
    return exif.tobytes()


def save(name: str, picture: Image.Image, **options) -> None:
    file = pillow_heif.from_pillow(picture)
    file.save(FOLDER / f"{name}.heic", **{**LOSSLESS, **options})


def main() -> None:
    plain = Image.fromarray(drawn())
    save("plain", plain)
    # EXIF's numbers: 6 is turned by a quarter, 2 is mirrored. The encoder writes irot and imir.
    save("turned", plain, exif=orientation(6))
    save("mirrored", plain, exif=orientation(2))
    save("tiles", plain, tile_size=64)
    save("odd-sides", Image.fromarray(drawn(95, 61)), chroma=420, quality=90, matrix_coefficients=6)

    deep = pillow_heif.from_bytes(
        mode="RGB;16", size=(96, 64), data=(drawn().astype(np.uint16) * 257).astype("<u2").tobytes()
    )
    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    deep.save(FOLDER / "ten-bit.heic", **LOSSLESS)

    clear = np.dstack([drawn(), np.full((64, 96), 255, np.uint8)])
    clear[8:24, 8:24, 3] = 128
    clear[32:48, 64:80, 3] = 0
    save("alpha", Image.fromarray(clear))

    tagged = plain.copy()
    tagged.info["icc_profile"] = profile_of_p3()
    save("display-p3", tagged)
    save("display-p3-codes", plain, color_primaries=12, transfer_characteristics=13)
    save("bt2020-pq", plain, color_primaries=9, transfer_characteristics=16)

    several = pillow_heif.from_pillow(Image.fromarray(np.zeros((32, 32, 3), np.uint8)))
    several.add_from_pillow(plain)
    several.save(FOLDER / "second-is-primary.heic", primary_index=1, **LOSSLESS)

    # As much to code everywhere as in a photograph.
    rows, columns = np.mgrid[0:320, 0:320]
    waves = [120 + 90 * np.sin(rows / a) * np.cos(columns / b) for a, b in ((5, 7), (6, 4), (9, 5))]
    grain = np.random.default_rng(1).normal(0, 4, (320, 320, 1))
    busy = np.clip(np.dstack(waves) + grain, 0, 255).astype(np.uint8)
    save("busy", Image.fromarray(busy), quality=45, chroma=420, matrix_coefficients=6)


if __name__ == "__main__":
    main()
