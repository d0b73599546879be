"""As much HTTP/1.1 as the sandbox gateway needs: keep-alive, bounded heads and bodies, no more."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

HEAD_BYTES_MAX = 16 * 1024
BODY_BYTES_MAX = 64 * 1024
# Longer than our client keeps an idle connection, so that it is the client who closes it.
IDLE_S = 120
_REASONS = {
    200: "OK",
    204: "No Content",
    303: "See Other",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; header names are in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; ``wait_ms`` is slept first, and a ``silent`` one only closes the connection."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_ms: int = 0
    silent: bool = False
    closes: bool = False
    content_type: str = "application/json"


Answering: TypeAlias = "Callable[[Request], Awaitable[Reply]]"


class BadRequestError(Exception):
    """Bytes that are no request of ours; the connection cannot be read on after them."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def json_reply(status: int, content: object, headers: Mapping[str, str] | None = None) -> Reply:
    """Make a reply of JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, body, headers or {})


def problem(
    status: int, code: str, detail: str, *, fields: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """Make a problem document (RFC 9457); ``fields`` pairs names with what is wrong with them."""
    content: dict[str, object] = {
        "type": "about:blank",
        "title": _REASONS[status],
        "status": status,
        "code": code,
        "detail": detail,
    }
    if fields:
        content["problems"] = [{"field": name, "problem": text} for name, text in fields]
    return json_reply(status, content)


async def serve_connection(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answering
) -> None:
    """Answer the requests of one connection in turn until either side closes it."""
    try:
        while await _serve_one(reader, writer, answer):
            pass
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        # The client went away or fell silent; what was committed for it stays.
        pass
    finally:
        writer.close()


async def _serve_one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answering
) -> bool:
    try:
        async with asyncio.timeout(IDLE_S):
            request = await _read_request(reader)
    except BadRequestError as error:
        writer.write(_encoded(problem(error.status, "bad_request", str(error)), closes=True))
        await writer.drain()
        return False
    reply = await answer(request)
    if reply.wait_ms:
        await asyncio.sleep(reply.wait_ms / 1000)
    if reply.silent:
        return False
    closes = reply.closes or request.headers.get("connection", "").lower() == "close"
    writer.write(_encoded(reply, closes=closes))
    await writer.drain()
    return not closes


async def _read_request(reader: asyncio.StreamReader) -> Request:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise BadRequestError(431, f"the head is longer than {HEAD_BYTES_MAX} bytes") from None
    lines = head[:-4].decode("latin-1").split("\r\n")
    method, target = _read_request_line(lines[0])
    headers = _read_headers(lines[1:])
    body = await _read_body(reader, headers)
    address = urlsplit(target)
    query = tuple(parse_qsl(address.query, keep_blank_values=True, max_num_fields=20))
    return Request(method, unquote(address.path), query, headers, body)


def _read_request_line(line: str) -> tuple[str, str]:
    words = line.split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1" or not words[1].startswith("/"):  # noqa: PLR2004 - method, target, version
        raise BadRequestError(400, "the first line must look like GET /path HTTP/1.1")
    try:
        parse_qsl(urlsplit(words[1]).query, max_num_fields=20)
    except ValueError:
        raise BadRequestError(400, "the target is not a path with at most 20 fields") from None
    return words[0], words[1]


def _read_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequestError(400, "a header must look like Name: value")
        if headers.setdefault(name.lower(), value.strip()) != value.strip():
            raise BadRequestError(400, f"the header {name} has two values")
    return headers


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "transfer-encoding" in headers:
        raise BadRequestError(501, "send a Content-Length, not a Transfer-Encoding")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise BadRequestError(400, "Content-Length must be a whole number")
    if len(length) > len(str(BODY_BYTES_MAX)) or int(length) > BODY_BYTES_MAX:
        raise BadRequestError(413, f"the body is longer than {BODY_BYTES_MAX} bytes")
    return await reader.readexactly(int(length)) if length != "0" else b""


def _encoded(reply: Reply, *, closes: bool) -> bytes:
    head = [
        f"HTTP/1.1 {reply.status} {_REASONS[reply.status]}",
        f"Content-Type: {reply.content_type}",
        f"Content-Length: {len(reply.body)}",
        *(f"{name}: {value}" for name, value in reply.headers.items()),
    ]
    if closes:
        head.append("Connection: close")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + reply.body
