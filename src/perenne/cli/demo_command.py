"""`perenne demo`: everything in the foreground, ready to be used."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType

import click
import httpx

from perenne.billing.events import listen_to_sandbox
from perenne.cli.home import disconnect, running_home
from perenne.cli.migrating import migrate
from perenne.cli.server_commands import require_free_port
from perenne.daily.models import FinishedDay
from perenne.platform.embedded.processes import end_with
from perenne.platform.embedded.services import Home, HomeUnusableError
from perenne.platform.errors import PerenneError
from perenne.platform.settings import Deployment, read_deployment

AS_OF = "2026-12-01"
_READY_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 25.0
_WATCH_S = 1.0


class Stop(BaseException):
    """Somebody asked us to end."""


@click.command("demo")
def demo_command() -> None:
    """Serve the demo vendor: database, gateway, mail sink, pages and worker, until Ctrl-C."""
    deployment = read_deployment()
    require_free_port(deployment.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        with running_home(deployment) as home:
            with home.locked():
                migrate()
            if not _has_book():
                _first_day()
            _serve(deployment, home)
    except Stop:
        click.echo("stopped")


def _stop(_number: int, _frame: FrameType | None) -> None:
    # An impatient second Ctrl-C must not leave half of what we started behind. A handler of ours
    # rather than SIG_IGN: Python complains of a signal that came before it was to be ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_stopping)
    raise Stop


def _already_stopping(_number: int, _frame: FrameType | None) -> None:
    """Nothing more to do for a signal that comes while we end."""


def _has_book() -> bool:
    """Whether the first start was finished: the as-of day was run in every region."""
    try:
        return FinishedDay.objects.filter(was_run=True).exists()
    finally:
        disconnect()


def _first_day() -> None:
    """Load the demo vendor and run the day on which its book was taken; picks up where it was."""
    demo = _demo_directory()
    for arguments in (
        ["import", "catalogue", str(demo / "catalogue.yaml")],
        ["import", "book", str(demo / "book"), "--as-of", AS_OF],
        ["advance", "--to", AS_OF],
    ):
        click.echo(f"perenne {' '.join(arguments)}")
        if subprocess.run(
            [sys.executable, "-m", "perenne.cli", *arguments], check=False
        ).returncode:
            raise HomeUnusableError(f"perenne {arguments[0]} failed; the lines above say why")


def _demo_directory() -> Path:
    """The demo's files lie beside the sources, not in the wheel."""
    found = Path(__file__).resolve().parents[3] / "demo"
    if not found.is_dir():
        raise PerenneError("the demo's files are not here: run it from a clone of the repository")
    return found


def _serve(deployment: Deployment, home: Home) -> None:
    children = {name: _child(name) for name in ("serve", "worker")}
    try:
        _wait_until_ready(deployment, children["serve"])
        listen_to_sandbox(f"http://127.0.0.1:{deployment.port}/webhooks/gateway")
        click.echo(f"ready: http://127.0.0.1:{deployment.port}/")
        while True:
            threading.Event().wait(_WATCH_S)
            # What the children need comes first, or they would only end again.
            with home.locked():
                for name in home.ensure_running():
                    click.echo(f"{name} had ended; started it again", err=True)
            for name, child in children.items():
                if child.poll() is not None:
                    click.echo(f"{name} ended ({child.returncode}); starting it again", err=True)
                    children[name] = _child(name)
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            try:
                child.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _child(name: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "perenne.cli", name],
        stdin=subprocess.DEVNULL,
        # Its own session: a Ctrl-C reaches us alone, and we end the children in order.
        start_new_session=True,
        preexec_fn=partial(end_with, os.getpid()),  # noqa: PLW1509 - one call, no threads yet
    )


def _wait_until_ready(deployment: Deployment, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            answer = httpx.get(f"http://127.0.0.1:{deployment.port}/healthz", timeout=5)
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        if answer.status_code == httpx.codes.OK:
            return
        time.sleep(0.05)
    raise HomeUnusableError("the pages did not come up; the lines above say why")
