"""The table of results: one row an image, written as each ends, so that a run that was stopped goes on."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Optional

from .errors import RestainError
from .result import Result

COLUMNS = (
    "image",
    "total",
    "positive",
    "percent",
    "low",
    "high",
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
    """The table cannot be gone on with."""


class Table:
    """The rows of a CSV file. `open` drops those that are to be made anew; `add` writes one at once."""

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        self.path = path
        self._options = json.dumps(dict(options), sort_keys=True)
        self._rows = {row["image"]: row for row in _read(path)} if path.exists() else {}
        self._file: Optional[IO[str]] = None

    def name_of(self, image: Path) -> str:
        """How an image is named in the table: as seen from the table's folder."""
        try:
            return Path(os.path.relpath(image, self.path.parent)).as_posix()
        except ValueError:  # Another drive of Windows.
            return image.resolve().as_posix()

    def check_options(self) -> None:
        """Rows of other settings must not stand beside those of this run."""
        other = next((row for row in self._rows.values() if not row["error"] and row["options"] != self._options), None)
        if other is not None:
            raise TableError(
                f"{self.path} holds results of other settings ({other['options']}, now {self._options}): "
                "name another --out, or give --restart to replace it"
            )

    def is_done(self, image: Path, sha256: str) -> bool:
        """Whether this very file has its result."""
        row = self._rows.get(self.name_of(image))
        return row is not None and not row["error"] and row["sha256"] == sha256

    def has(self, image: Path) -> bool:
        return self.name_of(image) in self._rows

    def open(self, to_do: Iterable[Path], restart: bool) -> None:
        """Makes the file anew without the rows of `to_do`, in one step, and stays open for more."""
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
        assert self._file is not None, "the table is opened first"
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
    numbers = {
        "total": result.total,
        "positive": result.positive,
        "percent": result.percent,
        "low": low,
        "high": high,
        "warnings": " | ".join(" ".join(f"{w.code}: {w.detail}".split()) for w in result.warnings),
    }
    used = {**result.scoring, **result.provenance}
    told = {name: used[name] for name in COLUMNS if used.get(name) is not None}
    return {name: str(value) for name, value in {**told, **numbers}.items()}


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
        raise TableError(f"{path} is not a table of this program, or of another version: name another --out")
    # A row that was being written when the machine stopped is no row.
    return [dict(zip(COLUMNS, row)) for row in rows if len(row) == len(COLUMNS)]


def _open(path: Path, mode: str) -> IO[str]:
    # A file name need not be UTF-8, and comes back as it was.
    return path.open(mode, newline="", encoding="utf-8", errors="surrogateescape")
