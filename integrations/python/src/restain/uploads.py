"""Files that are sent in parts, and the steps that follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, BinaryIO, Optional

from .errors import RestainError, json_object
from .flows import Call, Flow, Patience, Progress, send
from .sources import Source

TERMS_HEADERS = {"Restain-Terms": "1"}
"""States that the server's terms of use are accepted."""

_FRUITLESS_ROUNDS = 3


def upload(
    source: Source, url: str, parts: Mapping[str, Any], patience: Patience, progress: Optional[Progress]
) -> Flow[None]:
    """Sends missing parts until none is left. Links that have expired are requested again.

    - `url`: of what the parts belong to; `<url>/upload` states those that are missing.
    - `parts`: the first such statement.
    """
    fruitless = 0
    with source.open() as file:
        while parts["missing"]:
            before = len(parts["missing"])
            try:
                for part in parts["missing"]:
                    yield from send(_part_call(file, part), patience)
                    if progress is not None:
                        progress((part["offset"] + part["bytes"]) / source.size, "uploading")
            except RestainError as error:
                if error.status != 403:
                    raise
            parts = yield from missing_parts(url, patience)
            fruitless = fruitless + 1 if len(parts["missing"]) >= before else 0
            if fruitless == _FRUITLESS_ROUNDS:
                raise RestainError("upload_incomplete", f"{before} parts of the file did not arrive on the server.")


def missing_parts(url: str, patience: Patience) -> Flow[dict[str, Any]]:
    """The parts that have not arrived, with fresh links."""
    return json_object((yield from send(Call("GET", f"{url}/upload"), patience)))["upload"]  # type: ignore[no-any-return]


def _part_call(file: BinaryIO, part: Mapping[str, Any]) -> Call:
    file.seek(part["offset"])
    content = file.read(part["bytes"])
    if len(content) != part["bytes"]:
        raise RestainError("upload_incomplete", "The file became shorter while it was sent.")
    return Call(part["method"], part["url"], content=content, headers=part["headers"])


def step(method: str, url: str, body: Any, reached: Collection[str], one: str, patience: Patience) -> Flow[None]:
    """Sends one step. If a lost connection hid that it was done, the server refuses it, and it counts as done.

    - `reached`: the states that say that it was done.
    - `one`: where the state is told.
    """
    try:
        yield from send(Call(method, url, json=body), patience)
    except RestainError as error:
        if error.code != "wrong_state":
            raise
        if json_object((yield from send(Call("GET", one), patience))).get("state") not in reached:
            raise
