"""`perenne serve`, `worker`, `migrate` and `version`: the processes of an installation."""

import os
import signal
import socket
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

import click

from perenne.cli.home import running_home
from perenne.cli.migrating import migrate
from perenne.platform.embedded.processes import end_with
from perenne.platform.errors import PerenneError
from perenne.platform.settings import read_deployment

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

WEB_THREADS = 4


class PortTakenError(PerenneError):
    """Somebody else listens where the pages should be."""

    code = "port.taken"


@click.command("serve")
def serve_command() -> None:
    """Serve the pages on 127.0.0.1:PERENNE_PORT until stopped."""
    port = read_deployment().port
    require_free_port(port)
    serve(port)


def require_free_port(port: int) -> None:
    """Fail early, in one line.

    Raises:
        PortTakenError: if the port cannot be bound.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTakenError(
                f"port {port} cannot be used ({error.strerror}): set PERENNE_PORT to a free one"
            ) from error


def serve(port: int) -> None:
    """Run the web server in this process; returns when it is told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "perenne.web.wsgi:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=WEB_THREADS,
        log_level=LogLevels.warning,
    ).serve(target_loader=partial(_application, parent=os.getpid()))


def _application(_target: str, *, parent: int) -> "WSGIHandler":
    """Load the pages in granian's worker, which would keep the port if granian were killed."""
    from perenne.web.wsgi import application

    end_with(parent, by=signal.SIGKILL)
    return application


@click.command("worker")
def worker_command() -> None:
    """Work: run business days when they come, hand over mails; until stopped."""
    from perenne.daily.working import work

    work()


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    with running_home(read_deployment()) as home, home.locked():
        migrate()
    click.echo("The database is up to date.")


@click.command("version")
def version_command() -> None:
    """Print the version."""
    click.echo(f"perenne {version('perenne')}")
