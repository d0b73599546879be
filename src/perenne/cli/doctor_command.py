"""`perenne doctor`: says what is in use, what is wrong, and the remedy."""

import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import click
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from perenne.billing.documents.compiling import fonts
from perenne.cli.home import home_of, require_database
from perenne.daily.queries import marks
from perenne.platform.clock import clock, demo_clock_stands_on
from perenne.platform.embedded import postgres
from perenne.platform.embedded.services import Home, is_alive
from perenne.platform.errors import PerenneError
from perenne.platform.run_file import LOOPBACK
from perenne.platform.settings import Deployment, read_deployment
from perenne.renewals.queries import parked_subscriptions

PACKAGE = Path(__file__).resolve().parents[1]
_LITTLE_SPACE = 500 * 1024 * 1024
_OLDEST_SERVER = 150_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``remedy`` is empty when it is well."""

    what: str
    found: str
    remedy: str = ""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor_command(as_json: bool) -> None:
    """Examine this installation; exit code 1 if something is wrong. Starts nothing."""
    findings = list(_findings(read_deployment()))
    wrong = [finding for finding in findings if finding.remedy]
    if as_json:
        click.echo(
            json.dumps({"ok": not wrong, "findings": [asdict(finding) for finding in findings]})
        )
    else:
        for finding in findings:
            click.echo(f"{'!!' if finding.remedy else 'ok'} {finding.what}: {finding.found}")
            if finding.remedy:
                click.echo(f"   → {finding.remedy}")
    if wrong:
        raise SystemExit(1)


def _findings(deployment: Deployment) -> Iterator[Finding]:
    home = home_of(deployment)
    yield Finding("version", f"{version('perenne')} on Python {sys.version.split()[0]}")
    yield Finding("mode", deployment.mode)
    yield _space(deployment)
    yield _documents()
    yield _payments(deployment)
    yield _pages(deployment)
    yield from _database(deployment)
    yield from _services(home)


def _space(deployment: Deployment) -> Finding:
    path = deployment.home
    existing = next(one for one in (path, *path.parents) if one.exists())
    free = shutil.disk_usage(existing).free
    remedy = ""
    if not os.access(existing, os.W_OK):
        remedy = f"{existing} cannot be written: set PERENNE_HOME to a directory of yours"
    elif free < _LITTLE_SPACE:
        remedy = "free some space, or set PERENNE_HOME to another disk"
    return Finding("home", f"{path}, {free // 1024**2} MB free", remedy)


def _pages(deployment: Deployment) -> Finding:
    if not (PACKAGE / "web" / "static" / "dist" / "perenne.css").exists():
        return Finding("pages", "their style is not built", "run make install")
    with socket.socket() as probe:
        answers = probe.connect_ex((LOOPBACK, deployment.port)) == 0
    state = "somebody listens" if answers else "free"
    return Finding("pages", f"port {deployment.port}: {state}")


def _documents() -> Finding:
    try:
        return Finding("documents", f"fonts {', '.join(fonts().families())}")
    except PerenneError as error:
        return Finding("documents", str(error), "build the front end again, or reinstall")


def _payments(deployment: Deployment) -> Finding:
    if deployment.is_demo:
        return Finding("payments", "sandbox: no money moves")
    if deployment.stripe is None:
        return Finding("payments", "no provider: cards and direct debits cannot be charged")
    is_live = "_live_" in deployment.stripe.key
    return Finding("payments", "Stripe" if is_live else "Stripe, a test key: no money moves")


def _database(deployment: Deployment) -> Iterator[Finding]:
    layout = deployment.database.embedded
    if layout is None:
        yield Finding("database", f"DATABASE_URL, {deployment.database.name}")
    else:
        source = _said_or_wrong(lambda: postgres.find_binaries().source)
        yield Finding("database", f"embedded ({source}), cluster {layout.base}")
        yield Finding("sockets", str(layout.sockets))
        if not postgres.answers(layout):
            made = (layout.cluster / "PG_VERSION").exists()
            state = "not running" if made else "not made yet"
            yield Finding("server", f"{state}; every perenne command starts it")
            return
    try:
        require_database(deployment)
    except PerenneError as error:
        yield Finding("connection", str(error), "correct DATABASE_URL, or start that server")
        return
    yield from _inside()


def _said_or_wrong(look: Callable[[], str]) -> str:
    try:
        return look()
    except PerenneError as error:
        return str(error)


def _inside() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('server_version'), "
            "current_setting('server_version_num')::int >= %s",
            [_OLDEST_SERVER],
        )
        version_said, is_new_enough = cursor.fetchone()
        remedy = "" if is_new_enough else "use PostgreSQL 15 or later"
        yield Finding("server", f"PostgreSQL {version_said}", remedy)
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing and not executor.loader.applied_migrations:
        yield Finding("schema", "empty; every perenne command makes it")
    elif missing:
        yield Finding(
            "schema", f"{missing} migrations missing", "back it up, then run perenne migrate"
        )
    else:
        yield Finding("schema", "up to date")
        yield from _calendar()


def _calendar() -> Iterator[Finding]:
    stands_on = demo_clock_stands_on()
    yield Finding("clock", f"turned to {stands_on}" if stands_on else f"{clock().now():%Y-%m-%d}")
    for region, mark in marks().items():
        yield Finding(f"business days of {region}", f"finished through {mark}")
    if parked := len(parked_subscriptions()):
        yield Finding("set aside", str(parked), "look at them on the staff's page")


def _services(home: Home) -> Iterator[Finding]:
    for service in home.services:
        alive = is_alive(home.path, service)
        yield Finding(service.name, "running" if alive else "not running; commands start it")
