"""A lane: one PostgreSQL, one gateway, one mail sink and their proxies, for one world at a time."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from django.core.management import call_command
from django.db import connection

from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.catalog import queries
from perenne.notices.sink_store import mailbox_path
from perenne.platform.bulk import select
from perenne.platform.embedded import postgres
from perenne.platform.embedded.layout import USER, layout_of
from perenne.platform.run_file import read_run_file, write_run_file
from tests.faults import proxies
from tests.faults.board import Board
from tests.faults.hurry import IDLE_S, hurry
from tests.faults.paper import write_paper
from tests.faults.workers import Crew
from tests.support.builders import the_demo_catalogue

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

TEMPLATE = "template_of_worlds"


class BookedRefund(NamedTuple):
    """A line of the gateway's own book of refunds; ``refund_id`` is our name for it."""

    gateway_refund_id: str
    refund_id: str
    charge_id: str
    amount_minor: int
    currency: str


_START_S = 30.0
_SERVICES = {
    "gateway": ("perenne.billing.gateways.sandbox_server", "--hang-ms", "900", "--slow-ms", "200"),
    "mail": ("perenne.notices.sink",),
}


class Lane:
    """Servers of this process's own; ``close`` ends them, and so does the end of the process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.layout = layout_of(self.home)
        self.board = Board()
        self._log = (self.home / "workers.log").open("ab")
        self.restarts = 0
        self.last_mail = 0
        self._services: list[subprocess.Popen[bytes]] = []
        self._proxies = 0
        self.crew = Crew(
            self.board, restart=self.restart_database, cut=self.cut, log=self._log.fileno()
        )
        self._world = ""

    def open(self) -> None:
        """Start everything and make the template of the worlds."""
        hurry(self.home)
        write_paper(self.home)
        postgres.ensure_running(self.layout, durable=False)
        # Commits must outlive an immediate restart; the machine itself stays up.
        self.administer(
            f"alter role {USER} set synchronous_commit = on",
            f'create database "{TEMPLATE}"',
        )
        self._start_services()
        self._use(TEMPLATE)
        call_command("migrate", verbosity=0)
        self.administer(
            "alter table billing_paymentattempt alter column lease_until "
            f"set default clock_timestamp() + interval '{IDLE_S} seconds'",
            database=TEMPLATE,
        )
        the_demo_catalogue()
        connection.close()

    def _start_services(self) -> None:
        for name, command in _SERVICES.items():
            self._services.append(
                subprocess.Popen(
                    [sys.executable, "-m", command[0], "--home", str(self.home), *command[1:]],
                    stdout=self._log,
                    stderr=self._log,
                    env=os.environ | {"PYTHONWARNINGS": "ignore"},
                )
            )
            self._wait_for(name, self._services[-1].pid)
        started = read_run_file(self.home, "gateway")
        assert started is not None
        self._proxies, port = proxies.start(
            self.board,
            database=self.layout.sockets / ".s.PGSQL.5432",
            beside=self.proxied / ".s.PGSQL.5432",
            gateway_port=started.port,
        )
        # Workers find the gateway where its run file says: at the proxy.
        write_run_file(self.home, "gateway", port=port)

    @property
    def proxied(self) -> Path:
        """The directory of the socket through which statements can get lost."""
        directory = self.home / "proxied"
        directory.mkdir(exist_ok=True)
        return directory

    def _wait_for(self, name: str, pid: int) -> None:
        give_up_at = time.monotonic() + _START_S
        while time.monotonic() < give_up_at:
            started = read_run_file(self.home, name)
            if started is not None and started.pid == pid:
                return
            time.sleep(0.01)
        raise RuntimeError(f"{name} did not start in {self.home}")

    def close(self) -> None:
        """Stop what was started here, by its pid, and remove the home."""
        connection.close()
        for service in self._services:
            service.kill()
            service.wait()
        if self._proxies:
            with suppress(ProcessLookupError):
                os.kill(self._proxies, signal.SIGKILL)
            os.waitpid(self._proxies, 0)
        # Nothing here is kept, so nothing has to be written out first.
        self._stop_database()
        self._log.close()
        shutil.rmtree(self.home, ignore_errors=True)
        if not self.layout.base.is_relative_to(self.home):
            shutil.rmtree(self.layout.base, ignore_errors=True)

    def log_text(self) -> str:
        """What servers and workers have said."""
        return (self.home / "workers.log").read_text(encoding="utf-8", errors="replace")

    def administer(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the owner of everything, past the proxy."""
        with psycopg.connect(
            host=str(self.layout.sockets), user=USER, dbname=database, autocommit=True
        ) as administrator:
            for statement in statements:
                administrator.execute(statement)  # type: ignore[arg-type]

    def new_world(self, name: str) -> None:
        """A database of its own, with the catalogue; the one before is dropped."""
        connection.close()
        dropping = [f'drop database if exists "{self._world}" with (force)'] if self._world else []
        self.administer(
            *dropping, f'create database "{name}" template "{TEMPLATE}" strategy file_copy'
        )
        self._world = name
        self._use(name)
        self.board.disarm()

    def spoil(self, *statements: str) -> None:
        """Take guards away from this world's database, to see who finds out."""
        self.administer(*statements, database=self._world)

    def _use(self, name: str) -> None:
        connection.close()
        connection.settings_dict["NAME"] = name
        self.use_proxy(used=False)
        queries._catalogue.cache_clear()

    def use_proxy(self, *, used: bool) -> None:
        """Whether the next connections go through the proxy."""
        connection.close()
        connection.settings_dict["HOST"] = str(self.proxied if used else self.layout.sockets)

    def restart_database(self) -> None:
        """Stop PostgreSQL as a crash does, and start it again."""
        self.restarts += 1
        self._stop_database()
        postgres.ensure_running(self.layout, durable=False)

    def _stop_database(self) -> None:
        """As ``pg_ctl stop -m immediate`` does: at once, without a word to anybody."""
        pid = postgres.postmaster_pid(self.layout)
        if pid is None:
            return
        os.kill(pid, signal.SIGQUIT)
        give_up_at = time.monotonic() + _START_S
        while postgres.postmaster_pid(self.layout) is not None and time.monotonic() < give_up_at:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.005)

    def cut(self, backend: int) -> None:
        """End one session of the server."""
        self.administer(f"select pg_terminate_backend({backend})")

    def wait_for_lost_mails(self) -> None:
        """Let the time pass after which mails in dead hands count as lost."""
        if select("select 1 from notices_mail where state = 'sending' limit 1"):
            time.sleep(IDLE_S)

    def gateway(self) -> SandboxGateway:
        """A line to the gateway for looking into its book."""
        return SandboxGateway(self.home)

    def mails_after(self, last: int) -> list[tuple[int, str]]:
        """What the sink took: its own number and the Message-ID, in order."""
        with closing(sqlite3.connect(mailbox_path(self.home))) as box:
            return box.execute(
                "select id, message_id from mail where id > ? order by id", (last,)
            ).fetchall()

    def refunds_of(self, charges: Collection[str]) -> list[BookedRefund]:
        """What the gateway gave back of these charges, as its own file has it."""
        with closing(sqlite3.connect(self.home / "gateway" / "book.sqlite3")) as book:
            rows = book.execute(
                "select id, refund_id, charge_id, amount_minor, currency from refund"
            ).fetchall()
        return [one for row in rows if (one := BookedRefund(*row)).charge_id in charges]
