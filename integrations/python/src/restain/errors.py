"""Errors of the server and of the connection to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import httpx


@dataclass(frozen=True)
class FieldError:
    """One faulty option or part of a request."""

    pointer: str
    detail: str


class RestainError(Exception):
    """A failure that the server stated (RFC 9457) or that this client found.

    Decide by `code`, which is stable; `detail` is a sentence for people. This client adds the codes `unreachable` (no
    connection after all retries), `no_answer` (no answer within the time limit), `unexpected_answer` (the answer does
    not come from Restain), `upload_incomplete` and `cancelled`.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        status: Optional[int] = None,
        errors: tuple[FieldError, ...] = (),
        request_id: Optional[str] = None,
    ) -> None:
        super().__init__(code, detail, status, errors, request_id)
        self.code = code
        self.detail = detail
        self.status = status
        """HTTP status; None if there was no answer."""
        self.errors = errors
        """The faulty options, one by one."""
        self.request_id = request_id
        """Identifies the request in the server's log."""

    def __str__(self) -> str:
        missing = [f"{error.pointer}: {error.detail}" for error in self.errors if error.detail not in self.detail]
        return " ".join([self.detail, *missing, f"({self.code})"])


def problem_error(problem: Any, status: Optional[int] = None) -> RestainError:
    """The error that a problem document states. Missing and unknown members are accepted."""
    document = problem if isinstance(problem, dict) else {}
    errors = document.get("errors")
    return RestainError(
        str(document.get("code") or "unexpected_answer"),
        str(document.get("detail") or document.get("title") or "The server gave no reason."),
        document.get("status") if isinstance(document.get("status"), int) else status,
        tuple(
            FieldError(str(error.get("pointer", "")), str(error.get("detail", "")))
            for error in (errors if isinstance(errors, list) else [])
            if isinstance(error, dict)
        ),
        document.get("instance") if isinstance(document.get("instance"), str) else None,
    )


def response_error(response: httpx.Response) -> RestainError:
    """The error of an answer that is not a success."""
    document = _json_or_none(response)
    if isinstance(document, dict) and "code" in document:
        return problem_error(document, response.status_code)
    return unexpected(response)


def unexpected(response: httpx.Response) -> RestainError:
    """The error for an answer that does not come from Restain: a proxy's page, another program."""
    kind = response.headers.get("Content-Type", "no content type")
    moved = f" and points to {response.headers['Location']}" if response.is_redirect else ""
    said = f"{response.status_code} {response.reason_phrase}".strip()
    address = response.request.url.copy_with(query=None)
    detail = f"{address} answered {said} ({kind}){moved}: this answer does not come from Restain."
    return RestainError("unexpected_answer", detail, response.status_code)


def json_object(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a successful answer; anything else is an error."""
    document = _json_or_none(response)
    if not isinstance(document, dict):
        raise unexpected(response)
    return document


def _json_or_none(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
