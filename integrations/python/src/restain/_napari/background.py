"""One image, scored in a thread, so that napari stays responsive."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any, Optional

from ..client import AsyncClient
from ..errors import RestainError
from ..result import Result
from ..sources import ImageLike


class Background:
    """Starts at once. Exactly one of `result`, `error` and `is_cancelled` is set when it is done."""

    def __init__(self, url: str, headers: Mapping[str, str], image: ImageLike, options: Mapping[str, Any]) -> None:
        self.share = 0.0
        """Of the work that is done, from 0 to 1."""
        self.stage = "sending"
        self.result: Optional[Result] = None
        self.error: Optional[Exception] = None
        self.is_cancelled = False
        self._call = (url, headers, image, options)
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._score())
        self._thread = threading.Thread(target=self._run, name="restain", daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Stops the work, on the server too. It is done a moment later."""
        try:
            self._loop.call_soon_threadsafe(self._task.cancel)
        except RuntimeError:
            # It was done just now, and the loop is closed.
            pass

    def _run(self) -> None:
        try:
            self.result = self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            self.is_cancelled = True
        except Exception as error:
            # Shown to the user: what is raised in a thread is seen by nobody.
            self.error = error
        finally:
            self._loop.close()

    async def _score(self) -> Result:
        url, headers, image, options = self._call
        async with AsyncClient(url, headers=headers, retries=1) as client:
            await client.health()
            return await client.score(image, progress=self._report, **options)

    def _report(self, share: float, stage: str) -> None:
        self.share, self.stage = share, stage


def describe(error: Exception, url: str) -> str:
    """A failure as a sentence."""
    if isinstance(error, RestainError) and error.code == "unreachable":
        return f"No Restain server answers at {url}. Is it running?"
    return str(error) or type(error).__name__
