"""The exchanges with a server, without sockets and clocks.

A flow is a generator: it yields what to do (a `Call` or a `Pause`), receives the answer, and returns its result.
`Client` and `AsyncClient` run the same flows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Optional, TypeVar, Union

import httpx

from .errors import RestainError, json_object, problem_error, response_error
from .result import Result
from .sources import Source

T = TypeVar("T")
Progress = Callable[[float, str], None]
"""Called with the share of the work that is done (0 to 1) and the name of the stage."""


@dataclass(frozen=True)
class Call:
    """One request. `source` is sent as the form's file `img`, together with `fields`."""

    method: str
    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    source: Optional[Source] = None
    json: Any = None
    content: Optional[bytes] = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: Optional[float] = None
    target: Optional[BinaryIO] = None
    """Where the body of a successful answer is written, instead of being kept in memory."""
    is_cleanup: bool = False
    """The request is sent even while everything is being cancelled."""


@dataclass(frozen=True)
class Pause:
    """A time to wait."""

    seconds: float


Flow = Generator[Union[Call, Pause], Any, T]


@dataclass(frozen=True)
class Patience:
    """How long requests are repeated while a server is away or busy."""

    retries: int = 4
    """A server counts as away after more lost connections than this."""
    busy_seconds: float = 300.0
    """Total time to wait for a server that answers 429 or 503."""


# A proxy answers 502 or 504 for a server that is restarting.
_PASSING_STATUS = (429, 502, 503, 504)
# These have status 503 too, but waiting a little does not help.
_LASTING_CODES = ("reader_unavailable", "storage_unavailable")
# The work is lost, not refused: the image is sent again.
_LOST_WORK = ("task_not_found", "result_dropped", "interrupted")
_SUBMISSIONS = 3
_CHECK_SIZE_ABOVE = 32 * 1024 * 1024
_CLEANUP_SECONDS = 5.0
_POLL_SECONDS = (0.2, 2.0)
_BACKOFF_MAX = 30.0


def send(call: Call, patience: Patience) -> Flow[httpx.Response]:
    """One request, repeated while the connection is lost or the server is busy."""
    lost = busy = 0
    waited = 0.0
    while True:
        try:
            response: httpx.Response = yield call
        except httpx.ReadTimeout as error:
            detail = f"The server received the request but did not answer in time: {_name(error)}."
            raise RestainError("no_answer", detail) from error
        except httpx.TransportError as error:
            lost += 1
            if lost > patience.retries:
                raise RestainError("unreachable", f"No connection to the server: {_name(error)}.") from error
            yield Pause(_backoff(lost))
            continue
        if response.is_success:
            return response
        failure = response_error(response)
        if response.status_code not in _PASSING_STATUS or failure.code in _LASTING_CODES:
            raise failure
        busy += 1
        wait = max(_retry_after(response) or 0.0, _backoff(busy))
        waited += wait
        if waited > patience.busy_seconds:
            raise failure
        yield Pause(wait)


def score(source: Source, fields: Mapping[str, str], patience: Patience, progress: Optional[Progress]) -> Flow[Result]:
    """Scores an image by one request or, if that takes too long or somebody follows it, by a task that is polled."""
    yield from _refuse_too_large(source, patience)
    url = "api/infer" if progress is None else "api/batch/infer"
    call = Call("POST", url, fields=fields, source=source)
    for submission in range(1, _SUBMISSIONS + 1):
        try:
            response = yield from send(call, patience)
            answer = json_object(response)
            if response.status_code == 202 or progress is not None:
                answer = yield from _follow(_task_url(answer), patience, progress)
            return Result(answer, source_sha256=source.sha256)
        except RestainError as error:
            if error.code not in _LOST_WORK or submission == _SUBMISSIONS:
                raise
            yield Pause(_backoff(submission))
    raise AssertionError("a submission returns or raises")


def health(patience: Patience) -> Flow[dict[str, Any]]:
    """State of the server."""
    return json_object((yield from send(Call("GET", "api/health"), patience)))


def delete(analysis_id: str, patience: Patience) -> Flow[None]:
    """Deletes an analysis from the server."""
    yield from send(Call("DELETE", analysis_url(analysis_id)), patience)


def analysis_url(analysis_id: str) -> str:
    return f"api/analyses/{analysis_id}"


def clean_up(url: str, method: str = "DELETE") -> Flow[None]:
    """Ends the work on the server. It is tried once; a failure here must not hide the first error."""
    try:
        yield Call(method, url, timeout=_CLEANUP_SECONDS, is_cleanup=True)
    except httpx.HTTPError:
        pass


def poll_pauses() -> Generator[Pause, None, None]:
    """Pauses between polls: short at first, so that small work is answered soon."""
    seconds, longest = _POLL_SECONDS
    while True:
        yield Pause(seconds)
        seconds = min(longest, seconds * 1.5)


def _follow(url: str, patience: Patience, progress: Optional[Progress]) -> Flow[dict[str, Any]]:
    """Polls a task to its end. However the waiting ends, the task is deleted from the server."""
    try:
        for pause in poll_pauses():
            status = json_object((yield from send(Call("GET", url), patience)))
            state = status.get("state")
            if state == "SUCCESS":
                yield from clean_up(url)
                return _result_of(status)
            if state == "FAILURE":
                raise problem_error(status.get("error"))
            if state == "REVOKED":
                raise RestainError("cancelled", "The task was cancelled on the server.")
            if progress is not None:
                progress(float(status.get("progress", 0)), str(status.get("stage") or "waiting"))
            yield pause
    except GeneratorExit:
        raise
    except BaseException:
        # KeyboardInterrupt and CancelledError among them.
        yield from clean_up(url)
        raise
    raise AssertionError("polling does not end by itself")


def _task_url(answer: Mapping[str, Any]) -> str:
    task = answer.get("task_id")
    if not isinstance(task, str) or not task:
        raise RestainError("unexpected_answer", "The server accepted the work without a task_id.")
    return f"api/batch/infer/{task}"


def _result_of(status: Mapping[str, Any]) -> dict[str, Any]:
    result = status.get("result")
    if not isinstance(result, dict):
        raise RestainError("unexpected_answer", "The task ended without a result.", 200)
    return result


def _refuse_too_large(source: Source, patience: Patience) -> Flow[None]:
    """Asks for the limit before a large file is sent: the server would refuse it only after the upload."""
    if source.size <= _CHECK_SIZE_ABOVE:
        return
    limits = (yield from health(patience)).get("limits")
    limit = limits.get("upload_bytes") if isinstance(limits, dict) else None
    if isinstance(limit, int) and source.size > limit:
        detail = f"The file has {source.size:,} bytes; a request may have {limit:,}. `analyse` sends it in parts."
        raise RestainError("upload_too_large", detail)


def _backoff(attempt: int) -> float:
    """Half a second, doubled each time, with a random share, so that many clients do not return at the same moment."""
    return min(_BACKOFF_MAX, 0.5 * float(2 ** (attempt - 1))) * random.uniform(0.75, 1.25)


def _retry_after(response: httpx.Response) -> Optional[float]:
    """Seconds to wait, which the header states as a number or as a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError, IndexError):
        return None


def _name(error: httpx.TransportError) -> str:
    return f"{type(error).__name__} {error}".strip()
