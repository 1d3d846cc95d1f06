"""Large files: uploaded in parts and analysed on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Optional

from .errors import RestainError, json_object, problem_error
from .flows import Call, Flow, Patience, Progress, analysis_url, clean_up, poll_pauses, send
from .result import Result
from .sources import Source

TERMS_HEADERS = {"Restain-Terms": "1"}
"""States that the server's terms of use are accepted."""

_FRUITLESS_ROUNDS = 3


def analyse(
    source: Source,
    start: Mapping[str, Any],
    pictures: Sequence[str],
    patience: Patience,
    progress: Optional[Progress],
) -> Flow[Result]:
    """Uploads, starts, waits and fetches. If a step fails or is cancelled, the analysis is deleted from the server."""
    size = {"bytes": source.size}
    created = json_object((yield from send(Call("POST", "api/analyses", json=size, headers=TERMS_HEADERS), patience)))
    if not isinstance(created.get("id"), str):
        raise RestainError("unexpected_answer", "The server created an analysis without an id.", 201)
    url = analysis_url(created["id"])
    try:
        yield from _upload(source, url, created, patience, progress)
        yield from _step("POST", f"{url}/verify", None, "ready", url, patience)
        yield from _step("POST", f"{url}/start", start, "queued", url, patience)
        done = yield from _until_done(url, patience, progress)
        result = done["result"]
        images = {}
        for name, picture in result["pictures"].items():
            if name in pictures:
                images[name] = (yield from send(Call("GET", picture["url"]), patience)).content
        return Result(result, images=images, source_sha256=source.sha256, analysis_id=created["id"])
    except GeneratorExit:
        raise
    except (KeyError, TypeError) as error:
        yield from clean_up(url)
        raise RestainError("unexpected_answer", f"An answer about the analysis lacks {error}.") from error
    except BaseException:
        # KeyboardInterrupt and CancelledError among them.
        yield from clean_up(url)
        raise


def _upload(
    source: Source, url: str, created: Mapping[str, Any], patience: Patience, progress: Optional[Progress]
) -> Flow[None]:
    """Sends missing parts until none is left. Links that have expired are requested again."""
    upload = created["upload"]
    fruitless = 0
    with source.open() as file:
        while upload["missing"]:
            before = len(upload["missing"])
            try:
                for part in upload["missing"]:
                    yield from send(_part_call(file, part), patience)
                    if progress is not None:
                        progress((part["offset"] + part["bytes"]) / source.size, "uploading")
            except RestainError as error:
                if error.status != 403:
                    raise
            upload = json_object((yield from send(Call("GET", f"{url}/upload"), patience)))["upload"]
            fruitless = fruitless + 1 if len(upload["missing"]) >= before else 0
            if fruitless == _FRUITLESS_ROUNDS:
                raise RestainError("upload_incomplete", f"{before} parts of the file did not arrive on the server.")


def _part_call(file: BinaryIO, part: Mapping[str, Any]) -> Call:
    file.seek(part["offset"])
    content = file.read(part["bytes"])
    if len(content) != part["bytes"]:
        raise RestainError("upload_incomplete", "The file became shorter while it was sent.")
    return Call(part["method"], part["url"], content=content, headers=part["headers"])


def _step(method: str, url: str, body: Any, state: str, one: str, patience: Patience) -> Flow[None]:
    """Sends one step. If a lost connection hid that it was done, the server refuses it, and it counts as done."""
    try:
        yield from send(Call(method, url, json=body), patience)
    except RestainError as error:
        if error.code != "wrong_state":
            raise
        now = json_object((yield from send(Call("GET", one), patience))).get("state")
        if now != state and not (state == "queued" and now in ("running", "done")):
            raise


def _until_done(url: str, patience: Patience, progress: Optional[Progress]) -> Flow[dict[str, Any]]:
    for pause in poll_pauses():
        analysis = json_object((yield from send(Call("GET", url), patience)))
        state = analysis.get("state")
        if state == "done":
            return analysis
        if state == "failed":
            raise problem_error(analysis.get("problem"))
        if state not in ("queued", "running"):
            raise RestainError("cancelled", f"The analysis is {state} on the server.")
        if progress is not None:
            now = analysis.get("progress") or {}
            progress(now.get("tiles_done", 0) / max(1, now.get("tiles", 0)), now.get("stage") or "waiting")
        yield pause
    raise AssertionError("polling does not end by itself")
