"""The table of results: one row per image, written when it is done, so that a stopped run can continue."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Optional, Union

from .errors import RestainError
from .result import Result

COLUMNS = (
    "image",
    "total",
    "positive",
    "percent",
    "low",
    "high",
    "tumour_total",
    "tumour_positive",
    "tumour_percent",
    "tumour_low",
    "tumour_high",
    "membrane_tps",
    "membrane_cps",
    "her2_pattern",
    "warnings",
    "error",
    "sha256",
    "microns_per_pixel",
    "microns_per_pixel_source",
    "model",
    "model_sha256",
    "software",
    "prob_thresh",
    "size_thresh",
    "size_thresh_upper",
    "marker_thresh",
    "overlay",
    "options",
)
Row = dict[str, str]


class TableError(Exception):
    """The table cannot be continued."""


class Table:
    """The rows of a CSV file. `open` drops the rows of images to score again; `add` writes one row at once."""

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        self.path = path
        self._options = json.dumps(dict(options), sort_keys=True)
        self._rows = {row["image"]: row for row in _read(path)} if path.exists() else {}
        self._file: Optional[IO[str]] = None

    def name_of(self, image: Path) -> str:
        """Name of an image in the table: its path relative to the table's folder."""
        try:
            return Path(os.path.relpath(image, self.path.parent)).as_posix()
        except ValueError:  # on another drive of Windows
            return image.resolve().as_posix()

    def check_options(self) -> None:
        """Raises TableError if the table has results of other settings than this run."""
        other = next((row for row in self._rows.values() if not row["error"] and row["options"] != self._options), None)
        if other is not None:
            raise TableError(
                f"{self.path} has results of other settings ({other['options']}; now {self._options}): "
                "choose another --out, or replace the table with --restart"
            )

    def is_done(self, image: Path, sha256: str) -> bool:
        """Whether the table has a result for this file with this content."""
        row = self._rows.get(self.name_of(image))
        return row is not None and not row["error"] and row["sha256"] == sha256

    def has(self, image: Path) -> bool:
        return self.name_of(image) in self._rows

    def open(self, to_do: Iterable[Path], restart: bool) -> None:
        """Rewrites the file without the rows of `to_do`, atomically, and keeps it open for new rows."""
        dropped = {self.name_of(image) for image in to_do}
        kept = [] if restart else [row for name, row in self._rows.items() if name not in dropped]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}")
        try:
            with _open(fresh, "x") as file:
                table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                table.writeheader()
                table.writerows(kept)
            os.replace(fresh, self.path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        self._file = _open(self.path, "a")

    def add(self, image: Path, sha256: str, result: Optional[Result], error: Optional[Exception], overlay: str) -> None:
        """Writes the row of one image."""
        assert self._file is not None, "the table is not open"
        row = {"image": self.name_of(image), "sha256": sha256, "options": self._options, "overlay": overlay}
        row.update(_numbers(result) if result is not None else {"error": describe(error)})
        csv.DictWriter(self._file, COLUMNS, restval="", lineterminator="\n").writerow(row)
        self._file.flush()

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: Optional[type], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        if self._file is not None:
            self._file.close()


def describe(error: Optional[Exception]) -> str:
    """Why an image has no result, in one line."""
    text = str(error) if isinstance(error, RestainError) else f"{error} (unreadable_here)"
    return " ".join(text.split())


def _numbers(result: Result) -> Row:
    low, high = result.interval or ("", "")
    tumour, membrane = result.tumour or {}, result.membrane or {}
    tumour_low, tumour_high = tumour.get("percent_pos_interval") or ("", "")
    numbers = {
        "total": result.total,
        "positive": result.positive,
        "percent": result.percent,
        "low": low,
        "high": high,
        "tumour_total": tumour.get("num_total", ""),
        "tumour_positive": tumour.get("num_pos", ""),
        "tumour_percent": tumour.get("percent_pos", ""),
        "tumour_low": tumour_low,
        "tumour_high": tumour_high,
        "membrane_tps": membrane.get("tps", ""),
        "membrane_cps": _or_nothing(membrane.get("cps")),
        "her2_pattern": _or_nothing(membrane.get("her2_pattern")),
        "warnings": " | ".join(" ".join(f"{w.code}: {w.detail}".split()) for w in result.warnings),
    }
    used = {**result.scoring, **result.provenance}
    shown = {name: used[name] for name in COLUMNS if used.get(name) is not None}
    return {name: str(value) for name, value in {**shown, **numbers}.items()}


def _or_nothing(number: Optional[float]) -> Union[float, str]:
    return "" if number is None else number


def _read(path: Path) -> list[Row]:
    with _open(path, "r") as file:
        table = csv.reader(file, strict=True)
        try:
            header, *rows = list(table) or [[]]
        except csv.Error as error:
            raise TableError(f"{path} is not a table of this program: {error}") from error
    if not header and not rows:
        return []
    if tuple(header) != COLUMNS:
        raise TableError(f"{path} is not a table of this program, or of another version of it: choose another --out")
    # A row that was cut off while it was written does not count.
    return [dict(zip(COLUMNS, row)) for row in rows if len(row) == len(COLUMNS)]


def _open(path: Path, mode: str) -> IO[str]:
    # A file name may be invalid UTF-8; it is kept as it is.
    return path.open(mode, newline="", encoding="utf-8", errors="surrogateescape")
