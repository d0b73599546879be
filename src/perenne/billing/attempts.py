"""Attempts to be paid: committed with their key before the gateway hears of them, settled after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from perenne.billing.models import PaymentAttempt
from perenne.billing.sales import Sale, sale_as_stored
from perenne.platform.bulk import as_array, copy_in, select
from perenne.platform.ids import new_ids
from perenne.rules.payments import DeclineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to be paid for a sale; ``retry_day`` is None for a person's.

    ``key`` is what the gateway is asked with: attempts that share it are one charge.
    ``lease_no`` is the lease under which this process works on it.
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
    "frozen",
    "subscription_version",
    "decline_kind",
    "charge_id",
    "actor",
    "created_at",
    "settled_at",
)


@dataclass(frozen=True, slots=True)
class Try:
    """A sale to be tried: through the gateway (``token``), on account, or declined at once.

    ``pends`` waits for money that comes by itself, such as a bank transfer.
    """

    sale: Sale
    retry_day: int | None
    token: str
    declined: DeclineKind | None = None
    pends: bool = False

    @property
    def first_state(self) -> str:
        """The state in which the attempt is committed."""
        if self.declined is not None:
            return "declined"
        if self.sale.gross_minor <= 0:
            return "succeeded"
        if self.pends:
            return "pending"
        return "created" if self.token else "succeeded"


def open_attempts(
    tries: Sequence[Try], *, day: date, actor: str, now: datetime, together: str = ""
) -> list[Attempt]:
    """Append one attempt for each try, in the caller's transaction.

    What the gateway must collect is ``created``: the caller commits before calling it. What is
    sold on account has succeeded, what nobody can collect is declined, both at once.

    Args:
        together: the key that all of them share as one charge; empty for a charge each.
    """
    # A part that costs nothing waits for the money of the others: all or nothing.
    waits = bool(together) and any(wanted.first_state == "created" for wanted in tries)
    attempts = [
        Attempt(
            id=identity,
            # The key is the attempt: a repeated call can never become a second charge.
            key=together or identity,
            sale=wanted.sale,
            business_day=day,
            retry_day=wanted.retry_day,
            token=wanted.token,
            state="created" if waits else wanted.first_state,
        )
        for identity, wanted in zip(new_ids("att", len(tries)), tries, strict=True)
    ]
    declines = [wanted.declined or "" for wanted in tries]
    copy_in(
        PaymentAttempt,
        _COLUMNS,
        (
            _row(attempt, declined, day=day, actor=actor, now=now)
            for attempt, declined in zip(attempts, declines, strict=True)
        ),
    )
    return attempts


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
        sale_as_stored(sale),
        sale.version,
        declined,
        "",
        actor,
        now,
        now if attempt.state in ("succeeded", "declined") else None,
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the gateway answered an attempt: the state it enters, and the charge or the decline.

    ``problem`` is set if asking again cannot help: a person has to look.
    """

    attempt: Attempt
    state: str
    charge_id: str = ""
    declined: DeclineKind | None = None
    problem: str = ""


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
    """Move attempts, locked by the caller, to the state that the gateway's answer gives them."""
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


@dataclass(frozen=True, slots=True)
class Standing:
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
