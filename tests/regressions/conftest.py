"""Tests here live in a world of their own, and may strike at fail points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perenne.platform import faults
from tests.support.worlds import gateway_home, world_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["at_point", "gateway_home", "world_on"]


@pytest.fixture
def at_point() -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """Have something happen when this process first comes to a fail point."""
    waiting: dict[str, Callable[[], object]] = {}

    def strike(name: str) -> None:
        happens = waiting.pop(name, None)
        if happens is not None:
            happens()

    faults.strike_with(strike)
    yield waiting.__setitem__
    faults.strike_with(faults._nothing)
