"""The mail sink: a real SMTP server that keeps all mail and delivers none.

``python -m perenne.notices.sink --home DIR`` serves until SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP

from perenne.notices.sink_store import SinkStore, mailbox_path
from perenne.platform.run_file import bind_as_before, write_run_file

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

RUN_FILE_NAME = "mail"
MAIL_BYTES_MAX = 10 * 1024 * 1024


class KeepingHandler:
    """Keeps each mail before it is answered for, so an accepted mail is never lost."""

    def __init__(self, store: SinkStore) -> None:
        self._store = store

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail and say so; 452 asks the sender to try again later."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        try:
            self._store.add(
                raw, sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos)
            )
        except sqlite3.Error as error:
            return f"452 The mailbox cannot be written: {error}"
        return "250 Kept"


async def serve(home: Path) -> None:
    """Serve the mailbox of ``home`` until the process is told to end.

    Raises:
        OSError: if no port can be bound or the run file cannot be written.
        sqlite3.Error: if the mailbox cannot be opened.
    """
    store = SinkStore(mailbox_path(home))
    handler = KeepingHandler(store)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    bound = bind_as_before(home, RUN_FILE_NAME)
    server = await loop.create_server(
        lambda: SMTP(
            handler,
            data_size_limit=MAIL_BYTES_MAX,
            enable_SMTPUTF8=True,
            # Asking the name service for a name of our own would only cost time.
            hostname="localhost",
            ident="Perenne mail sink",
            loop=loop,
        ),
        sock=bound,
    )
    write_run_file(home, RUN_FILE_NAME, port=bound.getsockname()[1])
    await ended.wait()
    server.close()
    store.close()


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 after a wished end, 1 with one line when it cannot start."""
    parser = argparse.ArgumentParser(prog="mail-sink", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the PERENNE_HOME to serve")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(serve(options.home.resolve()))
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"The mail sink cannot run in {options.home}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
