"""The sandbox gateway: a real HTTP server with a book of its own, for demo, tests and faults.

One thread does everything; requests that arrive together share one durable commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
from typing import TYPE_CHECKING

from perenne.billing.gateways.sandbox_server.book import Book
from perenne.billing.gateways.sandbox_server.charging import Till
from perenne.billing.gateways.sandbox_server.event_routes import EventRoutes
from perenne.billing.gateways.sandbox_server.http import HEAD_BYTES_MAX, problem, serve_connection
from perenne.billing.gateways.sandbox_server.pages import Pages
from perenne.billing.gateways.sandbox_server.routes import Sandbox
from perenne.billing.gateways.sandbox_server.signing import webhook_secret
from perenne.billing.gateways.sandbox_server.speech import OwnSpeech
from perenne.billing.gateways.sandbox_server.stripe_routes import StripeRoutes
from perenne.billing.gateways.sandbox_server.stripe_speech import StripeSpeech
from perenne.billing.gateways.sandbox_server.webhooks import Deliverer
from perenne.platform.run_file import LOOPBACK, bind_as_before, write_run_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from perenne.billing.gateways.sandbox_server.charging import Waits
    from perenne.billing.gateways.sandbox_server.http import Reply

RUN_FILE_NAME = "gateway"


class SharedCommits:
    """Lets requests that wait at the same time write in one transaction: one sync for all."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.news = asyncio.Event()
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
        if self._book.outbox.has_news:
            self.news.set()
        for (_, done), reply in zip(waiting, replies, strict=True):
            if not done.done():
                done.set_result(reply)


async def serve(home: Path, *, waits: Waits, search_lag_s: int = 0) -> None:
    """Serve the book of ``home`` until the process is told to end.

    Raises:
        OSError: if no port can be bound or a file cannot be written.
        sqlite3.Error: if the book cannot be opened.
    """
    book = Book(home / "gateway" / "book.sqlite3", late_ms=waits.late_ms)
    secret = webhook_secret(home)
    commit = SharedCommits(book)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    bound = bind_as_before(home, RUN_FILE_NAME)
    port = bound.getsockname()[1]
    address = f"http://{LOOPBACK}:{port}"
    till = Till(book=book, commit=commit, waits=waits)
    sandbox = Sandbox(
        home=home,
        till=till,
        speech=OwnSpeech(address),
        events=EventRoutes(book.outbox, commit, secret),
        pages=Pages(book, commit),
        stripe=StripeRoutes(till, StripeSpeech(address), search_lag_s),
    )
    server = await asyncio.start_server(
        lambda reader, writer: serve_connection(reader, writer, sandbox.answer),
        sock=bound,
        limit=HEAD_BYTES_MAX,
        backlog=512,
    )
    deliverer = Deliverer(book.outbox, commit, secret, woken=commit.news)
    delivering = asyncio.create_task(deliverer.run())
    write_run_file(home, RUN_FILE_NAME, port=port)
    await ended.wait()
    delivering.cancel()
    server.close()
    with contextlib.suppress(asyncio.CancelledError):
        await delivering
    book.close()
