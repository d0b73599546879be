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
    "correction": "correct_invoices",
    "refund": "correct_invoices",
    "payout": "pay_credit_out",
    "quote": "accept_quotes",
    "quote.drafted": "send_quotes",
    "quote.sent": "send_quotes",
    "quote.declined": "decline_quotes",
    "quote.withdrawn": "take_quotes_back",
    **dict.fromkeys(
        (
            "demo_user",
            "handover",
            "invitations",
            "joining",
            "password",
            "people",
            "profile",
            "roles",
            "second_factor",
            "sign_in",
            "staff",
        ),
        "manage_people",
    ),
    "contact_request": "ask_people",
    "colleague_request": "ask_people",
    "method_setup": "enter_a_method",
    "setup_events": "enter_a_method",
    "aside": "keep_the_bank_book",
    "receipt": "keep_the_bank_book",
    "unparking": "take_up_what_is_parked",
    "void": "void_an_invoice",
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
    "correct_invoices",
    "return_a_renewal",
    "send_quotes",
    "accept_quotes",
    "decline_quotes",
    "hear_from_the_gateway",
    "hand_over_mails",
    "give_seats",
    "take_seats_back",
    "seat_by_group",
    "let_somebody_leave",
    "manage_people",
    "ask_people",
    "enter_a_method",
    "keep_the_bank_book",
    "void_an_invoice",
)
# Acts with points of their own.
_APART = ("take_in_a_book", "publish", "hand_over_mails")
# Acts that need something that was quoted, and something that was renewed.
_AFTER_A_QUOTE = ("accept_quotes", "decline_quotes", "take_quotes_back")
_AFTER_A_RUN = (
    "hand_over_mails",
    "correct_invoices",
    "pay_credit_out",
    "keep_the_bank_book",
    "void_an_invoice",
    "take_up_what_is_parked",
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
    """A kill at every point of a day, in the order in which a world comes to them.

    A point that nobody comes to lets the run finish the day, and hides all that follow.
    """
    return [
        *killed_at("turn_the_clock", "clock.turned", ahead=1),
        *killed_at("take_in_a_book", "book.staged", "book.written", "book.committing"),
        *killed_at("publish", "catalogue.committing"),
        *_first_day(),
        *_quotes(),
        Step(("run",), ahead=1),
        *killed_at("run", "lookup.asking", ahead=1),
        *killed_at("hear_from_the_gateway", "event.taken", "lookup.asking"),
        Step(("renew_by_customer",)),
        *killed_at("renew_two_with_one_charge", "change.committing", "change.committed"),
        *killed_at("ask_again", "reconcile.taken", "sale.committing"),
        *killed_at("run_two_days_on", "renewal.claiming"),
        *_refunds(),
        *_desks(),
        *killed_at("give_seats", "seats.committing"),
        *killed_at("seat_by_group", "seats.committing"),
        *killed_at("let_somebody_leave", "leaving.committing"),
    ]


def _first_day() -> list[Step]:
    return [
        *killed_at("run", "reminders.committing", "reminders.committed", "day.reminded"),
        *killed_at("hand_over_mails", "mail.claim.committing", "mail.claimed"),
        *killed_at("run", "renewal.claiming", "renewal.claimed", "renewal.committing"),
        *killed_at("run", "renewal.committed", "reconcile.taken", "charge.sending"),
        *killed_at("run", "gateway.asking", "gateway.replied", "gateway.answered"),
        *killed_at("run", "charge.answered", "sale.booking", "sale.committing", "sale.booked"),
        *killed_at("run", "day.renewed", "day.retried", "day.worked"),
        *killed_at("run", "day.committing", "day.finished"),
        Step(("run",)),
    ]


def _quotes() -> list[Step]:
    return [
        *killed_at("send_quotes", "quote.drafted.committing", "quote.sent.committing"),
        Step(("send_quotes",)),
        *killed_at("hand_over_mails", "mail.handing_over"),
        *killed_at("take_quotes_back", "quote.withdrawn.committing"),
        *killed_at("decline_quotes", "quote.declined.committing"),
        *killed_at("accept_quotes", "quote.answered.committing", "quote.accepted.committing"),
        *killed_at("hand_over_mails", "mail.handed_over"),
        *killed_at("accept_quotes", "quote.bought"),
        *killed_at("ask_again", "reconcile.taken"),
        *killed_at("hand_over_mails", "mail.record.committing"),
    ]


def _refunds() -> list[Step]:
    return [
        *killed_at("correct_invoices", "correction.committing", "refund.sending"),
        *killed_at("ask_again", "refund.answered", "refund.booked"),
        *killed_at("return_a_renewal", "change.committed"),
        Step(("ask_again",)),
        Step(("return_a_renewal",)),
        *killed_at("pay_credit_out", "payout.committing", "refund.committing"),
        Step(("correct_invoices",), gateway=GatewayFault.DROP_AFTER),
    ]


def _desks() -> list[Step]:
    return [
        *killed_at("manage_people", "invitations.committing", "people.committing"),
        *killed_at("manage_people", "joining.committing", "sign_in.committing"),
        *killed_at("manage_people", "password.committing", "second_factor.committing"),
        *killed_at("manage_people", "profile.committing", "roles.committing"),
        *killed_at("manage_people", "handover.committing", "demo_user.committing"),
        *killed_at("manage_people", "staff.committing"),
        *killed_at("ask_people", "contact_request.made.committing"),
        *killed_at("ask_people", "colleague_request.made.committing"),
        *killed_at("ask_people", "contact_request.reminded.committing"),
        *killed_at("ask_people", "contact_request.handed_on.committing"),
        *killed_at("ask_people", "contact_request.overdue.committing"),
        *killed_at("enter_a_method", "method_setup.begun.committing", "method_setup.answered"),
        *killed_at("enter_a_method", "setup_events.claim.committing"),
        *killed_at("enter_a_method", "method_setup.kept.committing"),
        *killed_at("enter_a_method", "setup_events.processed.committing"),
        *killed_at("keep_the_bank_book", "receipt.committing", "aside.committing"),
        *killed_at("void_an_invoice", "void.committing"),
        *killed_at("take_up_what_is_parked", "unparking.committing"),
    ]


def opening(number: int) -> list[Step]:
    """Each point in turn meets a kill, and with each round another blow."""
    points = named_points()
    point = points[number % len(points)]
    blows = list(Blow)
    strike = Strike(point, 1, blows[number // len(points) % len(blows)])
    act = _way_to(point) or "run"
    if point == "quotes.committing":
        return [Step(("send_quotes",)), Step(("run",), strike, ahead=3)]
    if act in _AFTER_A_QUOTE:
        return [Step(("send_quotes",)), Step((act,), strike)]
    if act in _AFTER_A_RUN:
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


def _way_to(point: str) -> str | None:
    """The act of the longest beginning of the point's name."""
    name = point
    while name and name not in _WAY_TO:
        name = name.rpartition(".")[0]
    return _WAY_TO.get(name)


def _may_come_to(act: str, point: str) -> bool:
    way = _way_to(point)
    if act in _APART:
        return way == act
    return way is None or way == act
