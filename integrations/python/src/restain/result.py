"""The server's answer as Python values."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np
from PIL import Image, PngImagePlugin

from .errors import RestainError
from .sources import RESULT_FILE

_PREVIEW_SIDE = 640
_SUMMARY = ("h_score", "allred", "intensity", "area_mm2", "cells_per_mm2", "hot_spot", "membrane")


@dataclass(frozen=True)
class Warning:
    """A doubt about the numbers."""

    code: str
    """Stable name of the warning."""
    detail: str
    """A sentence with the numbers in question."""

    def __str__(self) -> str:
        return f"{self.detail} ({self.code})"


class Images(Mapping[str, "np.ndarray[Any, Any]"]):
    """The pictures by name (`Hema`, `DAPI`, `Lap2`, `Marker`, `Seg`, `SegOverlaid`, `SegRefined`).

    Each access decodes the picture again: height x width x 3, uint8. `png(name)` is the file as it was received.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = dict(files)

    def __getitem__(self, name: str) -> np.ndarray[Any, Any]:
        return np.asarray(self.picture(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return f"Images({', '.join(self._files)})"

    def png(self, name: str) -> bytes:
        """The PNG file of a picture."""
        return self._files[name]

    def picture(self, name: str) -> Image.Image:
        """A Pillow image in RGB."""
        # Image.open refuses pictures of many pixels that a server may well send.
        with PngImagePlugin.PngImageFile(io.BytesIO(self._files[name])) as opened:
            return opened.convert("RGB")


class Result:
    """The score of one image. A notebook shows it with its overlay."""

    def __init__(
        self,
        answer: Mapping[str, Any],
        images: Optional[Mapping[str, bytes]] = None,
        source_sha256: str = "",
        analysis_id: Optional[str] = None,
    ) -> None:
        sent = answer.get("images") if images is None else {}
        coded = {name: base64.b64decode(text) for name, text in sent.items()} if isinstance(sent, dict) else {}
        scoring = answer.get("scoring")
        if not isinstance(scoring, dict) or "num_total" not in scoring or "num_pos" not in scoring:
            raise RestainError("unexpected_answer", "The server's answer has no score.")
        self.images = Images({**coded, **(images or {})})
        """The pictures by name."""
        self.scoring: dict[str, Any] = scoring
        """The numbers from the server, with the thresholds that were used."""
        self.provenance: dict[str, Any] = dict(answer.get("provenance") or {})
        """What made this result: model, software, pixel size and its source."""
        self.warnings: list[Warning] = read_warnings(answer)
        """Doubts about the numbers."""
        self.sha256 = source_sha256
        """SHA-256 of the bytes that were sent."""
        self.analysis_id = analysis_id
        """Set by `analyse`: the id of the analysis on the server; see `Client.delete`."""
        self._interval = answer.get("percent_pos_interval")
        self._cells = answer.get("cells")
        self._summary = {name: answer[name] for name in _SUMMARY if answer.get(name) is not None}

    @property
    def total(self) -> int:
        """Number of nuclei."""
        return int(self.scoring["num_total"])

    @property
    def positive(self) -> int:
        """Number of positive nuclei."""
        return int(self.scoring["num_pos"])

    @property
    def percent(self) -> float:
        """100 x positive / total, to one decimal; 0 without nuclei."""
        return float(self.scoring.get("percent_pos", 100 * self.positive / max(1, self.total)))

    @property
    def interval(self) -> Optional[tuple[float, float]]:
        """The 95 % interval of `percent`; None if the server gives none."""
        if not isinstance(self._interval, (list, tuple)) or len(self._interval) != 2:
            return None
        return float(self._interval[0]), float(self._interval[1])

    @property
    def tumour(self) -> Optional[dict[str, Any]]:
        """The count of tumour nuclei alone, as the API names it; None where the stain gives it no meaning."""
        return self.scoring.get("tumour")

    @property
    def h_score(self) -> Optional[int]:
        """0 to 300, rounded; None if the server gives none."""
        return self._summary.get("h_score")

    @property
    def allred(self) -> Optional[dict[str, int]]:
        """`proportion`, `intensity` and their sum `total`; None if the server gives none."""
        return self._summary.get("allred")

    @property
    def intensity(self) -> Optional[dict[str, Any]]:
        """`bins`: numbers of nuclei that are negative, 1+, 2+ and 3+; `thresholds`: what they are graded by."""
        return self._summary.get("intensity")

    @property
    def hot_spot(self) -> Optional[dict[str, Any]]:
        """The hot spot with its own numbers; None if none was asked for or found."""
        return self._summary.get("hot_spot")

    @property
    def membrane(self) -> Optional[dict[str, Any]]:
        """What was measured of membranes, as the API names it; None where they were not measured."""
        return self._summary.get("membrane")

    @cached_property
    def nuclei(self) -> Any:
        """The nuclei, one per row: a pandas DataFrame, or a list of dictionaries if pandas is not installed.

        `x` and `y` are the centre, `left top right bottom` the bounding box; the rest is as the API names it. Pixel
        (0, 0) covers 0 to 1, so its centre is (0.5, 0.5).
        """
        rows = self._rows()
        try:
            import pandas
        except ImportError:
            return rows
        return pandas.DataFrame(rows, columns=None if rows else ["id", "x", "y", "positive"])

    def save(self, folder: Union[str, os.PathLike[str]], name: str = "result") -> Path:
        """Writes pictures, numbers and nuclei into a new folder `name` below `folder`, and returns it.

        An existing folder is never overwritten: the new one is called `name-2`, `name-3` and so on. The folder appears
        when it is complete.
        """
        if name in ("", "..") or name != Path(name).name:
            raise ValueError(f"name must be that of a folder, without a path; got {name!r}")
        parent = Path(folder)
        parent.mkdir(parents=True, exist_ok=True)
        unfinished = parent / f".{name}-{secrets.token_hex(4)}"
        unfinished.mkdir()
        try:
            self._write(unfinished)
            return _rename_free(unfinished, parent / name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise

    def __repr__(self) -> str:
        return f"<Result {self._sentence()}>"

    def _repr_html_(self) -> str:
        sentence = f"<p><b>{self.percent:.1f} % positive</b> {html.escape(self._sentence(number=False))}</p>"
        doubts = "".join(f"<li>{html.escape(str(warning))}</li>" for warning in self.warnings)
        return f"<div>{self._preview()}{sentence}{f'<ul>{doubts}</ul>' if doubts else ''}</div>"

    def _sentence(self, number: bool = True) -> str:
        percent = f"{self.percent:.1f} % positive " if number else ""
        interval = f"(95 % interval {self.interval[0]:.1f} to {self.interval[1]:.1f}), " if self.interval else ""
        return f"{percent}{interval}{self.positive:,} of {self.total:,} nuclei{self._membrane_clause()}"

    def _membrane_clause(self) -> str:
        if self.membrane is None:
            return ""
        cells = self.membrane["tumour"]["num_total"]
        if cells == 0:
            return "; membranes: no sure tumour cell"
        return f"; TPS {self.membrane['tps']:.1f} % of {cells:,} tumour cells"

    def _preview(self) -> str:
        if "SegOverlaid" not in self.images:
            return ""
        picture = self.images.picture("SegOverlaid")
        picture.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE))
        file = io.BytesIO()
        picture.save(file, "PNG")
        data = base64.b64encode(file.getvalue()).decode()
        return f'<img alt="Outlines of the nuclei on the image" src="data:image/png;base64,{data}">'

    def _rows(self) -> list[dict[str, Any]]:
        if self._cells is None:
            raise RestainError(
                "no_nuclei", "This answer has no table of nuclei: `analyse` gives numbers and pictures only."
            )
        return [_row(cell) for cell in self._cells]

    def _write(self, folder: Path) -> None:
        for name in self.images:
            (folder / f"{Path(name).name}.png").write_bytes(self.images.png(name))
        summary = {
            "scoring": self.scoring,
            "percent_pos_interval": self.interval,
            **self._summary,
            "warnings": [vars(warning) for warning in self.warnings],
            "provenance": self.provenance,
            "sha256": self.sha256,
        }
        (folder / RESULT_FILE).write_text(json.dumps(summary, indent=2), encoding="utf-8")
        if self._cells is not None:
            _write_nuclei(folder / "nuclei.csv", self._rows())


def write_free(path: Path, suffix: str, data: bytes) -> Path:
    """Writes `data` to `path` + `suffix`, with the first free number between them if that name is taken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for target in numbered(path, suffix):
        try:
            with target.open("xb") as file:
                file.write(data)
            return target
        except FileExistsError:
            continue
    raise AssertionError("numbers do not end")


def _rename_free(folder: Path, wanted: Path) -> Path:
    for target in numbered(wanted, ""):
        if target.exists():
            continue
        try:
            return folder.rename(target)
        except OSError:
            # Another process may have taken the name in the meantime.
            if not target.exists():
                raise
    raise AssertionError("numbers do not end")


def numbered(path: Path, suffix: str) -> Iterator[Path]:
    number = 1
    while True:
        yield path.with_name(f"{path.name}{f'-{number}' if number > 1 else ''}{suffix}")
        number += 1


def read_warnings(answer: Mapping[str, Any]) -> list[Warning]:
    """The doubts that an answer states."""
    return [_warning(entry) for entry in answer.get("warnings") or []]


def _warning(entry: Any) -> Warning:
    """A warning. Servers before 0.2.0 give sentences without a code."""
    if isinstance(entry, dict):
        return Warning(str(entry.get("code", "uncoded")), str(entry.get("detail", "")))
    return Warning("uncoded", str(entry))


def _row(cell: Mapping[str, Any]) -> dict[str, Any]:
    known = ("id", "centroid", "bbox", "positive", "membrane")
    x, y = cell["centroid"]
    box = dict(zip(("left", "top", "right", "bottom"), cell.get("bbox") or ()))
    rest = {name: value for name, value in cell.items() if name not in known}
    membrane = cell.get("membrane")
    if membrane:
        rest["membrane_completeness"] = membrane["completeness"]
        rest["membrane_od"], rest["cytoplasm_od"] = membrane["od"], membrane["cytoplasm_od"]
    return {"id": cell.get("id"), "x": x, "y": y, "positive": cell["positive"], **box, **rest}


def _write_nuclei(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes numbers only; outlines are in the pictures."""
    columns = [name for name, value in rows[0].items() if not isinstance(value, (list, dict))] if rows else ["id"]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
