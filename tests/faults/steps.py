"""What is done to workers, step by step: tours of all points, and steps drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults.acts import ACTS
from tests.faults.board import GatewayFault
from tests.faults.points import named_points
from tests.faults.workers import Blow, Strike

if TYPE_CHECKING:
    import random

# Which act comes to points that the run of a day does not come to.
_WAY_TO = {
    "book": "take_in_a_book",
    "catalogue": "publish",
    "clock": "turn_the_clock",
    "mail": "hand_over_mails",
    "change": "renew_by_customer",
    "undo": "undo_a_change",
    "events": "hear_from_the_gateway",
    "event": "hear_from_the_gateway",
    "leaving": "let_somebody_leave",
}
_AT_ONCE = (
    "run",
    "help_the_run",
    "renew_by_customer",
    "renew_two_with_one_charge",
    "ask_again",
    "turn_automatic_off",
    "undo_a_change",
    "hear_from_the_gateway",
    "hand_over_mails",
    "give_seats",
    "take_seats_back",
    "seat_by_group",
    "let_somebody_leave",
)
_WEIGHTS = {
    Blow.KILL: 20,
    Blow.STALL: 2,
    Blow.PAUSE: 4,
    Blow.RESTART_DATABASE: 2,
    Blow.CUT_CONNECTION: 4,
    Blow.LOSE_REQUEST: 4,
    Blow.LOSE_REPLY: 4,
}


@dataclass(frozen=True, slots=True)
class Step:
    """Acts that begin together, the first of them struck; ``ahead`` moves the day on before."""

    acts: tuple[str, ...]
    strike: Strike | None = None
    gateway: GatewayFault = GatewayFault.NONE
    requests: int = 1
    ahead: int = 0

    def __str__(self) -> str:
        gateway = f", gateway {self.gateway.name} ×{self.requests}" if self.gateway else ""
        return f"+{self.ahead} {' ∥ '.join(self.acts)} [{self.strike or 'no strike'}{gateway}]"

    @property
    def is_proxied(self) -> bool:
        """Whether its statements go through the proxy."""
        return self.strike is not None and self.strike.blow in (Blow.LOSE_REQUEST, Blow.LOSE_REPLY)


def killed_at(act: str, *points: str, ahead: int = 0) -> list[Step]:
    """The act, begun again and again, killed at one point after the other."""
    return [
        Step((act,), Strike(point, 1, Blow.KILL), ahead=0 if number else ahead)
        for number, point in enumerate(points)
    ]


def tour() -> list[Step]:
    """A kill at every point, in the order in which a world comes to them."""
    return [
        *killed_at("turn_the_clock", "clock.turned", ahead=1),
        *killed_at("take_in_a_book", "book.staged", "book.written", "book.committing"),
        *killed_at("publish", "catalogue.committing"),
        *killed_at("run", "reminders.committing", "reminders.committed", "day.reminded"),
        *killed_at("run", "renewal.claiming", "renewal.claimed", "renewal.committing"),
        *killed_at("run", "renewal.committed", "reconcile.taken", "charge.sending"),
        *killed_at("run", "gateway.asking", "gateway.replied", "gateway.answered"),
        *killed_at("run", "charge.answered", "sale.booking", "sale.committing"),
        *killed_at("run", "sale.booked", "parking.committing", "day.renewed", "day.retried"),
        *killed_at("run", "seats.committing", "stages.committing", "day.worked"),
        *killed_at("run", "day.committing", "day.finished"),
        Step(("run",)),
        *killed_at("hand_over_mails", "mail.claim.committing", "mail.claimed"),
        Step(("run",), ahead=1),
        *killed_at("run", "lookup.asking", ahead=1),
        *killed_at("hear_from_the_gateway", "event.taken", "lookup.asking"),
        *killed_at("hand_over_mails", "mail.handing_over"),
        Step(("renew_by_customer",)),
        *killed_at("renew_two_with_one_charge", "renewal.committed"),
        *killed_at("ask_again", "reconcile.taken", "sale.committing"),
        *killed_at("run_two_days_on", "sale.booking"),
        *killed_at("hand_over_mails", "mail.handed_over", "mail.record.committing"),
        *killed_at("give_seats", "seats.committing"),
        *killed_at("seat_by_group", "seats.committing"),
        *killed_at("let_somebody_leave", "leaving.committing"),
    ]


def opening(number: int) -> list[Step]:
    """Each point in turn meets a kill, and with each round another blow."""
    points = named_points()
    point = points[number % len(points)]
    blows = list(Blow)
    strike = Strike(point, 1, blows[number // len(points) % len(blows)])
    act = _WAY_TO.get(point.split(".")[0], "run")
    if act == "hand_over_mails":
        return [Step(("run",)), Step((act,), strike)]
    if act == "hear_from_the_gateway" or point in ("lookup.asking", "reconcile.taken"):
        return [Step(("run",)), Step((act,), strike, ahead=1)]
    return [Step((act,), strike)]


def random_step(rng: random.Random) -> Step:
    """Anything that may happen at once, and anything that may be done to it."""
    acts = [rng.choice(["run", "run", "run", *ACTS])]
    if rng.random() < 0.35:
        acts += rng.choices(_AT_ONCE, k=rng.randint(1, 2))
    points = [one for one in named_points() if _may_come_to(acts[0], one)]
    strike = None
    if rng.random() < 0.85:
        blow = rng.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))[0]
        strike = Strike(rng.choice(points), rng.choice((1, 1, 1, 2, 3)), blow)
    gateway = GatewayFault.NONE
    if rng.random() < 0.3:
        gateway = rng.choice(list(GatewayFault))
    requests, ahead = rng.choice((1, 1, 2, 5)), rng.choice((0, 0, 0, 1, 1, 2))
    return Step(tuple(acts), strike, gateway, requests, ahead)


def _may_come_to(act: str, point: str) -> bool:
    way = _WAY_TO.get(point.split(".", maxsplit=1)[0])
    if act in ("take_in_a_book", "publish", "hand_over_mails"):
        return way == act
    return way is None or way == act
