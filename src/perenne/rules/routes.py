"""Who renews a subscription: it by itself, its customer, a partner or the sales team."""

from dataclasses import dataclass
from enum import StrEnum


class Route(StrEnum):
    """The way a renewal goes; none is a dead end."""

    AUTO = "auto"
    MANUAL = "manual"
    PARTNER = "partner"
    SALES = "sales"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """What decides the route."""

    automatic: bool
    method_valid: bool
    renewable_online: bool
    has_partner: bool


def renewable_online(channel: str, *, stated: bool | None) -> bool:
    """Whether the customer may renew on line; unstated means yes, but not for a partner's sale."""
    return channel != "partner" if stated is None else stated


def route_of(facts: RouteFacts) -> Route:
    """The route: the facts decide, not the channel alone.

    Source: docs/explanation/lifecycle.md, «Routes».
    """
    if facts.automatic and facts.method_valid:
        return Route.AUTO
    if facts.renewable_online:
        return Route.MANUAL
    return Route.PARTNER if facts.has_partner else Route.SALES
