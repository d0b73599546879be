"""`perenne doctor`: says what is in use, what is wrong, and the remedy."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version

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
from perenne.platform.settings import Deployment, read_deployment

_LITTLE_SPACE = 500 * 1024 * 1024


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
    yield from _database(deployment)
    yield from _services(home)


def _space(deployment: Deployment) -> Finding:
    path = deployment.home
    existing = next(one for one in (path, *path.parents) if one.exists())
    free = shutil.disk_usage(existing).free
    return Finding(
        "home",
        f"{path}, {free // 1024**2} MB free",
        "free some space, or set PERENNE_HOME to another disk" if free < _LITTLE_SPACE else "",
    )


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
        cursor.execute("show server_version")
        yield Finding("server", f"PostgreSQL {cursor.fetchone()[0]}")
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    yield Finding(
        "schema",
        "up to date" if not missing else f"{missing} migrations missing",
        "run perenne migrate" if missing else "",
    )
    if not missing:
        yield from _calendar()


def _calendar() -> Iterator[Finding]:
    stands_on = demo_clock_stands_on()
    yield Finding("clock", f"turned to {stands_on}" if stands_on else f"{clock().now():%Y-%m-%d}")
    for region, mark in marks().items():
        yield Finding(f"business days of {region}", f"finished through {mark}")


def _services(home: Home) -> Iterator[Finding]:
    for service in home.services:
        alive = is_alive(home.path, service)
        yield Finding(service.name, "running" if alive else "not running; commands start it")
