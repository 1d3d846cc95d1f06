"""Servers that are busy, slow or away, and connections that are lost."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

import restain
from conftest import free_port
from middlemen import hang_up, proxy, reply
from pictures import draw_field, png_of

FIELD = draw_field()
BUSY = json.dumps({"code": "queue_full", "detail": "Try again.", "status": 503})
# 3 and 15 megapixels: on one thread they take more than the second after which the slow server answers with a task.
LARGE = np.tile(draw_field(), (9, 7, 1))
HUGE = png_of(np.tile(draw_field(noise=0), (20, 16, 1)))


def test_a_lost_connection_is_tried_again(url):
    with proxy(url, hang_up, hang_up) as address, restain.Client(address) as client:
        assert client.score(FIELD, resolution="40x").positive == 10


@pytest.mark.parametrize("status", ["503 Service Unavailable", "429 Too Many Requests"])
def test_a_busy_server_is_waited_for_as_long_as_it_asks(url, status):
    with proxy(url, reply(status, BUSY, more="Retry-After: 2\r\n")) as address, restain.Client(address) as client:
        begun = time.monotonic()
        assert client.score(FIELD, resolution="40x").positive == 10
        assert time.monotonic() - begun > 2


def test_a_proxy_whose_server_restarts_is_waited_for(url):
    page = reply("502 Bad Gateway", "<html>", "text/html")
    with proxy(url, page) as address, restain.Client(address) as client:
        assert client.score(FIELD, resolution="40x").positive == 10


def test_waiting_ends_with_the_error_of_the_server(url):
    busy = reply("503 Service Unavailable", BUSY, more="Retry-After: 60\r\n")
    with proxy(url, busy) as address, restain.Client(address, busy_seconds=5) as client:
        with pytest.raises(restain.RestainError) as caught:
            client.score(FIELD)
    assert (caught.value.code, caught.value.detail, caught.value.status) == ("queue_full", "Try again.", 503)


def test_a_lasting_failure_is_not_waited_for(url):
    lasting = json.dumps({"code": "reader_unavailable", "detail": "Not installed.", "status": 503})
    with proxy(url, reply("503 Service Unavailable", lasting)) as address, restain.Client(address) as client:
        with pytest.raises(restain.RestainError, match="Not installed"):
            client.score(FIELD)


def test_a_server_that_is_away_is_unreachable():
    with restain.Client(f"http://127.0.0.1:{free_port()}", retries=1) as client:
        with pytest.raises(restain.RestainError) as caught:
            client.score(FIELD)
    assert (caught.value.code, caught.value.status) == ("unreachable", None)


@pytest.mark.parametrize(
    "answer",
    [
        reply("200 OK", "<html>welcome</html>", "text/html"),
        reply("301 Moved Permanently", more="Location: https://elsewhere.example/\r\n"),
        reply("404 Not Found", "nothing here", "text/plain"),
        reply("200 OK", "[1, 2]", "application/json"),
        reply("200 OK", '{"images": {}}', "application/json"),
        reply("202 Accepted", "{}", "application/json"),
    ],
)
def test_another_program_at_the_address_is_an_unexpected_answer(url, answer):
    with proxy(url, answer) as address, restain.Client(address) as client:
        with pytest.raises(restain.RestainError) as caught:
            client.score(FIELD)
    assert caught.value.code == "unexpected_answer"


def test_a_server_without_an_answer_is_given_up(url):
    with proxy(url, lambda connection: time.sleep(3)) as address, restain.Client(address, timeout=1) as client:
        with pytest.raises(restain.RestainError) as caught:
            client.score(FIELD)
    assert caught.value.code == "no_answer"


def test_a_long_analysis_is_followed_as_a_task_through_lost_connections(slow_url):
    seen = []
    with proxy(slow_url, None, hang_up, None, hang_up) as address, restain.Client(address) as client:
        client._http.close()
        # Each request has a new connection: the first one sends the image, the others poll.
        client._http = httpx.Client(base_url=address, limits=httpx.Limits(max_keepalive_connections=0))
        result = client.score(LARGE, resolution="40x", progress=lambda share, stage: seen.append((share, stage)))
    assert (result.total, result.positive) == (1890, 630)
    assert seen and all(0 <= share <= 1 for share, _ in seen)


def test_a_task_that_a_restart_lost_is_submitted_again(url):
    lost = reply("202 Accepted", json.dumps({"task_id": "A" * 22}), "application/json")
    with proxy(url, lost) as address, restain.Client(address) as client:
        assert client.score(FIELD, resolution="40x").positive == 10


@pytest.mark.parametrize(("size", "who"), [(31 << 20, "server"), (33 << 20, "client")])
def test_a_file_above_the_limit_is_refused_with_numbers(slow_url, size, who):
    """Above 32 MB the client asks for the limit first and sends nothing that would be refused."""
    with restain.Client(slow_url) as client, pytest.raises(restain.RestainError) as caught:
        client.score(bytes(size))
    assert caught.value.code == "upload_too_large"
    assert ("`analyse` sends it in parts" in caught.value.detail) == (who == "client")


@contextmanager
def interrupted_after(seconds):
    """Raises KeyboardInterrupt after `seconds`, as Ctrl-C does."""

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def wait_until_idle(url):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        queue = httpx.get(f"{url}/api/health", timeout=30).json()["queue"]
        if queue["running"] == queue["waiting"] == 0:
            return
        time.sleep(0.1)
    pytest.fail(f"still at work: {queue}")


def test_ctrl_c_stops_a_request(url):
    with restain.Client(url) as client, interrupted_after(1), pytest.raises(KeyboardInterrupt):
        client.score(HUGE, resolution="40x")
    wait_until_idle(url)


def test_ctrl_c_stops_a_task(slow_url):
    def interrupt(*_):
        raise KeyboardInterrupt

    with restain.Client(slow_url) as client, pytest.raises(KeyboardInterrupt):
        client.score(HUGE, resolution="40x", progress=interrupt)
    wait_until_idle(slow_url)


def test_ctrl_c_stops_all_images_of_a_folder(url, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.png").write_bytes(HUGE)
    with restain.Client(url) as client, interrupted_after(1), pytest.raises(KeyboardInterrupt):
        list(client.score_folder(tmp_path, resolution="40x"))
    wait_until_idle(url)


def test_cancelling_stops_a_task(slow_url):
    async def score():
        begun = asyncio.Event()
        async with restain.AsyncClient(slow_url) as client:
            work = asyncio.ensure_future(client.score(HUGE, resolution="40x", progress=lambda *_: begun.set()))
            await asyncio.wait_for(begun.wait(), 60)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work

    asyncio.run(score())
    wait_until_idle(slow_url)


def test_more_images_than_the_server_takes_at_once_all_end(slow_url):
    images = [draw_field(seed=seed) for seed in range(3)]
    with restain.Client(slow_url) as client:
        outcomes = list(client.score_many(images, concurrency=3, resolution="40x"))
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert all(outcome.result.positive == 10 for outcome in outcomes)
