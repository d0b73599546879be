"""Fixtures: real stack, real commits, and Fjord Software's world on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.builders import the_demo_catalogue
from tests.support.local_process import GATEWAY, running
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper


@pytest.fixture(scope="session")
def gateway_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a sandbox gateway that runs as long as the tests do."""
    home = tmp_path_factory.mktemp("gateway-home")
    with running(GATEWAY, home):
        yield home


@pytest.fixture
def world_on(
    fresh_database: None, gateway_home: Path, settings: SettingsWrapper
) -> Callable[[date], World]:
    """Make Fjord Software's world on a day."""
    settings.PERENNE_HOME = gateway_home

    def made(today: date) -> World:
        the_demo_catalogue()
        return World(today=today)

    return made


@pytest.fixture
def new_world_on(
    start_over: Callable[[], None], gateway_home: Path, settings: SettingsWrapper
) -> Callable[[date], World]:
    """Make one world after the other, each as if it were the first, with a book in the US."""
    settings.PERENNE_HOME = gateway_home

    def made(today: date) -> World:
        start_over()
        the_demo_catalogue()
        return World(today=today, regions=["US"])

    return made
