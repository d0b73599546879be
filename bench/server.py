"""A database of the benchmark's own: one server, a template, and a fresh copy of it each round."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 6 * 1024**3
_made: set[str] = set()


def prepare() -> Path:
    """Choose a home before Django reads its settings; in memory if there is room."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED
    home = Path(tempfile.mkdtemp(prefix="perenne-bench-", dir=MEMORY if roomy else None))
    home.chmod(0o711)
    os.environ.update(
        PERENNE_HOME=str(home),
        PERENNE_MODE="demo",
        PERENNE_DATABASE_POOL="no",
        DJANGO_SETTINGS_MODULE="perenne.platform.django_settings",
    )
    os.environ.pop("DATABASE_URL", None)
    return home


@contextmanager
def running(home: Path) -> Iterator[None]:
    """The server, without waiting for disks: both sides of a figure write to memory."""
    from perenne.platform.embedded import postgres
    from perenne.platform.embedded.layout import layout_of

    layout = layout_of(home)
    postgres.ensure_running(layout, durable=False)
    try:
        yield
    finally:
        postgres.stop(layout)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def on_disk() -> Iterator[None]:
    """Another server, whose commits wait for the disk: what is measured is how often one waits."""
    from django.db import connection

    from perenne.platform.embedded import postgres
    from perenne.platform.embedded.layout import layout_of

    home = Path(tempfile.mkdtemp(prefix="perenne-bench-"))
    home.chmod(0o711)
    layout = layout_of(home)
    settings = connection.settings_dict
    before, made = dict(settings), set(_made)
    postgres.ensure_running(layout)
    connection.close()
    settings["HOST"] = str(layout.sockets)
    _made.clear()
    try:
        yield
    finally:
        connection.close()
        settings.update(before)
        _made.clear()
        _made.update(made)
        postgres.stop(layout)
        shutil.rmtree(home, ignore_errors=True)
        if not layout.base.is_relative_to(home):
            shutil.rmtree(layout.base, ignore_errors=True)


def administer(*statements: str) -> None:
    """Make and drop databases."""
    import psycopg
    from django.db import connection

    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], user=settings["USER"], dbname="postgres", autocommit=True
    ) as administrator:
        for statement in statements:
            administrator.execute(statement)


def use(name: str) -> None:
    """Point Django's connection at another database of the server."""
    from django.db import connection

    from perenne.catalog import queries

    connection.close()
    connection.settings_dict["NAME"] = name
    queries._catalogue.cache_clear()


def make_template(name: str, fill: Callable[[], None]) -> None:
    """A migrated database with a book in it, which rounds are copied from."""
    from django.core.management import call_command
    from django.db import connection

    if name in _made:
        return
    print(f"filling {name}", file=sys.stderr)
    administer(f'create database "{name}"')
    use(name)
    call_command("migrate", verbosity=0)
    fill()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
        cursor.execute("checkpoint")
    connection.close()
    _made.add(name)


@contextmanager
def copy_of(template: str) -> Iterator[None]:
    """A fresh copy of a template for one round."""
    from django.db import connection

    name = f"{template}_round"
    administer(
        f'drop database if exists "{name}" with (force)',
        f'create database "{name}" template "{template}" strategy file_copy',
    )
    use(name)
    try:
        yield
    finally:
        connection.close()
        administer(f'drop database if exists "{name}" with (force)')
