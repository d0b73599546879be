"""Databases for tests: migrated once into a template, cloned for each worker and each world."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from perenne.platform.embedded import postgres
from perenne.platform.embedded.layout import layout_of
from tests.support.database_plugin import home, one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.plugin import DjangoDbBlocker

pytest.register_assert_rewrite("tests.support.world", "tests.support.builders")

# No test is timed: a busy machine is not a mistake.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def _administer(*statements: str) -> None:
    """Create and drop databases, on the server that the settings name."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as administrator:
        for statement in statements:
            administrator.execute(statement)


def _clone(name: str, template: str) -> None:
    _administer(
        f'drop database if exists "{name}" with (force)',
        f'create database "{name}" template "{template}" strategy file_copy',
    )


def _use(name: str) -> None:
    """Point Django's connection at another database of the same server."""
    from perenne.catalog import queries

    connection.close()
    connection.settings_dict["NAME"] = name
    queries._catalogue.cache_clear()


@pytest.fixture(scope="session")
def template_database(django_db_blocker: DjangoDbBlocker) -> str:
    """The migrated template; whichever worker comes first makes it."""
    name = f"perenne_tests_{home().name.rsplit('-', 1)[-1]}"
    made = home() / "template-made"
    with one_at_a_time(), django_db_blocker.unblock():
        if not made.exists():
            if not os.environ.get("DATABASE_URL"):
                postgres.ensure_running(layout_of(home()), durable=False)
            from django.core.management import call_command

            _administer(f'create database "{name}"')
            _use(name)
            call_command("migrate", verbosity=0)
            connection.close()
            made.touch()
    return name


@pytest.fixture(scope="session")
def worker_database(template_database: str) -> Iterator[str]:
    """This worker's name for its databases."""
    name = f"{template_database}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    yield name
    for used in (name, f"{name}_world"):
        _administer(f'drop database if exists "{used}" with (force)')


@pytest.fixture(scope="session")
def django_db_setup(
    template_database: str, worker_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The database of the `db` fixture, whose tests are rolled back."""
    with django_db_blocker.unblock():
        with one_at_a_time():
            _clone(worker_database, template_database)
        _use(worker_database)
        yield worker_database
        connection.close()


@pytest.fixture
def fresh_database(
    template_database: str, worker_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A database of this test's own, for what commits: several connections, killed processes."""
    name = f"{worker_database}_world"
    before = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        with one_at_a_time():
            _clone(name, template_database)
        _use(name)
        yield
        _use(before)


@pytest.fixture
def start_over(
    fresh_database: None, template_database: str, worker_database: str
) -> Callable[[], None]:
    """Give the test its database anew: for a property, whose every example has its own world."""
    name = f"{worker_database}_world"

    def started() -> None:
        connection.close()
        with one_at_a_time():
            _clone(name, template_database)
        _use(name)

    return started
