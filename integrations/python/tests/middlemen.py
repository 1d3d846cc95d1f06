"""A proxy between client and server that misbehaves as networks and proxies do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from conftest import free_port

Misbehaviour = Callable[[socket.socket], None]


def hang_up(connection: socket.socket) -> None:
    """A lost connection: there is no answer."""
    connection.recv(100)


def reply(status: str, body: str = "", kind: str = "application/problem+json", more: str = "") -> Misbehaviour:
    """An answer that does not come from the server."""

    def answer(connection: socket.socket) -> None:
        connection.settimeout(0.3)
        with suppress(OSError):
            while connection.recv(65536):
                pass
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n"
        )
        connection.sendall(f"{head}\r\n{body}".encode())

    return answer


@contextmanager
def proxy(target: str, *first: Misbehaviour | None) -> Iterator[str]:
    """Yields its address. The first connections misbehave as `first` lists; None and all others reach the server."""
    port = free_port()
    host, _, target_port = target.rpartition("//")[2].rpartition(":")
    waiting = list(first)
    listener = socket.create_server(("127.0.0.1", port))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                misbehave = waiting.pop(0) if waiting else None
                threading.Thread(target=handle, args=(connection, misbehave), daemon=True).start()

    def handle(connection: socket.socket, misbehave: Misbehaviour | None) -> None:
        with connection, suppress(OSError):
            if misbehave is not None:
                misbehave(connection)
                return
            with socket.create_connection((host, int(target_port))) as behind:
                back = threading.Thread(target=pump, args=(behind, connection), daemon=True)
                back.start()
                pump(connection, behind)
                back.join()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        listener.close()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
