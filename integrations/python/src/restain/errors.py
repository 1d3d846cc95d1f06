"""What the server said when it did not do what was asked."""

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
    """A failure, as the server stated it (RFC 9457), or as this client met it.

    Decide by `code`, which is stable; `detail` is a sentence for people. Codes of this client's own are `unreachable`
    (no connection after all retries), `no_answer` (nothing came within the time limit) and `unexpected_answer` (not an
    answer of Restain's).
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
        """HTTP status; None where there was no answer."""
        self.errors = errors
        """The faulty options, one by one."""
        self.request_id = request_id
        """Names the request in the server's log."""

    def __str__(self) -> str:
        unsaid = [f"{error.pointer}: {error.detail}" for error in self.errors if error.detail not in self.detail]
        return " ".join([self.detail, *unsaid, f"({self.code})"])


def problem_error(problem: Any, status: Optional[int] = None) -> RestainError:
    """The error that a problem document states; members it lacks or adds are no failure."""
    told = problem if isinstance(problem, dict) else {}
    errors = told.get("errors")
    return RestainError(
        str(told.get("code") or "unexpected_answer"),
        str(told.get("detail") or told.get("title") or "The server gave no reason."),
        told.get("status") if isinstance(told.get("status"), int) else status,
        tuple(
            FieldError(str(error.get("pointer", "")), str(error.get("detail", "")))
            for error in (errors if isinstance(errors, list) else [])
            if isinstance(error, dict)
        ),
        told.get("instance") if isinstance(told.get("instance"), str) else None,
    )


def response_error(response: httpx.Response) -> RestainError:
    """The error of an answer that is not a success."""
    document = _json_or_none(response)
    if isinstance(document, dict) and "code" in document:
        return problem_error(document, response.status_code)
    return unexpected(response)


def unexpected(response: httpx.Response) -> RestainError:
    """The error of an answer that Restain does not give: a proxy's page, another program."""
    kind = response.headers.get("Content-Type", "no content type")
    moved = f" and points to {response.headers['Location']}" if response.is_redirect else ""
    said = f"{response.status_code} {response.reason_phrase}".strip()
    detail = (
        f"{response.request.url.copy_with(query=None)} answered {said} ({kind}){moved}: this is not Restain's answer."
    )
    return RestainError("unexpected_answer", detail, response.status_code)


def json_object(response: httpx.Response) -> dict[str, Any]:
    """The JSON object that a successful answer must be."""
    document = _json_or_none(response)
    if not isinstance(document, dict):
        raise unexpected(response)
    return document


def _json_or_none(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
