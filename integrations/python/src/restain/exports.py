"""Files of a stored result: the same that the result page saves."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Optional
from urllib.parse import quote, urlencode, urlsplit

import httpx

from .errors import RestainError, unexpected
from .flows import Call, Flow, Patience, analysis_url, send
from .result import numbered

EXPORTS = {
    "all": "all.zip",
    "report": "report.pdf",
    "scoring": "scoring.json",
    "csv": "nuclei.csv",
    "geojson": "nuclei.geojson",
    "imagej": "nuclei-imagej.zip",
    "provenance": "provenance.json",
}
"""Short names of the files. Pictures are `Original`, `Seg` and so on."""


SLIDE_EXPORTS = {
    "all": "all.zip",
    "report": "report.pdf",
    "scores": "scores.json",
    "regions": "regions.geojson",
    "geojson": "nuclei.geojson.gz",
    "csv": "nuclei.csv.gz",
    "parquet": "nuclei.parquet",
    "heatmap": "heatmap.png",
    "heatmap-tiff": "heatmap.ome.tif",
    "modalities": "modalities.ome.tif",
}
"""Short names of the files of a slide's result. `modalities` is not in `all`, and needs a region or an annotation."""


def export(
    analysis_id: str,
    name: str,
    folder: Path,
    query: Mapping[str, str],
    patience: Patience,
) -> Flow[Path]:
    """Fetches one file of an analysis into a folder and returns its path. It appears once it is complete."""
    if "/slides/" in urlsplit(analysis_id).path:
        detail = "This is the address of a slide: `restain slide ADDRESS --format all` saves its files."
        raise RestainError("analysis_not_found", detail)
    return fetch_file(analysis_url(quote(id_of(analysis_id))), _file_of(name), folder, query, patience)


def fetch_file(url: str, name: str, folder: Path, query: Mapping[str, str], patience: Patience) -> Flow[Path]:
    """Fetches `<url>/exports/<name>` into a folder and returns its path. It appears once it is complete."""
    address = f"{url}/exports/{quote(name)}"
    folder.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(prefix=".restain-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            call = Call("GET", f"{address}?{urlencode(query)}" if query else address, target=file)
            response: httpx.Response = yield from send(call, patience)
        if not response.headers.get("Content-Disposition", "").startswith("attachment"):
            raise unexpected(response)
        # mkstemp lets nobody else read the file.
        os.chmod(unfinished, 0o666 & ~_umask())
        return _move_to_free(Path(unfinished), folder / _name_in(response, name))
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def _file_of(name: str) -> str:
    known = EXPORTS.get(name)
    return known or (name if "." in name else f"{name}.png")


def id_of(stored: str) -> str:
    """The id of an analysis or slide, which may be given as the address of its page."""
    return urlsplit(stored).path.rstrip("/").rpartition("/")[2]


def server_of(stored: str) -> Optional[str]:
    """The server in the address of a page; None of an id."""
    page = re.fullmatch(r"(https?://[^?#]+?)/(?:analyses|slides)/[\w-]+/?(?:[?#].*)?", stored)
    return page.group(1) if page else None


def _name_in(response: httpx.Response, name: str) -> str:
    """The file name that the server gives; without folders, which would lead elsewhere."""
    told = re.search(r'filename="([^"/\\]+)"', response.headers.get("Content-Disposition", ""))
    return told.group(1) if told and told.group(1) not in (".", "..") else name


def _move_to_free(unfinished: Path, wanted: Path) -> Path:
    # nuclei.geojson.gz becomes nuclei-2.geojson.gz.
    suffix = "".join(wanted.suffixes[-2:]) if wanted.suffix == ".gz" else wanted.suffix
    for target in numbered(wanted.with_name(wanted.name[: len(wanted.name) - len(suffix)]), suffix):
        try:
            # Reserves the name: another process may want it too.
            target.open("xb").close()
        except FileExistsError:
            continue
        os.replace(unfinished, target)
        return target
    raise AssertionError("numbers do not end")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
