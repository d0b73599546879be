"""Pages through Django's client, in Fjord Software's world."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.support.signed_in import sign_in_as
from tests.support.worlds import gateway_home, world_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tests.support.world import World

__all__ = ["gateway_home", "world_on"]


@pytest.fixture
def world(world_on: Callable[[date], World]) -> World:
    return world_on(date(2026, 12, 1))


@pytest.fixture
def as_member(client: Client) -> Callable[..., Client]:
    """The client, signed in as a person, a partner's person or a member of staff.

    ``confirmed`` False: what costs money asks first who they are.
    """

    def signed_in(
        kind: str, identity: str, *, language: str = "en", confirmed: bool = True
    ) -> Client:
        client.cookies["django_language"] = language
        return sign_in_as(client, f"{kind}:{identity}", confirmed=confirmed)

    return signed_in
