"""Opens exports with the readers of others and says, as JSON, what they see: `read_exports.py FOLDER`."""
import json
import sys
import zipfile
from pathlib import Path

import geopandas
import numpy
import pandas
from pypdf import PdfReader
from roifile import ImagejRoi

folder = Path(sys.argv[1])


def polygons(geometry):
    return list(geometry.geoms) if geometry.geom_type == "MultiPolygon" else [geometry]


def is_turned_right(polygon):
    return polygon.exterior.is_ccw and not any(hole.is_ccw for hole in polygon.interiors)


def features(name):
    # GeoJSON is thought to be degrees; ours are pixels.
    table = geopandas.read_file(folder / name).set_crs(None, allow_override=True)
    return {
        "areas": table.geometry.area.tolist(),
        "centroids": [[point.x, point.y] for point in table.geometry.centroid],
        "valid": bool(table.geometry.is_valid.all()),
        "turned": all(is_turned_right(polygon) for geometry in table.geometry for polygon in polygons(geometry)),
    }


def rows(name, **options):
    table = pandas.read_csv(folder / name, **options)
    return {"columns": list(table.columns), "numbers": table.select_dtypes("number").dropna(axis="columns", how="all").values.tolist()}


def signed_area(ring):
    x, y = numpy.asarray(ring, float).T
    return float(x @ numpy.roll(y, -1) - numpy.roll(x, -1) @ y) / 2


def rois(archive):
    found = ImagejRoi.fromfile(folder / archive)
    return {
        "names": [roi.name for roi in found],
        "areas": [sum(map(signed_area, roi.coordinates(multi=True))) for roi in found],
        "properties": found[0].properties,
    }


def report(name):
    document = PdfReader(folder / name)
    return {
        "pages": len(document.pages),
        "text": "\n".join(page.extract_text() for page in document.pages),
        "pictures": len(document.pages[0].images),
        "title": document.metadata.title,
    }


def archive(name):
    with zipfile.ZipFile(folder / name) as opened:
        return {"damaged": opened.testzip(), "sizes": {entry.filename: entry.file_size for entry in opened.infolist()}}


def if_there(read, name):
    return read(name) if (folder / name).exists() else None


print(json.dumps({
    "geojson": if_there(features, "nuclei.geojson"),
    "slide": if_there(features, "slide.geojson"),
    "annotations": if_there(features, "annotations.geojson"),
    "csv": if_there(rows, "nuclei.csv"),
    "semicolon": if_there(lambda name: rows(name, sep=";", decimal=",", encoding="utf-8-sig"), "nuclei-semicolon.csv"),
    "rois": if_there(rois, "nuclei.zip"),
    "slide_rois": if_there(rois, "slide.zip"),
    "report": if_there(report, "report.pdf"),
    "archive": if_there(archive, "all.zip"),
}))
