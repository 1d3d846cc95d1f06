"""Write blocks of flat colour as JPEG 2000 in YCbCr whose colour has half the resolution: what no library here encodes.

Needs `opj_compress` (Debian: libopenjp2-tools) and numpy. The blocks and their colours are those of misread.test.ts.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SIDE = 16
COLOURS = [[(200, 190, 220), (90, 60, 40), (30, 40, 120), (250, 250, 250)],
           [(120, 80, 60), (240, 230, 235), (10, 10, 10), (150, 120, 200)]]

here = Path(__file__).parent
rgb = np.array(COLOURS, float).repeat(SIDE, 0).repeat(SIDE, 1)
red, green, blue = np.moveaxis(rgb, -1, 0)
luma = 0.299 * red + 0.587 * green + 0.114 * blue
chroma = [(blue - luma) / 1.772 + 128, (red - luma) / 1.402 + 128]
height, width = luma.shape
for name, down, across in (("422", 1, 2), ("420", 2, 2)):
    planes = [luma, *(plane[::down, ::across] for plane in chroma)]
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "planes.raw")
        raw.write_bytes(b"".join(plane.round().clip(0, 255).astype(np.uint8).tobytes() for plane in planes))
        shape = f"{width},{height},3,8,u@1x1:{across}x{down}:{across}x{down}"
        subprocess.run(["opj_compress", "-i", raw, "-o", here / f"subsampled-{name}.j2k", "-F", shape, "-mct", "0",
                        "-n", "3"], check=True, stdout=sys.stderr)
