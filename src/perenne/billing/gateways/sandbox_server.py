"""The sandbox gateway: a real HTTP server with a book of its own, for demo, tests and faults.

``python -m perenne.billing.gateways.sandbox_server --home DIR`` serves until SIGTERM or SIGINT.
One thread does everything; requests that arrive together share one durable commit.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from perenne.billing.gateways.sandbox_book import Book
from perenne.billing.gateways.sandbox_http import HEAD_BYTES_MAX, problem, serve_connection
from perenne.billing.gateways.sandbox_routes import Sandbox, Waits
from perenne.platform.run_file import bind_as_before, write_run_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from perenne.billing.gateways.sandbox_http import Reply

RUN_FILE_NAME = "gateway"


class SharedCommits:
    """Lets requests that wait at the same time write in one transaction: one sync for all."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._waiting: list[tuple[Callable[[], Reply], asyncio.Future[Reply]]] = []

    async def __call__(self, write: Callable[[], Reply]) -> Reply:
        """Return what ``write`` returned, once its writes are durable."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            # Runs after the connections that are ready now have handed in theirs.
            loop.call_soon(self._commit)
        done: asyncio.Future[Reply] = loop.create_future()
        self._waiting.append((write, done))
        return await done

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            with self._book.transaction():
                replies = [write() for write, _ in waiting]
        except sqlite3.Error as error:
            reply = problem(503, "book_unavailable", f"nothing was written: {error}")
            replies = [reply] * len(waiting)
        except BaseException:
            # A bug of ours: the connections close, and nobody waits for ever.
            for _, done in waiting:
                done.cancel()
            raise
        for (_, done), reply in zip(waiting, replies, strict=True):
            if not done.done():
                done.set_result(reply)


async def serve(home: Path, *, waits: Waits) -> None:
    """Serve the book of ``home`` until the process is told to end.

    Raises:
        OSError: if no port can be bound or the run file cannot be written.
        sqlite3.Error: if the book cannot be opened.
    """
    book = Book(home / "gateway" / "book.sqlite3")
    sandbox = Sandbox(home=home, book=book, commit=SharedCommits(book), waits=waits)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    bound = bind_as_before(home, RUN_FILE_NAME)
    server = await asyncio.start_server(
        lambda reader, writer: serve_connection(reader, writer, sandbox.answer),
        sock=bound,
        limit=HEAD_BYTES_MAX,
        backlog=512,
    )
    write_run_file(home, RUN_FILE_NAME, port=bound.getsockname()[1])
    await ended.wait()
    server.close()
    book.close()


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 after a wished end, 1 with one line when it cannot start."""
    parser = argparse.ArgumentParser(prog="sandbox-gateway", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the PERENNE_HOME to serve")
    parser.add_argument("--hang-ms", type=int, default=30_000, help="how long a hanging reply is")
    parser.add_argument("--slow-ms", type=int, default=2_000, help="how long a slow charge takes")
    options = parser.parse_args(arguments)
    waits = Waits(hang_ms=options.hang_ms, slow_ms=options.slow_ms)
    try:
        asyncio.run(serve(options.home.resolve(), waits=waits))
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"The sandbox gateway cannot run in {options.home}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
