"""Two proxies on this machine: before PostgreSQL on a Unix socket, before the gateway on TCP.

They pass everything on until the board tells them otherwise. They run in a process of their own,
which ends with the lane that made it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import struct
from typing import TYPE_CHECKING

from perenne.platform.run_file import LOOPBACK
from tests.faults.board import Board, DatabaseFault, GatewayFault

if TYPE_CHECKING:
    from pathlib import Path

DELAY_S = 0.9
_CHUNK = 65536
_READY = (b"Z\0\0\0\5I", b"Z\0\0\0\5T", b"Z\0\0\0\5E")
_READY_S = 0.3
_CREDENTIALS = struct.Struct("3i")
_PR_SET_PDEATHSIG = 1


def start(board: Board, *, database: Path, beside: Path, gateway_port: int) -> tuple[int, int]:
    """Fork the proxies; return their pid and the port on which the gateway is reached now.

    ``database`` is the server's own socket, ``beside`` the one that the proxy makes.
    """
    listening = socket.socket()
    listening.bind((LOOPBACK, 0))
    listening.listen(64)
    pid = os.fork()
    if pid:
        port = listening.getsockname()[1]
        listening.close()
        return pid, port
    # Killed with its parent, whatever kills that.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        asyncio.run(_serve(board, database, beside, gateway_port, listening))
    finally:
        os._exit(0)


async def _serve(
    board: Board, database: Path, beside: Path, gateway_port: int, listening: socket.socket
) -> None:
    async def before_database(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            upstream = await asyncio.open_unix_connection(str(database))
            await _DatabaseLine(board, (reader, writer), upstream).run()
        writer.close()

    async def before_gateway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await _GatewayLine(board, reader, writer, gateway_port).run()
        writer.close()

    one = await asyncio.start_unix_server(before_database, str(beside))
    other = await asyncio.start_server(before_gateway, sock=listening)
    async with one, other:
        await asyncio.Event().wait()


_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _DatabaseLine:
    """One connection to PostgreSQL, on which one statement or its reply may get lost."""

    def __init__(self, board: Board, client: _Ends, server: _Ends) -> None:
        self._board = board
        self._client_reader, self._client = client
        self._server_reader, self._server = server
        end = self._client.get_extra_info("socket")
        raw = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        self._pid = _CREDENTIALS.unpack(raw)[0]
        self._loses_reply = False

    async def run(self) -> None:
        """Pass on until one side closes."""
        tasks = [asyncio.create_task(self._forth()), asyncio.create_task(self._back())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        self._server.close()

    async def _forth(self) -> None:
        while chunk := await self._client_reader.read(_CHUNK):
            fault = self._board.database_fault_of(self._pid)
            if fault is DatabaseFault.LOSE_REQUEST:
                return
            self._loses_reply = self._loses_reply or fault is DatabaseFault.LOSE_REPLY
            self._server.write(chunk)
            await self._server.drain()

    async def _back(self) -> None:
        while chunk := await self._server_reader.read(_CHUNK):
            if self._loses_reply:
                await self._swallow(chunk)
                return
            self._client.write(chunk)
            await self._client.drain()

    async def _swallow(self, chunk: bytes) -> None:
        """Read until the server is ready again: it has done it, and nobody will hear of it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_READY_S):  # a COPY waits for us instead
                while chunk and not chunk.endswith(_READY):
                    chunk = await self._server_reader.read(_CHUNK)


_HTML = b"<html><body>The line is busy.</body></html>"


class _GatewayLine:
    """One connection to the gateway: requests in turn, each with the fault that waits for it."""

    def __init__(
        self,
        board: Board,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        port: int,
    ) -> None:
        self._board = board
        self._reader = reader
        self._writer = writer
        self._port = port
        self._upstream: _Ends | None = None

    async def run(self) -> None:
        """Pass requests on until one side closes, or a fault does."""
        try:
            while await self._one():
                pass
        finally:
            if self._upstream is not None:
                self._upstream[1].close()

    async def _one(self) -> bool:
        request = await _message(self._reader)
        fault = GatewayFault.NONE
        if not request.startswith(b"GET /healthz"):
            fault = self._board.gateway_fault()
        if fault is GatewayFault.DROP_BEFORE:
            return False
        if fault is GatewayFault.FAIL_BEFORE:
            return await self._say(_http(503, b"{}"))
        reply = await self._ask(request)
        if fault is GatewayFault.TWICE:
            reply = await self._ask(request)
        return await self._answer(reply, fault)

    async def _answer(self, reply: bytes, fault: GatewayFault) -> bool:
        match fault:
            case GatewayFault.DROP_AFTER:
                return False
            case GatewayFault.CUT_MIDWAY:
                await self._say(reply[: len(reply) - 20])
                return False
            case GatewayFault.DELAY:
                await asyncio.sleep(DELAY_S)
            case GatewayFault.GARBLE:
                reply = _http(200, b'{"id": "ch_')
            case GatewayFault.HTML:
                reply = _http(200, _HTML)
            case GatewayFault.FAIL_AFTER:
                reply = _http(502, _HTML)
            case GatewayFault.HOLD:
                self._board.hold()
                await asyncio.sleep(DELAY_S)
            case _:
                pass
        return await self._say(reply)

    async def _say(self, reply: bytes) -> bool:
        self._writer.write(reply)
        await self._writer.drain()
        return True

    async def _ask(self, request: bytes) -> bytes:
        if self._upstream is None:
            self._upstream = await asyncio.open_connection(LOOPBACK, self._port)
        reader, writer = self._upstream
        writer.write(request)
        await writer.drain()
        return await _message(reader)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message with its body, by its Content-Length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + (await reader.readexactly(length) if length else b"")


def _http(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
