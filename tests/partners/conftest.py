"""Tests here live in a world of their own."""

from datetime import date

import pytest

from tests.support.worlds import gateway_home, world_on

__all__ = ["gateway_home", "world_on"]


@pytest.fixture
def world(world_on):
    return world_on(date(2026, 12, 1))
