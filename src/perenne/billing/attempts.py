"""Attempts to be paid: committed with their key before the gateway hears of them, settled after."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection
from msgspec import Struct
from msgspec.structs import replace

from perenne.billing.customer_credit import CreditMove, Holder, lock_credit, move_credit
from perenne.billing.models import PaymentAttempt
from perenne.billing.sales import Sale, sale_as_stored
from perenne.platform.bulk import as_array, copy_in, select
from perenne.platform.ids import new_ids
from perenne.rules.payments import DeclineKind


class Attempt(Struct, frozen=True, kw_only=True):
    """One try to be paid for a sale; ``retry_day`` is None for a person's.

    ``key`` is what the gateway is asked with: attempts that share it are one charge.
    ``lease_no`` is the lease under which this process works on it. ``credit_minor`` is what the
    customer's credit pays of it, held back until it is settled.
    """

    id: str
    key: str
    sale: Sale
    business_day: date
    retry_day: int | None
    token: str
    state: str
    charge_id: str = ""
    lease_no: int = 1
    credit_minor: int = 0

    def in_state(self, state: str) -> "Attempt":
        """The same attempt in another state; a run makes thousands of them."""
        return Attempt(
            id=self.id,
            key=self.key,
            sale=self.sale,
            business_day=self.business_day,
            retry_day=self.retry_day,
            token=self.token,
            state=state,
            charge_id=self.charge_id,
            lease_no=self.lease_no,
            credit_minor=self.credit_minor,
        )

    @property
    def to_collect_minor(self) -> int:
        """What is to be paid in money."""
        return self.sale.gross_minor - self.credit_minor

    @property
    def holder(self) -> Holder:
        """Whose credit pays for it."""
        return Holder(self.sale.company, self.sale.buying_partner, self.sale.currency)


_COLUMNS = (
    "id",
    "company_id",
    "subscription_id",
    "kind",
    "change",
    "term_starts_on",
    "retry_day",
    "business_day",
    "state",
    "idempotency_key",
    "payment_method_id",
    "currency",
    "gross_minor",
    "credit_minor",
    "frozen",
    "subscription_version",
    "decline_kind",
    "charge_id",
    "actor",
    "created_at",
    "settled_at",
)


class Try(Struct, frozen=True):
    """A sale to be tried: through the gateway (``token``), on account, or declined at once.

    ``pends`` waits for money that comes by itself, such as a bank transfer.
    """

    sale: Sale
    retry_day: int | None
    token: str
    declined: DeclineKind | None = None
    pends: bool = False

    def first_state(self, *, to_collect_minor: int) -> str:
        """The state in which the attempt is committed.

        Args:
            to_collect_minor: by the charge that it is a part of, in minor units.
        """
        if self.declined is not None:
            return "declined"
        if to_collect_minor <= 0:
            return "succeeded"
        if self.pends:
            return "pending"
        return "created" if self.token else "succeeded"


def open_attempts(
    tries: Sequence[Try],
    *,
    day: date,
    actor: str,
    now: datetime,
    together: str = "",
    uses_credit: bool = True,
) -> list[Attempt]:
    """Append one attempt for each try, in the caller's transaction.

    What the gateway must collect is ``created``: the caller commits before calling it. What is
    sold on account has succeeded, what nobody can collect is declined, both at once.

    Args:
        together: the key that all of them share as one charge; empty for a charge each.
        uses_credit: the customers' credit pays first.
    """
    attempts = [
        Attempt(
            id=identity,
            # The key is the attempt: a repeated call can never become a second charge.
            key=together or identity,
            sale=wanted.sale,
            business_day=day,
            retry_day=wanted.retry_day,
            token=wanted.token,
            state="created" if wanted.declined is None else "declined",
        )
        for identity, wanted in zip(new_ids("att", len(tries)), tries, strict=True)
    ]
    if uses_credit:
        attempts = _with_credit(attempts)
    attempts = _in_first_states(attempts, tries)
    declines = [wanted.declined or "" for wanted in tries]
    copy_in(
        PaymentAttempt,
        _COLUMNS,
        (
            _row(attempt, declined, day=day, actor=actor, now=now)
            for attempt, declined in zip(attempts, declines, strict=True)
        ),
    )
    _hold_credit(attempts, now=now)
    return attempts


def _with_credit(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Let the customers' credit, locked here, pay for the attempts in their order."""
    left = {
        holder: balance.amount_minor
        for holder, balance in lock_credit(
            {one.holder for one in attempts if one.state != "declined"}, only_positive=True
        ).items()
    }
    if not left:
        return list(attempts)
    paid = []
    for one in attempts:
        credit = min(left.get(one.holder, 0), max(one.sale.gross_minor, 0))
        if credit and one.state != "declined":
            left[one.holder] -= credit
            paid.append(replace(one, credit_minor=credit))
        else:
            paid.append(one)
    return paid


def _hold_credit(attempts: Sequence[Attempt], *, now: datetime) -> None:
    """Hold back what the customers' credit pays, until the attempts are settled."""
    moves = [
        CreditMove(one.holder, "reserved", -one.credit_minor, one.id)
        for one in attempts
        if one.credit_minor
    ]
    move_credit(moves, now=now)


def _in_first_states(attempts: Sequence[Attempt], tries: Sequence[Try]) -> list[Attempt]:
    """Each attempt as it is committed.

    A part that costs nothing waits for the money of the others of its charge: all or nothing.
    """
    to_collect: dict[str, int] = {}
    for one in attempts:
        if one.state != "declined":
            to_collect[one.key] = to_collect.get(one.key, 0) + one.to_collect_minor
    found = []
    for one, wanted in zip(attempts, tries, strict=True):
        state = wanted.first_state(to_collect_minor=to_collect.get(one.key, 0))
        found.append(one if one.state == state else one.in_state(state))
    return found


def _row(
    attempt: Attempt, declined: str, *, day: date, actor: str, now: datetime
) -> tuple[object, ...]:
    sale = attempt.sale
    return (
        attempt.id,
        sale.company,
        None if sale.opens else sale.subscription,
        sale.kind.value,
        sale.change,
        sale.starts_on,
        attempt.retry_day,
        day,
        attempt.state,
        attempt.key,
        sale.method,
        sale.currency,
        sale.gross_minor,
        attempt.credit_minor,
        sale_as_stored(sale),
        sale.version,
        declined,
        "",
        actor,
        now,
        now if attempt.state in ("succeeded", "declined") else None,
    )


class Outcome(Struct, frozen=True):
    """How the gateway answered an attempt: the state it enters, and the charge or the decline.

    ``problem`` is set if asking again cannot help: a person has to look.
    """

    attempt: Attempt
    state: str
    charge_id: str = ""
    declined: DeclineKind | None = None
    problem: str = ""


def without_answer(attempt: Attempt) -> str:
    """The state that an attempt stays in, or enters, while nobody knows what became of it."""
    # What was never sent can still be; what the gateway has called pending is.
    return attempt.state if attempt.state in ("created", "pending") else "unknown"


def unwritten(outcome: Outcome, reason: str) -> Outcome:
    """The outcome of an attempt whose answer cannot be written: a person has to look."""
    attempt = outcome.attempt
    return Outcome(
        attempt,
        without_answer(attempt),
        charge_id=attempt.charge_id,
        problem=f"unwritten: {reason}",
    )


_SETTLE = """
update billing_paymentattempt a
set state = v.state, decline_kind = replace(v.decline_kind, '-', ''),
    charge_id = case when v.charge_id = '-' then '' else v.charge_id end,
    settled_at = case when v.state in ('succeeded', 'declined') then %(now)s end
from unnest(%(ids)s::text[], %(states)s::text[], %(declines)s::text[], %(charges)s::text[])
     as v(id, state, decline_kind, charge_id)
where a.id = v.id
"""


def settle(outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Move attempts, locked by the caller, to the state that the gateway's answer gives them.

    Credit that was held back for what is declined is the customer's again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "now": now,
                "ids": as_array([outcome.attempt.id for outcome in outcomes]),
                "states": as_array([outcome.state for outcome in outcomes]),
                "declines": as_array([outcome.declined or "-" for outcome in outcomes]),
                "charges": as_array([outcome.charge_id or "-" for outcome in outcomes]),
            },
        )
    move_credit(
        [
            CreditMove(one.attempt.holder, "released", one.attempt.credit_minor, one.attempt.id)
            for one in outcomes
            if one.state == "declined" and one.attempt.credit_minor
        ],
        now=now,
    )


class Standing(Struct, frozen=True):
    """Where an attempt stands now: its state, and the lease that may write to it."""

    state: str
    lease_no: int


def lock_attempts(attempts: Sequence[Attempt]) -> dict[str, Standing]:
    """Lock these attempts in the order of their ids; return where each stands, by id."""
    rows = select(
        "select id, state, lease_no from billing_paymentattempt "
        "where id = any(%s::text[]) order by id for update",
        [as_array([attempt.id for attempt in attempts])],
    )
    return {row["id"]: Standing(row["state"], row["lease_no"]) for row in rows}
