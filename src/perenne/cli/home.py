"""The home of this installation, with the services that a command needs beside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import psycopg
from django.db import connections

from perenne.cli.migrating import migrate_if_empty
from perenne.platform.embedded.postgres import DatabaseUnavailableError
from perenne.platform.embedded.services import Home, Service
from perenne.platform.settings import Database, Deployment, keep_generated_key, read_deployment

P = ParamSpec("P")
R = TypeVar("R")

GATEWAY = Service("gateway", "perenne.billing.gateways.sandbox_server")
MAIL_SINK = Service("mail", "perenne.notices.sink")


def home_of(deployment: Deployment) -> Home:
    """The home, and which services it has: a live installation has real neighbours instead."""
    return Home(
        path=deployment.home,
        cluster=deployment.database.embedded,
        services=(GATEWAY, MAIL_SINK) if deployment.is_demo else (),
    )


@contextmanager
def running_home(deployment: Deployment) -> Iterator[Home]:
    """Have everything running for the duration of a command.

    Raises:
        HomeUnusableError, DatabaseUnavailableError: with one clear line.
    """
    home = home_of(deployment)
    with home.in_use():
        try:
            keep_generated_key(deployment.home)
            require_database(deployment)
            yield home
        finally:
            disconnect()


def needs_home(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command with database, gateway and sink beside it, on a migrated database."""

    @wraps(command)
    def running(*args: P.args, **kwargs: P.kwargs) -> R:
        with running_home(read_deployment()) as home:
            with home.locked():
                migrate_if_empty()
            return command(*args, **kwargs)

    return running


def disconnect() -> None:
    """Leave the database; a pool that stays behind would try for ever to reach a stopped one."""
    for one in connections.all(initialized_only=True):
        one.close()
        one.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has it


def connect(database: Database) -> psycopg.Connection:
    """A connection of its own, beside Django's."""
    return psycopg.connect(
        host=database.host,
        port=database.port or None,
        user=database.user or None,
        password=database.password or None,
        dbname=database.name,
        connect_timeout=10,
        **database.options,  # type: ignore[arg-type]
    )


def require_database(deployment: Deployment) -> None:
    """Connect once.

    Raises:
        DatabaseUnavailableError: if that fails, naming the setting to look at.
    """
    try:
        connect(deployment.database).close()
    except psycopg.Error as error:
        which = "the embedded database" if deployment.database.embedded else "DATABASE_URL"
        reason = " ".join(str(error).split())
        raise DatabaseUnavailableError(f"{which} cannot be used: {reason}") from error
