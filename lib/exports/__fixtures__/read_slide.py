"""Opens the files of a slide with the readers of others and says, as JSON, what they see: `read_slide.py FOLDER`."""
import json
import sys
from pathlib import Path

import geopandas
import numpy
import pandas
import pyarrow.parquet
import tifffile
from pypdf import PdfReader

folder = Path(sys.argv[1])


def shapes(table):
    table = table.set_crs(None, allow_override=True)
    return {
        "areas": table.geometry.area.tolist(),
        "centroids": [[point.x, point.y] for point in table.geometry.centroid],
        "valid": bool(table.geometry.is_valid.all()),
        "ccw": all(p.exterior.is_ccw for g in table.geometry for p in getattr(g, "geoms", [g])),
    }


def membranes(table):
    names = ["membrane_completeness", "membrane_od", "cytoplasm_od"]
    return {name: table[name].tolist() for name in names if name in table}


def geojson(path):
    table = geopandas.read_file(path)
    classes = [one if isinstance(one, dict) else json.loads(one) for one in table["classification"]]
    return {**shapes(table), "classes": [one["name"] for one in classes]}


def parquet(name):
    table = geopandas.read_parquet(folder / name)
    plain = pyarrow.parquet.ParquetFile(folder / name)
    return {
        **shapes(table),
        "columns": list(table.columns),
        "classes": table["class"].tolist(),
        "regions": table["regions"].tolist(),
        "kinds": table["kind"].tolist(),
        "class_names": table["class_name"].tolist(),
        "membranes": membranes(table),
        "area_px": table["area_px"].tolist(),
        "rows": plain.metadata.num_rows,
        "groups": plain.num_row_groups,
        "restain": json.loads(plain.metadata.metadata[b"restain"]),
    }


def heat(name):
    with tifffile.TiffFile(folder / name) as tiff:
        return {
            "ome": bool(tiff.is_ome),
            "shape": list(tiff.series[0].shape),
            "axes": tiff.series[0].axes,
            "values": numpy.nan_to_num(tiff.asarray(), nan=-1).tolist(),
            "names": [c["Name"] for c in tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]["Pixels"]["Channel"]],
        }


def report(name):
    document = PdfReader(folder / name)
    return {
        "text": "\n".join(page.extract_text() for page in document.pages),
        "pictures": sum(len(page.images) for page in document.pages),
    }


def if_there(read, name):
    return read(name) if (folder / name).exists() else None


csv = pandas.read_csv(folder / "nuclei.csv.gz")
print(json.dumps({
    "geojson": geojson("/vsigzip/" + str(folder / "nuclei.geojson.gz")),
    "parquet": parquet("nuclei.parquet"),
    "csv": {
        "columns": list(csv.columns),
        "ids": csv["id"].tolist(),
        "x": csv["x_px"].tolist(),
        "kinds": csv["kind"].tolist(),
        "class_names": csv["class_name"].tolist(),
        "membranes": membranes(csv),
    },
    "heat": heat("heatmap.ome.tif"),
    "regions": if_there(lambda name: shapes(geopandas.read_file(folder / name)), "regions.geojson"),
    "report": if_there(report, "report.pdf"),
}))
