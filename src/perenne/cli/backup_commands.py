"""`perenne backup`, `restore`, `verify-backup` and `reconcile-restored`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import click
import psycopg
from django.db import connection

from perenne.cli.home import connect, disconnect, needs_home, running_home
from perenne.cli.migrating import migrate
from perenne.daily.invariants import ALL, breaches
from perenne.platform import restore_gate
from perenne.platform.backup import dump, load
from perenne.platform.clock import clock
from perenne.platform.display import money_text
from perenne.platform.errors import PerenneError
from perenne.platform.settings import Database, read_deployment
from perenne.renewals.operations.restoring import reconcile_restored

_FILE = click.Path(dir_okay=False, path_type=Path)


class NotEmptyError(PerenneError):
    """A restore would have written over a book."""

    code = "restore.not_empty"


@click.command("backup")
@click.argument("file", type=_FILE)
@needs_home
def backup_command(file: Path) -> None:
    """Write the whole database into FILE, as it stands now; everything else goes on."""
    size = dump(read_deployment().database, file.absolute())
    click.echo(f"{file}: {size} bytes; perenne verify-backup {file} proves that it can be used")


@click.command("verify-backup")
@click.argument("file", type=_FILE)
def verify_backup_command(file: Path) -> None:
    """Load FILE into a database of its own, check every law there, and drop it again."""
    deployment = read_deployment()
    with running_home(deployment), _scratch(deployment.database) as scratch:
        load(file.absolute(), scratch)
        broken = _broken_laws_in(scratch)
    for line in broken:
        click.echo(line)
    click.echo(f"{file}: restored, {len(ALL)} invariants checked, {len(broken)} broken")
    if broken:
        raise SystemExit(1)


@click.command("restore")
@click.argument("file", type=_FILE)
def restore_command(file: Path) -> None:
    """Load FILE into the empty database; nothing charges until perenne reconcile-restored."""
    deployment = read_deployment()
    with running_home(deployment) as home, home.locked():
        _require_empty(deployment.database)
        load(file.absolute(), deployment.database)
        restore_gate.shut()
        migrate()
    click.echo(f"{file} was restored; run perenne reconcile-restored before anything else")


@click.command("reconcile-restored")
@click.option("--refund-strays", is_flag=True, help="Give back what was charged since the backup.")
@needs_home
def reconcile_restored_command(refund_strays: bool) -> None:
    """Compare a restored database with the gateway's book; exit code 1 while charges are unknown.

    A charge made after the backup is unknown here. Give it back with --refund-strays: its day is
    run again, and charges it again.
    """
    found = reconcile_restored(refunds_strays=refund_strays, now=clock().now())
    for word, strays in (
        ("unknown here", found.strays),
        ("went back, unknown here", found.went_back),
    ):
        for stray in strays:
            amount = money_text(stray.amount_minor, stray.currency, locale="en")
            click.echo(f"{word}: {stray.charge_id}, {amount}, for {stray.attempt_id}")
    click.echo(
        f"{found.charges} charges compared, {found.settled} sales settled, "
        f"{found.refunds_settled} refunds settled, {len(found.strays)} unknown here"
    )
    if not found.is_open:
        click.echo("give them back with --refund-strays; until then nothing is run", err=True)
        raise SystemExit(1)


def _require_empty(database: Database) -> None:
    with connect(database) as server:
        found = server.execute(
            "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and c.relkind = 'r'"
        ).fetchone()
    if found is not None and found[0]:
        raise NotEmptyError(
            f"the database {database.name} holds {found[0]} tables: restore into a new "
            "PERENNE_HOME, or an empty database of another name"
        )


@contextmanager
def _scratch(database: Database) -> Iterator[Database]:
    """An empty database beside ours, for as long as it is looked at."""
    scratch = replace(database, name=f"perenne_verify_{uuid4().hex[:12]}")
    _administer(database, f'create database "{scratch.name}" template template0')
    try:
        yield scratch
    finally:
        disconnect()
        _administer(database, f'drop database if exists "{scratch.name}" with (force)')


def _administer(database: Database, statement: str) -> None:
    try:
        with connect(database) as server:
            server.autocommit = True
            server.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        raise PerenneError(
            f"user {database.user} may not create databases: alter role … createdb, or verify "
            "the file with another DATABASE_URL"
        ) from error


def _broken_laws_in(database: Database) -> list[str]:
    disconnect()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = database.name
    try:
        return [
            f"{law.code} {law.law}: {breach.count} violations, such as {breach.examples[0]}"
            for law, breach in breaches()
            if breach is not None
        ]
    finally:
        disconnect()
        connection.settings_dict["NAME"] = before
