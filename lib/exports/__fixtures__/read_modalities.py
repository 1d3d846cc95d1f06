"""Opens the modalities of a region with tifffile and says, as JSON, what it sees: `read_modalities.py FOLDER`."""
import json
import sys
from pathlib import Path

import numpy
import tifffile

folder = Path(sys.argv[1])


def listed(value):
    return value if isinstance(value, list) else [value]


def difference(series, raw):
    """How far the pixels are from those in a file of bytes."""
    expected = numpy.fromfile(folder / raw, numpy.uint8).reshape(series.shape)
    return int(numpy.abs(series.asarray().astype(int) - expected.astype(int)).max())


with tifffile.TiffFile(folder / "modalities.ome.tif") as tiff:
    images = listed(tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"])
    pixels = images[0]["Pixels"]
    plane = listed(pixels["Plane"])[0]
    series = tiff.series
    print(json.dumps({
        "ome": bool(tiff.is_ome),
        "names": [image["Name"] for image in images],
        "shapes": [list(one.shape) for one in series],
        "axes": [one.axes for one in series],
        "levels": [[list(level.shape) for level in one.levels] for one in series],
        "size": [pixels["PhysicalSizeX"], pixels["PhysicalSizeY"]],
        "place": [plane["PositionX"], plane["PositionY"]],
        "channels": [channel["Name"] for channel in listed(pixels["Channel"])],
        "differs": [difference(series[0], "single.raw"), difference(series[1], "colours.raw")],
    }))
