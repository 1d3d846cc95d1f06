"""Large files: uploaded in parts and analysed on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from .errors import RestainError, json_object, problem_error
from .flows import Call, Flow, Patience, Progress, analysis_url, clean_up, poll_pauses, send
from .result import Result
from .sources import Source
from .uploads import TERMS_HEADERS, step, upload


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
        yield from upload(source, url, created["upload"], patience, progress)
        yield from step("POST", f"{url}/verify", None, ("ready",), url, patience)
        yield from step("POST", f"{url}/start", start, ("queued", "running", "done"), url, patience)
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
