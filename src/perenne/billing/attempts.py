"""Attempts to be paid: committed with their key before the gateway hears of them, settled after."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from perenne.billing.models import PaymentAttempt
from perenne.billing.sales import Sale
from perenne.platform.bulk import copy_in, select
from perenne.platform.ids import new_ids
from perenne.rules.payments import DeclineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to be paid for a sale; ``retry_day`` is None for a person's."""

    id: str
    sale: Sale
    business_day: date
    retry_day: int | None
    token: str
    state: str
    charge_id: str = ""


_COLUMNS = (
    "id",
    "company_id",
    "subscription_id",
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
    """A sale to be tried: through the gateway (``token``), on account, or declined at once."""

    sale: Sale
    retry_day: int | None
    token: str
    declined: DeclineKind | None = None

    @property
    def needs_gateway(self) -> bool:
        """Whether money has to be collected by the gateway."""
        return self.declined is None and bool(self.token) and self.sale.gross_minor > 0

    @property
    def first_state(self) -> str:
        """The state in which the attempt is committed."""
        if self.declined is not None:
            return "declined"
        return "sent" if self.needs_gateway else "succeeded"


def open_attempts(tries: Sequence[Try], *, day: date, actor: str, now: datetime) -> list[Attempt]:
    """Append one attempt for each try, in the caller's transaction.

    What the gateway must collect is ``sent``: the caller commits before calling it. What is sold
    on account has succeeded, what nobody can collect is declined, both at once.
    """
    attempts = [
        Attempt(
            id=identity,
            sale=wanted.sale,
            business_day=day,
            retry_day=wanted.retry_day,
            token=wanted.token,
            state=wanted.first_state,
        )
        for identity, wanted in zip(new_ids("att", len(tries)), tries, strict=True)
    ]
    copy_in(
        PaymentAttempt,
        _COLUMNS,
        (
            (
                attempt.id,
                attempt.sale.company,
                attempt.sale.subscription,
                attempt.sale.starts_on,
                attempt.retry_day,
                day,
                attempt.state,
                # The key is the attempt: a repeated call can never become a second charge.
                attempt.id,
                attempt.sale.method,
                attempt.sale.currency,
                attempt.sale.gross_minor,
                attempt.sale.to_json(),
                attempt.sale.version,
                wanted.declined or "",
                "",
                actor,
                now,
                None if attempt.state == "sent" else now,
            )
            for attempt, wanted in zip(attempts, tries, strict=True)
        ),
    )
    return attempts


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
set state = v.state, decline_kind = v.decline_kind, charge_id = v.charge_id,
    settled_at = case when v.state in ('succeeded', 'declined') then %(now)s end
from unnest(%(ids)s::text[], %(states)s::text[], %(declines)s::text[], %(charges)s::text[])
     as v(id, state, decline_kind, charge_id)
where a.id = v.id
"""


def settle(outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Move attempts to the state that the gateway's answer gives them."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "now": now,
                "ids": [outcome.attempt.id for outcome in outcomes],
                "states": [outcome.state for outcome in outcomes],
                "declines": [outcome.declined or "" for outcome in outcomes],
                "charges": [outcome.charge_id for outcome in outcomes],
            },
        )


_UNSETTLED = """
select a.id, a.frozen, a.business_day, a.retry_day, a.state, a.charge_id, m.token
from billing_paymentattempt a
join subscriptions_subscription s on s.id = a.subscription_id
join billing_paymentmethod m on m.id = a.payment_method_id
where a.state = any(%s) and s.region_id = %s and a.id > %s
order by a.id limit %s
"""


def unsettled_attempts(
    region: str, *, states: Sequence[str], after: str, limit: int
) -> list[Attempt]:
    """Attempts in one of ``states``, oldest first: a call was made, or may have been made."""
    return [_attempt(row) for row in select(_UNSETTLED, [list(states), region, after, limit])]


def lock_attempts(attempts: Sequence[Attempt]) -> dict[str, str]:
    """Lock these attempts in the order of their ids; return their present states by id."""
    rows = select(
        "select id, state from billing_paymentattempt where id = any(%s) order by id for update",
        [[attempt.id for attempt in attempts]],
    )
    return {row["id"]: row["state"] for row in rows}


def _attempt(row: dict[str, Any]) -> Attempt:
    return Attempt(
        id=row["id"],
        sale=Sale.from_json(json.loads(row["frozen"])),
        business_day=row["business_day"],
        retry_day=row["retry_day"],
        token=row["token"],
        state=row["state"],
        charge_id=row["charge_id"],
    )
