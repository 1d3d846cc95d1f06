"""The client, and the same client for asyncio."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

import httpx

from . import analyses, exports, flows, slides
from .errors import RestainError
from .flows import Call, Flow, Patience, Pause, Progress
from .options import export_query, form_fields, start_body
from .result import Result
from .slides import AsyncSlide, Slide
from .sources import ImageLike, Source, find_images, read_source

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .options import ExportOptions, ScoreOptions, SlideOptions

T = TypeVar("T")

PICTURES = ("Hema", "DAPI", "Lap2", "Marker", "Seg", "SegOverlaid", "SegRefined")
_NAME_ON_THE_WIRE = "image"


@dataclass(frozen=True)
class Outcome:
    """What happened to one of many images: its result, or the error."""

    image: Any
    """The image as given; for a folder, its path."""
    result: Optional[Result]
    error: Optional[Exception]
    """A `RestainError`, or an `OSError` or `ValueError` if the image could not be read on this computer."""


class _Connection:
    """What both clients share."""

    def __init__(
        self,
        url: str = "http://localhost:3000",
        *,
        headers: Optional[Mapping[str, str]] = None,
        timeout: float = 300.0,
        retries: int = 4,
        busy_seconds: float = 300.0,
        verify: bool = True,
    ) -> None:
        """A client of the server at `url`.

        - `headers`: sent with every request, for example a proxy's token.
        - `timeout`: seconds to wait for one answer. The server turns longer analyses into tasks.
        - `retries`: how often a request is repeated after a lost connection.
        - `busy_seconds`: how long in total to wait for a server that answers 429 or 503.
        - `verify`: False accepts any certificate.
        """
        address = httpx.URL(url)
        if address.scheme not in ("http", "https") or not address.host:
            raise ValueError(f"a server's address must begin with http:// or https://; got {url!r}")
        self._settings: dict[str, Any] = {
            "headers": dict(headers or {}),
            "timeout": timeout,
            "retries": retries,
            "busy_seconds": busy_seconds,
            "verify": verify,
        }
        self.url = url
        """Address of the server."""
        self._patience = Patience(retries, busy_seconds)
        times = httpx.Timeout(timeout, connect=min(timeout, 10.0))
        shared: dict[str, Any] = {"timeout": times, "verify": verify}
        self._own = {**shared, "base_url": url, "headers": self._settings["headers"]}
        # Parts of an upload may go directly to a bucket, which must not get the headers that are meant for the server.
        self._foreign = shared
        self._open()

    def _open(self) -> None:
        raise NotImplementedError

    def _score(self, source: Source, fields: dict[str, str], progress: Optional[Progress]) -> Flow[Result]:
        return flows.score(source, {**fields, "include": "cells"}, self._patience, progress)

    def _build(self, http: httpx.Client | httpx.AsyncClient, call: Call, stack: ExitStack) -> httpx.Request:
        parts: dict[str, Any] = {}
        if call.source is not None:
            file = stack.enter_context(call.source.open())
            parts["files"] = {"img": (_NAME_ON_THE_WIRE, file, "application/octet-stream")}
            parts["data"] = dict(call.fields)
        if call.timeout is not None:
            parts["timeout"] = call.timeout
        return http.build_request(
            call.method, call.url, json=call.json, content=call.content, headers=dict(call.headers), **parts
        )

    def _is_foreign(self, call: Call) -> bool:
        there, here = httpx.URL(call.url), httpx.URL(self.url)
        return there.is_absolute_url and (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port)


class Client(_Connection):
    """A client for scripts and notebooks. Several threads may use one client.

    ```python
    import restain

    with restain.Client("http://localhost:3000") as client:
        result = client.score("field.png", resolution="40x")
        print(result.percent, result.interval, result.nuclei)
        result.save("results", "field")
    ```
    """

    def _open(self) -> None:
        self._http = httpx.Client(**self._own)
        self._bucket = httpx.Client(**self._foreign)

    def score(
        self, image: ImageLike, *, progress: Optional[Progress] = None, **options: Unpack[ScoreOptions]
    ) -> Result:
        """Scores one image. `options` are those of `ScoreOptions`.

        With `progress` the image is scored by a task, which reports its stages. Without it one request does, which is
        quicker for small images.

        Raises `RestainError` if the server refuses or cannot be reached. Ctrl-C also stops the work on the server.
        """
        return self._run(self._score(read_source(image), form_fields(options), progress))

    def score_many(
        self, images: Iterable[ImageLike], *, concurrency: int = 2, **options: Unpack[ScoreOptions]
    ) -> Iterator[Outcome]:
        """Scores many images, `concurrency` at once, and yields each when it is done. A failure is an outcome too."""
        form_fields(options)
        return self._iterate(images, concurrency, dict(options))

    def score_folder(
        self,
        folder: Union[str, os.PathLike[str]],
        *,
        recursive: bool = True,
        concurrency: int = 2,
        **options: Unpack[ScoreOptions],
    ) -> Iterator[Outcome]:
        """Scores the images of a folder; see `score_many`."""
        return self.score_many(find_images(folder, recursive), concurrency=concurrency, **options)

    def analyse(
        self,
        image: ImageLike,
        *,
        accept_terms: bool = False,
        pictures: Sequence[str] = PICTURES,
        progress: Optional[Progress] = None,
        **options: Unpack[SlideOptions],
    ) -> Result:
        """Analyses a large file: it is uploaded in parts, and the server keeps the analysis for a day.

        - `accept_terms`: True states that you accept the terms of use on the server's home page.
        - `pictures`: names of the pictures to fetch.
        - `options`: those of `SlideOptions`, for example `region` and `level` of a slide.

        The result has no table of nuclei. `result.analysis_id` opens it in the browser (`/analyses/<id>`).
        """
        slides.require_terms(accept_terms)
        flow = analyses.analyse(read_source(image), start_body(options), pictures, self._patience, progress)
        return self._run(flow)

    def slide(
        self,
        image: Optional[ImageLike] = None,
        *,
        sample: Optional[str] = None,
        id: Optional[str] = None,
        accept_terms: bool = False,
        series: Optional[int] = None,
        plane: Optional[int] = None,
        channels: Optional[str] = None,
        progress: Optional[Progress] = None,
    ) -> Slide:
        """A whole slide that the server keeps for a day, or until it is deleted. It is sent in parts.

        - `image`: the file to send. `accept_terms=True` states that you accept the terms of use on the server's home
          page.
        - `sample`: instead, the name of a shipped slide, like `slide-ki67`.
        - `id`: instead, the id of a slide that is there, or the address of its page. Together with `image` it goes on
          with an upload that a lost connection ended.
        - `series`, `plane`, `channels`: which image of a file with several (`choice_needed` lists them).

        Returns it when the server has its copy. A failure, or Ctrl-C, removes it again.
        """
        known = slides.known_id(image, sample, id, accept_terms)
        if image is None and sample is None:
            return Slide(self, known or "")
        source = None if image is None else read_source(image)
        choice = slides.choice_of(series, plane, channels)
        return Slide(self, self._run(slides.begin(source, sample, known, choice, self._patience, progress)))

    def export(
        self,
        analysis_id: str,
        name: str = "all",
        folder: Union[str, os.PathLike[str]] = ".",
        **options: Unpack[ExportOptions],
    ) -> Path:
        """Saves one file of a stored result in a folder and returns its path. Nothing is overwritten.

        - `analysis_id`: `result.analysis_id` of `analyse`, or the address of a result page.
        - `name`: `all` (a ZIP file of all others), `report`, `scoring`, `csv`, `geojson`, `imagej`, `provenance`, or a
          picture: `Original`, `Seg`, `SegOverlaid` and so on.
        - `options`: those of `ExportOptions`.

        The files are those that the result page saves. Changes that are not saved are not in them.
        """
        return self._run(exports.export(analysis_id, name, Path(folder), export_query(options), self._patience))

    def delete(self, analysis_id: str) -> None:
        """Deletes an analysis and all its files from the server at once."""
        self._run(flows.delete(analysis_id, self._patience))

    def health(self) -> dict[str, Any]:
        """State of the server: version, models, limits."""
        return self._run(flows.health(self._patience))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()
        self._bucket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, flow: Flow[T]) -> T:
        """Runs the steps of a flow. An interruption is thrown into the flow, so that it can clean up."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = self._perform(step)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _perform(self, step: Union[Call, Pause]) -> Optional[httpx.Response]:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        http = self._bucket if self._is_foreign(step) else self._http
        with ExitStack() as stack:
            request = self._build(http, step, stack)
            if step.target is None:
                return http.send(request)
            response = http.send(request, stream=True)
            try:
                if not response.is_success:
                    response.read()
                    return response
                # What a lost connection left of an earlier try is written over.
                step.target.seek(0)
                step.target.truncate()
                for chunk in response.iter_bytes():
                    step.target.write(chunk)
                return response
            finally:
                response.close()

    def _iterate(self, images: Iterable[ImageLike], concurrency: int, options: dict[str, Any]) -> Iterator[Outcome]:
        """Runs the asynchronous iterator in a thread with an event loop, so that all running work can be cancelled."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="restain", daemon=True)
        thread.start()
        try:
            client = AsyncClient(self.url, **self._settings)
            steps = _Steps(client.score_many(images, concurrency=concurrency, **options))
            try:
                while (outcome := asyncio.run_coroutine_threadsafe(steps.next(), loop).result()) is not None:
                    yield outcome
            finally:
                asyncio.run_coroutine_threadsafe(steps.end(client), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


class AsyncClient(_Connection):
    """`Client` for asyncio. Cancelling a call also stops the work on the server."""

    def _open(self) -> None:
        self._http = httpx.AsyncClient(**self._own)
        self._bucket = httpx.AsyncClient(**self._foreign)

    async def score(
        self, image: ImageLike, *, progress: Optional[Progress] = None, **options: Unpack[ScoreOptions]
    ) -> Result:
        """As `Client.score`."""
        fields = form_fields(options)
        source = await asyncio.to_thread(read_source, image)
        return await self._run(self._score(source, fields, progress))

    async def score_many(
        self, images: Iterable[ImageLike], *, concurrency: int = 2, **options: Unpack[ScoreOptions]
    ) -> AsyncIterator[Outcome]:
        """As `Client.score_many`."""
        if concurrency < 1:
            raise ValueError(f"concurrency must be at least 1; got {concurrency}")
        waiting = iter(images)
        running: set[asyncio.Task[Outcome]] = set()
        try:
            while True:
                for image in waiting:
                    running.add(asyncio.ensure_future(self._outcome(image, options)))
                    if len(running) >= concurrency:
                        break
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def score_folder(
        self,
        folder: Union[str, os.PathLike[str]],
        *,
        recursive: bool = True,
        concurrency: int = 2,
        **options: Unpack[ScoreOptions],
    ) -> AsyncIterator[Outcome]:
        """As `Client.score_folder`."""
        return self.score_many(find_images(folder, recursive), concurrency=concurrency, **options)

    async def analyse(
        self,
        image: ImageLike,
        *,
        accept_terms: bool = False,
        pictures: Sequence[str] = PICTURES,
        progress: Optional[Progress] = None,
        **options: Unpack[SlideOptions],
    ) -> Result:
        """As `Client.analyse`."""
        slides.require_terms(accept_terms)
        body = start_body(options)
        source = await asyncio.to_thread(read_source, image)
        return await self._run(analyses.analyse(source, body, pictures, self._patience, progress))

    async def slide(
        self,
        image: Optional[ImageLike] = None,
        *,
        sample: Optional[str] = None,
        id: Optional[str] = None,
        accept_terms: bool = False,
        series: Optional[int] = None,
        plane: Optional[int] = None,
        channels: Optional[str] = None,
        progress: Optional[Progress] = None,
    ) -> AsyncSlide:
        """As `Client.slide`."""
        known = slides.known_id(image, sample, id, accept_terms)
        if image is None and sample is None:
            return AsyncSlide(self, known or "")
        source = None if image is None else await asyncio.to_thread(read_source, image)
        choice = slides.choice_of(series, plane, channels)
        flow = slides.begin(source, sample, known, choice, self._patience, progress)
        return AsyncSlide(self, await self._run(flow))

    async def export(
        self,
        analysis_id: str,
        name: str = "all",
        folder: Union[str, os.PathLike[str]] = ".",
        **options: Unpack[ExportOptions],
    ) -> Path:
        """As `Client.export`."""
        return await self._run(exports.export(analysis_id, name, Path(folder), export_query(options), self._patience))

    async def delete(self, analysis_id: str) -> None:
        """As `Client.delete`."""
        await self._run(flows.delete(analysis_id, self._patience))

    async def health(self) -> dict[str, Any]:
        """As `Client.health`."""
        return await self._run(flows.health(self._patience))

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()
        await self._bucket.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _outcome(self, image: ImageLike, options: Any) -> Outcome:
        try:
            return Outcome(image, await self.score(image, **options), None)
        except (RestainError, OSError, ValueError) as error:
            return Outcome(image, None, error)

    async def _run(self, flow: Flow[T]) -> T:
        """As `Client._run`."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = await self._perform(step)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _perform(self, step: Union[Call, Pause]) -> Optional[httpx.Response]:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        return await (_to_its_end(self._send(step)) if step.is_cleanup else self._send(step))

    async def _send(self, call: Call) -> httpx.Response:
        http = self._bucket if self._is_foreign(call) else self._http
        with ExitStack() as stack:
            request = self._build(http, call, stack)
            if call.target is None:
                return await http.send(request)
            response = await http.send(request, stream=True)
            try:
                if not response.is_success:
                    await response.aread()
                    return response
                # What a lost connection left of an earlier try is written over.
                call.target.seek(0)
                call.target.truncate()
                async for chunk in response.aiter_bytes():
                    call.target.write(chunk)
                return response
            finally:
                await response.aclose()


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Awaits `work` to its end even when cancelled: a loop that shuts down cancels everything, more than once."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            continue
    return task.result()


class _Steps:
    """An asynchronous iterator, taken step by step from another thread."""

    def __init__(self, outcomes: AsyncIterator[Outcome]) -> None:
        self._outcomes: Any = outcomes
        self._step: Optional[asyncio.Task[Any]] = None

    async def next(self) -> Optional[Outcome]:
        self._step = asyncio.current_task()
        async for outcome in self._outcomes:
            return outcome  # type: ignore[no-any-return]
        return None

    async def end(self, client: AsyncClient) -> None:
        if self._step is not None:
            self._step.cancel()
            await asyncio.wait({self._step})
        await self._outcomes.aclose()
        await client.close()
