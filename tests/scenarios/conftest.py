"""Tests here live in a world of their own, and read its pages as somebody at a company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pages import manager_of
from tests.support.signed_in import sign_in_as
from tests.support.worlds import gateway_home, new_world_on, world_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from perenne.accounts.models import Company, Person

__all__ = ["gateway_home", "new_world_on", "world_on"]


@pytest.fixture
def signed_in(client: Client) -> Callable[[Person], Client]:
    """The browser of somebody at a company."""
    return lambda person: sign_in_as(client, f"person:{person.pk}")


@pytest.fixture
def ana(signed_in: Callable[[Person], Client]) -> Callable[[Company], Client]:
    """Ana's browser: she manages her company's contracts."""
    return lambda company: signed_in(manager_of(company))
