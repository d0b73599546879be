"""Fjord Software's world, in which invoices come about."""

from tests.support.worlds import gateway_home, world_on

__all__ = ["gateway_home", "world_on"]
