"""The home of this installation, with the services that a command needs beside it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from perenne.platform.embedded.postgres import DatabaseUnavailableError
from perenne.platform.embedded.services import Home, Service
from perenne.platform.settings import Deployment, keep_generated_key

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
        keep_generated_key(deployment.home)
        require_database(deployment)
        yield home


def require_database(deployment: Deployment) -> None:
    """Connect once.

    Raises:
        DatabaseUnavailableError: if that fails, naming the setting to look at.
    """
    database = deployment.database
    try:
        psycopg.connect(
            host=database.host,
            port=database.port or None,
            user=database.user or None,
            password=database.password or None,
            dbname=database.name,
            connect_timeout=10,
            **database.options,  # type: ignore[arg-type]
        ).close()
    except psycopg.Error as error:
        which = "the embedded database" if database.embedded else "DATABASE_URL"
        reason = " ".join(str(error).split())
        raise DatabaseUnavailableError(f"{which} cannot be used: {reason}") from error
