"""A neighbour that answers whatever a test says, byte for byte, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REASON = "Whatever"


@dataclass
class Answering:
    """``pieces`` are sent one after the other; a pause is a number of seconds between them."""

    address: str
    pieces: tuple[bytes | float, ...]
    asked: list[bytes] = field(default_factory=list)


@contextmanager
def answering(*pieces: bytes | float) -> Iterator[Answering]:
    """Answer every connection with the same pieces, then close it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        stub = Answering(address, pieces)
        threading.Thread(target=_serve, args=(server, stub), daemon=True).start()
        yield stub


def http_answer(status: int, body: bytes, headers: str = "") -> bytes:
    """An answer as HTTP has it, after which the connection ends; ``headers`` are whole lines.

    Saying so keeps the client from sending the next request into a connection that is closing.
    """
    closes = f"Content-Length: {len(body)}\r\nConnection: close\r\n"
    head = f"HTTP/1.1 {status} {REASON}\r\n{closes}{headers}\r\n"
    return head.encode() + body


def _serve(server: socket.socket, stub: Answering) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            _answer(connection, stub)


def _answer(connection: socket.socket, stub: Answering) -> None:
    try:
        stub.asked.append(_whole_request(connection))
        for piece in stub.pieces:
            if isinstance(piece, bytes):
                connection.sendall(piece)
            else:
                time.sleep(piece)
    except OSError:
        return


def _whole_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += _more(connection)
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError
    return received
