"""Whole slides, kept by the server: sent once, annotated, scored in parts or whole."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union
from urllib.parse import urlencode

from .errors import RestainError, json_object, problem_error
from .exports import SLIDE_EXPORTS, fetch_file, id_of
from .flows import Call, Flow, Patience, Progress, clean_up, poll_pauses, send
from .options import SlideExportOptions, SlideSettings, slide_export_query, slide_settings
from .result import Warning, read_warnings
from .sources import Source
from .uploads import TERMS_HEADERS, missing_parts, step, upload

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .client import AsyncClient, Client

ANNOTATION_CLASSES = ("tumour", "stroma", "necrosis", "other", "ignore", "tissue")
"""What an annotation of a slide can mark."""

_SCOPES = ("slide", "tumour", "scored")
_CONFLICTS = 5
_LOST = ("unreachable", "no_answer", "upload_incomplete")


class RegionScore:
    """The numbers of a part of a slide."""

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        self.numbers = dict(numbers)
        """As the API names them: `h_score`, `allred`, `bins`, `area_mm2`, `cells_per_mm2` and so on."""

    @property
    def id(self) -> str:
        """Id of the annotation that it is of; empty for the slide and for all tumour."""
        return str(self.numbers.get("id", ""))

    @property
    def name(self) -> str:
        """Name of the annotation; empty without one."""
        return str(self.numbers.get("name", ""))

    @property
    def core(self) -> str:
        """Address of the core of a tissue microarray that it is of, as A1; empty for all else."""
        place = self.numbers.get("core")
        if not place:
            return ""
        letters, rest = "", int(place["row"])
        while rest >= 0:
            letters = chr(65 + rest % 26) + letters
            rest = rest // 26 - 1
        return f"{letters}{int(place['column']) + 1}"

    @property
    def total(self) -> int:
        """Number of nuclei."""
        return int(self.numbers["num_total"])

    @property
    def positive(self) -> int:
        """Number of positive nuclei."""
        return int(self.numbers["num_pos"])

    @property
    def percent(self) -> float:
        """100 x positive / total, to one decimal; 0 without nuclei."""
        return float(self.numbers["percent_pos"])

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of `percent`."""
        low, high = self.numbers["percent_pos_interval"]
        return float(low), float(high)

    @property
    def tumour(self) -> Optional[dict[str, Any]]:
        """The count of its tumour nuclei alone, as the API names it; None where the stain gives it no meaning."""
        return self.numbers.get("tumour")

    @property
    def membrane(self) -> Optional[dict[str, Any]]:
        """What was measured of its membranes, as the API names it; None where they were not measured."""
        return self.numbers.get("membrane")

    @property
    def is_complete(self) -> bool:
        """Whether all of it was scored; else the numbers are provisional."""
        return bool(self.numbers.get("is_complete", True))

    def __repr__(self) -> str:
        return f"<RegionScore {self}>"

    def __str__(self) -> str:
        low, high = self.interval
        rest = "" if self.is_complete else "; not all of it was scored"
        interval = f"(95 % interval {low:.1f} to {high:.1f})"
        return f"{self.percent:.1f} % positive {interval}, {self.positive:,} of {self.total:,} nuclei{rest}"


class SlideScores:
    """All numbers of a slide, from the nuclei that were found so far."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        if not isinstance(answer.get("slide"), dict):
            raise RestainError("unexpected_answer", "The server's answer has no score.")
        self.answer = dict(answer)
        """The whole answer, as the API names it: protocols, thresholds and model besides."""
        self.slide = RegionScore(answer["slide"])
        """The tissue, or everything where none is marked, without what annotations leave out."""
        self.tumour = RegionScore(answer["tumour"]) if answer.get("tumour") else None
        """All tumour annotations together; None without any."""
        self.annotations = [RegionScore(numbers) for numbers in answer.get("annotations") or []]
        """Each annotation."""
        self.hot_spots: list[dict[str, Any]] = list(answer.get("hot_spots") or [])
        """The hottest fields of several sizes: `size`, `method` and the `spots`."""
        self.warnings: list[Warning] = read_warnings(answer)
        """Doubts about the numbers."""
        self.is_provisional = bool(answer.get("is_provisional"))
        """Whether some number is not complete, or a scoring is running."""

    def __repr__(self) -> str:
        return f"<SlideScores {self.slide}>"


class _Slide:
    """What both kinds of slides share: the exchanges."""

    def __init__(self, id: str, url: str, patience: Patience) -> None:
        if not re.fullmatch(r"[\w-]+", id):
            raise ValueError(f"the id of a slide is needed, or the address of its page; got {id!r}")
        self.id = id
        """Whoever has it may do with the slide what they like."""
        self.address = f"{url.rstrip('/')}/slides/{id}"
        """Its page."""
        self._url = f"api/slides/{id}"
        self._patience = patience

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address}>"

    def _get(self, rest: str = "") -> Flow[dict[str, Any]]:
        return json_object((yield from send(Call("GET", f"{self._url}{rest}"), self._patience)))

    def _put(self, rest: str, body: Any) -> Flow[dict[str, Any]]:
        return json_object((yield from send(Call("PUT", f"{self._url}{rest}", json=body), self._patience)))

    def _delete(self) -> Flow[None]:
        yield from send(Call("DELETE", self._url), self._patience)

    def _annotations(self) -> Flow[list[dict[str, Any]]]:
        return (yield from self._get("/annotations"))["annotations"]  # type: ignore[no-any-return]

    def _annotate(self, regions: Any, annotation_class: str, name: str) -> Flow[dict[str, Any]]:
        content, kind = region_file(regions, annotation_class, name)
        url = f"{self._url}/annotations?{urlencode({'class': annotation_class})}"
        call = Call("POST", url, content=content, headers={"Content-Type": kind})
        return json_object((yield from send(call, self._patience)))

    def _remove_annotations(self, ids: Iterable[str]) -> Flow[None]:
        gone = set(ids)
        for attempt in range(1, _CONFLICTS + 1):
            there = yield from self._get("/annotations")
            kept = [one for one in there["annotations"] if one["id"] not in gone]
            try:
                yield from self._put("/annotations", {"base_revision": there["revision"], "annotations": kept})
                return
            except RestainError as error:
                if error.code != "revision_conflict" or attempt == _CONFLICTS:
                    raise

    def _set(self, options: Mapping[str, Any]) -> Flow[dict[str, Any]]:
        given = slide_settings(options)
        settings = yield from self._get("/settings")
        revision = settings.pop("revision")
        return (yield from self._put("/settings", {**settings, **given, "base_revision": revision}))

    def _scores(self) -> Flow[SlideScores]:
        return SlideScores((yield from self._get("/scores")))

    def _score(self, scope: Mapping[str, Any], progress: Optional[Progress]) -> Flow[SlideScores]:
        call = Call("POST", f"{self._url}/scorings", json={"scope": scope})
        started = json_object((yield from send(call, self._patience)))
        rest = f"/scorings/{started['id']}"
        try:
            yield from self._follow(rest, progress)
        except GeneratorExit:
            raise
        except BaseException:
            # KeyboardInterrupt and CancelledError among them.
            yield from clean_up(f"{self._url}{rest}/cancel", "POST")
            raise
        return (yield from self._scores())

    def _follow(self, rest: str, progress: Optional[Progress]) -> Flow[None]:
        for pause in poll_pauses():
            scoring = yield from self._get(rest)
            state = scoring.get("state")
            if state == "done":
                return
            if state == "failed":
                raise problem_error(scoring.get("problem"))
            if state not in ("queued", "running"):
                raise RestainError("cancelled", f"The scoring is {state} on the server.")
            if progress is not None:
                now = scoring.get("progress") or {}
                share = now.get("cells_done", 0) / max(1, now.get("cells", 0))
                progress(share, "waiting" if state == "queued" else "scoring")
            yield pause

    def _nuclei(self) -> Flow[Any]:
        response = yield from send(Call("GET", f"{self._url}/exports/nuclei.csv.gz"), self._patience)
        return _table(response.content)

    def _export(self, name: str, folder: Path, options: Mapping[str, Any]) -> Flow[Path]:
        query = slide_export_query(options)
        return fetch_file(self._url, SLIDE_EXPORTS.get(name, name), folder, query, self._patience)


class Slide(_Slide):
    """A slide that the server keeps; see `Client.slide`.

    ```python
    slide = client.slide("slide.svs", accept_terms=True)
    slide.annotate(geojson, "tumour")
    scores = slide.score("tumour")
    print(scores.tumour, scores.hot_spots)
    slide.nuclei()
    slide.export("geojson", "results")
    slide.delete()
    ```

    Coordinates are pixels of its full resolution, counted from its upper left corner: pixel (0, 0) covers 0 to 1.
    """

    def __init__(self, client: Client, id: str) -> None:
        super().__init__(id, client.url, client._patience)
        self._run = client._run

    def status(self) -> dict[str, Any]:
        """Where it stands, as the API names it: `state`, `slide` with its size, `view_id`, `expires_at` and so on."""
        return self._run(self._get())

    def annotations(self) -> list[dict[str, Any]]:
        """The regions that are drawn, as the API names them; at the first time the tissue, as the server finds it."""
        return self._run(self._annotations())

    def annotate(self, regions: Any, annotation_class: str = "other", name: str = "") -> dict[str, Any]:
        """Adds regions, and returns their `ids` and a `message`: how many were added, and what was cut or left out.

        - `regions`: GeoJSON (a path, text, a dictionary, an object with `__geo_interface__`, or a list of these), or a
          file of Aperio ImageScope (XML).
        - `annotation_class`: one of `ANNOTATION_CLASSES`, for regions that state none themselves.
        - `name`: likewise.
        """
        return self._run(self._annotate(regions, annotation_class, name))

    def remove_annotations(self, ids: Iterable[str]) -> None:
        """Removes annotations by their ids."""
        self._run(self._remove_annotations(ids))

    def change_settings(self, **options: Unpack[SlideSettings]) -> dict[str, Any]:
        """Changes how nuclei are found and counted, and returns all settings. `options` are those of `SlideSettings`.

        After another `prob_thresh`, score the scope `scored` again: nothing is inferred anew.
        """
        return self._run(self._set(options))

    def score(
        self,
        scope: Optional[str] = None,
        *,
        annotations: Optional[Sequence[str]] = None,
        rectangle: Optional[Sequence[int]] = None,
        progress: Optional[Progress] = None,
    ) -> SlideScores:
        """Scores a part of the slide and waits. What was found before is not found again.

        - `scope`: `slide` (the tissue; the default), `tumour`, or `scored` (all that was scored before).
        - `annotations`: only these, by their ids.
        - `rectangle`: only this: x, y, width, height.

        Ctrl-C also stops the scoring on the server; what it has found stays.
        """
        return self._run(self._score(scope_of(scope, annotations, rectangle), progress))

    def scores(self) -> SlideScores:
        """All numbers, by the latest settings and annotations."""
        return self._run(self._scores())

    def nuclei(self) -> Any:
        """All nuclei that count: a pandas DataFrame, or a list of dictionaries if pandas is not installed.

        `x` and `y` are the centre, `positive` and `intensity` the class, `regions` the names of the annotations around
        it; the rest is as in `nuclei.csv.gz`.
        """
        return self._run(self._nuclei())

    def export(
        self,
        name: str = "all",
        folder: Union[str, os.PathLike[str]] = ".",
        **options: Unpack[SlideExportOptions],
    ) -> Path:
        """Saves a file of the result in a folder and returns its path. Nothing is overwritten.

        `name` is one of `SLIDE_EXPORTS`; `options` are those of `SlideExportOptions`.
        """
        return self._run(self._export(name, Path(folder), options))

    def delete(self) -> None:
        """Removes every trace of it from the server at once."""
        self._run(self._delete())


class AsyncSlide(_Slide):
    """`Slide` for asyncio; see `AsyncClient.slide`. Cancelling a call also stops the work on the server."""

    def __init__(self, client: AsyncClient, id: str) -> None:
        super().__init__(id, client.url, client._patience)
        self._run = client._run

    async def status(self) -> dict[str, Any]:
        """As `Slide.status`."""
        return await self._run(self._get())

    async def annotations(self) -> list[dict[str, Any]]:
        """As `Slide.annotations`."""
        return await self._run(self._annotations())

    async def annotate(self, regions: Any, annotation_class: str = "other", name: str = "") -> dict[str, Any]:
        """As `Slide.annotate`."""
        return await self._run(self._annotate(regions, annotation_class, name))

    async def remove_annotations(self, ids: Iterable[str]) -> None:
        """As `Slide.remove_annotations`."""
        await self._run(self._remove_annotations(ids))

    async def change_settings(self, **options: Unpack[SlideSettings]) -> dict[str, Any]:
        """As `Slide.change_settings`."""
        return await self._run(self._set(options))

    async def score(
        self,
        scope: Optional[str] = None,
        *,
        annotations: Optional[Sequence[str]] = None,
        rectangle: Optional[Sequence[int]] = None,
        progress: Optional[Progress] = None,
    ) -> SlideScores:
        """As `Slide.score`."""
        return await self._run(self._score(scope_of(scope, annotations, rectangle), progress))

    async def scores(self) -> SlideScores:
        """As `Slide.scores`."""
        return await self._run(self._scores())

    async def nuclei(self) -> Any:
        """As `Slide.nuclei`."""
        return await self._run(self._nuclei())

    async def export(
        self,
        name: str = "all",
        folder: Union[str, os.PathLike[str]] = ".",
        **options: Unpack[SlideExportOptions],
    ) -> Path:
        """As `Slide.export`."""
        return await self._run(self._export(name, Path(folder), options))

    async def delete(self) -> None:
        """As `Slide.delete`."""
        await self._run(self._delete())


def require_terms(accepted: bool) -> None:
    """Raises ValueError if the terms are not accepted."""
    if not accepted:
        raise ValueError("the server keeps what is sent: read its terms of use, then pass accept_terms=True")


def known_id(image: Any, sample: Optional[str], id: Optional[str], accept_terms: bool) -> Optional[str]:
    """The id of a slide that is there, from it or its page's address. Raises ValueError if the choice is not clear."""
    if (image is None) + (sample is None) == 0 or (sample is not None and id is not None):
        raise ValueError("state one of image, sample and id; only image and id go together")
    if image is None and sample is None and id is None:
        raise ValueError("state an image to send, a sample, or the id of a slide")
    if image is not None and id is None:
        require_terms(accept_terms)
    return None if id is None else id_of(id)


def choice_of(series: Optional[int], plane: Optional[int], channels: Optional[str]) -> dict[str, Any]:
    """Which image of a file is kept, as the API takes it."""
    given = {"series": series, "plane": plane, "channels": channels}
    return {name: value for name, value in given.items() if value is not None}


def begin(
    source: Optional[Source],
    sample: Optional[str],
    known: Optional[str],
    choice: Mapping[str, Any],
    patience: Patience,
    progress: Optional[Progress],
) -> Flow[str]:
    """Sends a file or takes a sample, waits until the server has its copy, and returns the id of the slide.

    A failure deletes the slide again. After a lost connection it stays, and `known` goes on with it.
    """
    if known is None:
        body = {"sample": sample} if source is None else {"bytes": source.size}
        call = Call("POST", "api/slides", json=body, headers={} if source is None else TERMS_HEADERS)
        created = json_object((yield from send(call, patience)))
    else:
        created = json_object((yield from send(Call("GET", f"api/slides/{known}"), patience)))
    if not isinstance(created.get("id"), str):
        raise RestainError("unexpected_answer", "The server created a slide without an id.")
    id = str(created["id"])
    url = f"api/slides/{id}"
    try:
        if source is not None and created.get("state") == "uploading":
            yield from _send_file(source, url, patience, progress)
        if source is not None and created.get("state") in ("uploading", "choosing"):
            reached = ("queued", "running", "choosing", "ready")
            yield from step("POST", f"{url}/ingest", choice, reached, url, patience)
        yield from _until_ready(url, patience, progress)
        return id
    except GeneratorExit:
        raise
    except RestainError as error:
        if error.code in (*_LOST, "choice_needed"):
            more = f'To go on, call `slide` with the same file and id="{id}".'
            raise RestainError(error.code, f"{error.detail} {more}", error.status, error.errors) from error
        yield from clean_up(url)
        raise
    except BaseException:
        # KeyboardInterrupt and CancelledError among them.
        yield from clean_up(url)
        raise


def _send_file(source: Source, url: str, patience: Patience, progress: Optional[Progress]) -> Flow[None]:
    parts = yield from missing_parts(url, patience)
    if parts["bytes"] != source.size:
        begun = f"The slide was begun for a file of {parts['bytes']:,} bytes"
        raise RestainError("wrong_file", f"{begun}; this one has {source.size:,}.")
    yield from upload(source, url, parts, patience, progress)


def _until_ready(url: str, patience: Patience, progress: Optional[Progress]) -> Flow[None]:
    for pause in poll_pauses():
        slide = json_object((yield from send(Call("GET", url), patience)))
        state = slide.get("state")
        if state == "ready":
            return
        if state == "failed":
            raise problem_error(slide.get("problem"))
        if state == "choosing":
            images = (slide.get("choices") or {}).get("images") or []
            listed = "; ".join(f"{one['series']} ({one['width']} x {one['height']})" for one in images)
            detail = f"The file offers a choice. State the series (and the plane or channels): {listed}."
            raise RestainError("choice_needed", detail)
        if state not in ("queued", "running"):
            raise RestainError("cancelled", f"The slide is {state} on the server.")
        if progress is not None:
            now = slide.get("progress") or {}
            progress(now.get("tiles_done", 0) / max(1, now.get("tiles", 0)), now.get("stage") or "waiting")
        yield pause


def scope_of(
    scope: Optional[str], annotations: Optional[Sequence[str]], rectangle: Optional[Sequence[int]]
) -> dict[str, Any]:
    """The part to score as the API takes it. Raises ValueError if it is not stated once."""
    if sum(given is not None for given in (scope, annotations, rectangle)) > 1:
        raise ValueError("state one of scope, annotations and rectangle")
    if annotations is not None:
        return {"kind": "annotations", "ids": list(annotations)}
    if rectangle is not None:
        numbers = [int(number) for number in rectangle]
        if len(numbers) != 4:
            raise ValueError(f"rectangle must be x, y, width, height; got {len(numbers)} numbers")
        return {"kind": "rectangle", **dict(zip(("x", "y", "width", "height"), numbers))}
    if scope is not None and scope not in _SCOPES:
        raise ValueError(f"scope must be one of {', '.join(_SCOPES)}; got {scope!r}")
    return {"kind": scope or "slide"}


def region_file(regions: Any, annotation_class: str, name: str = "") -> tuple[bytes, str]:
    """Regions as the bytes to send, and their media type. Raises ValueError with a sentence."""
    if annotation_class not in ANNOTATION_CLASSES:
        raise ValueError(f"an annotation marks one of {', '.join(ANNOTATION_CLASSES)}; got {annotation_class!r}")
    if isinstance(regions, str) and regions.lstrip()[:1] not in ("{", "[", "<"):
        regions = Path(regions)
    if isinstance(regions, os.PathLike):
        text = Path(regions).read_bytes()
    elif isinstance(regions, (str, bytes)):
        text = regions.encode() if isinstance(regions, str) else regions
    else:
        many = regions if isinstance(regions, (list, tuple)) else [regions]
        text = json.dumps([_feature(one, name) for one in many]).encode()
    is_xml = text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    if not is_xml:
        try:
            json.loads(text)
        except ValueError as error:
            raise ValueError(f"regions must be GeoJSON, or XML of ImageScope: {error}") from error
    return text, "application/xml" if is_xml else "application/geo+json"


def _feature(one: Any, name: str) -> Any:
    value = getattr(one, "__geo_interface__", one)
    if not isinstance(value, Mapping):
        raise ValueError(f"regions must be GeoJSON; got {type(value).__name__}")
    if value.get("type") in ("Polygon", "MultiPolygon"):
        return {"type": "Feature", "geometry": value, "properties": {"name": name} if name else {}}
    return value


def _table(compressed: bytes) -> Any:
    text = gzip.decompress(compressed).decode("utf-8-sig")
    rows = [_row(row) for row in csv.DictReader(io.StringIO(text))]
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows, columns=None if rows else ["id", "x", "y", "positive"])


_TEXTS = ("intensity", "regions", "kind", "class_name", "kind_made_by")
# What coordinates count is always the slide.
_LEFT_OUT = ("class", "coordinates", "level", "downsample", "x_px", "y_px")


def _row(row: Mapping[str, str]) -> dict[str, Any]:
    rest = {name: value if name in _TEXTS else _number(value) for name, value in row.items() if name not in _LEFT_OUT}
    return {
        "id": rest.pop("id"),
        "x": float(row["x_px"]),
        "y": float(row["y_px"]),
        "positive": row["class"] == "positive",
        **rest,
    }


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
