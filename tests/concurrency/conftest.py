"""Tests here live in a world of their own."""

from tests.support.worlds import gateway_home, world_on

__all__ = ["gateway_home", "world_on"]
