"""The built server, started for the tests, and pictures drawn for them."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import restain

ROOT = Path(__file__).parents[3]
NEXT = "node_modules/next/dist/bin/next"
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started_server(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a new server with these settings."""
    if not (ROOT / ".next/BUILD_ID").exists():
        pytest.fail("the server is not built: run node bootstrap.mjs build, or set RESTAIN_URL to a running one")
    port = free_port()
    ours = {"LOG_LEVEL": "warn", "REQUESTS_PER_MINUTE": "100000", "STORAGE_DIR": str(folder)}
    env = {**os.environ, "INFERENCE_PROVIDER": "cpu", **ours, **settings}
    server = subprocess.Popen(["node", NEXT, "start", "-p", str(port)], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START_SECONDS
        while not answers(url):
            assert server.poll() is None, f"the server ended with {server.returncode}"
            assert time.monotonic() < end, f"the server did not start in {START_SECONDS} s"
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server: the one of RESTAIN_URL, else a new one."""
    if "RESTAIN_URL" in os.environ:
        yield os.environ["RESTAIN_URL"]
        return
    with started_server(tmp_path_factory.mktemp("storage")) as address:
        yield address


@pytest.fixture(scope="session")
def slow_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with one thread. After a second it answers with a task; one analysis may wait."""
    settings = {"SYNC_LIMIT_SECONDS": "1", "POOL_THREADS": "1", "CONCURRENT_IMAGES": "1", "QUEUE_LIMIT": "1"}
    settings["MAX_UPLOAD_BYTES"] = "30MB"
    with started_server(tmp_path_factory.mktemp("slow"), **settings) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[restain.Client]:
    with restain.Client(url, timeout=120) as opened:
        yield opened
