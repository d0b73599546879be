"""Who works on an attempt: one worker at a time, by the database's own clock and sessions.

A lease ends when its time is over, or the session that took it is gone or asks again: what a
killed process left is free at once. Whoever takes it over counts its number up; what the former
holder writes later carries an old number and is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec

from perenne.billing.attempts import Attempt
from perenne.billing.models import LEASE
from perenne.billing.sales import sale_from_stored
from perenne.platform.bulk import as_array, select

# How long a gateway surely remembers an idempotency key; after that, asking again could charge
# again, so the charge is looked up instead.
KEY_LIFETIME = timedelta(hours=23)

_SEND = """
update billing_paymentattempt a
set state = case when a.state = 'created' then 'sent' else a.state end,
    sent_at = clock_timestamp(), lease_until = clock_timestamp() + %(lease)s
from unnest(%(ids)s::text[], %(numbers)s::int[]) as v(id, lease_no)
where a.id = v.id and a.lease_no = v.lease_no and a.state in ('created', 'sent', 'unknown')
returning a.id, a.state
"""


def mark_sent(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Write down that the gateway is about to be asked; committed at once, outside transactions.

    Returns those whose lease is still this process's: only they may be sent.
    """
    if not attempts:
        return []
    rows = select(
        _SEND,
        {
            "lease": LEASE,
            "ids": as_array([attempt.id for attempt in attempts]),
            "numbers": as_array([str(attempt.lease_no) for attempt in attempts]),
        },
    )
    states = {row["id"]: row["state"] for row in rows}
    return [
        replace(attempt, state=states[attempt.id]) for attempt in attempts if attempt.id in states
    ]


_IS_FREE = """
(a.lease_until < clock_timestamp() or a.lease_pid = pg_backend_pid()
 or not exists (select 1 from pg_stat_activity p where p.pid = a.lease_pid))
"""

_TAKE = """
update billing_paymentattempt a
set lease_no = a.lease_no + 1, lease_pid = pg_backend_pid(),
    lease_until = clock_timestamp() + %(lease)s
from billing_paymentmethod m
where m.id = a.payment_method_id and m.token <> ''
  and a.state in ('created', 'sent', 'pending', 'unknown') and {which}
returning a.id, a.idempotency_key, a.frozen, a.business_day, a.retry_day, a.state, a.charge_id,
          a.lease_no, m.token, a.sent_at < clock_timestamp() - %(lifetime)s as key_may_be_forgotten
"""

_FREE_KEYS = f"""
{_IS_FREE} and a.idempotency_key = any(array(
    select distinct a.idempotency_key from billing_paymentattempt a
    join accounts_company c on c.id = a.company_id
    where a.state in ('created', 'sent', 'pending', 'unknown') and c.region_id = %(region)s
      and a.idempotency_key > %(after)s and {_IS_FREE}
      and (a.subscription_id is null or a.subscription_id <> all(%(aside)s))
      and (a.sent_at is null or a.sent_at <= clock_timestamp() - %(rest)s)
    order by 1 limit %(limit)s))
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt taken over; nobody knows whether its gateway still remembers an old key."""

    attempt: Attempt
    key_may_be_forgotten: bool


def take_over_free(
    region: str, *, after: str, limit: int, aside: Sequence[str], rest: timedelta = timedelta(0)
) -> list[Taken]:
    """Take attempts under way on which nobody works, by key; all of a key's or none.

    Args:
        after: the last key of the batch before; empty for the first.
        aside: subscriptions that are parked: a person decides about them.
        rest: how long ago the gateway must have been asked last.
    """
    rows = select(
        _TAKE.format(which=_FREE_KEYS),
        {
            "lease": LEASE,
            "lifetime": KEY_LIFETIME,
            "region": region,
            "after": after,
            "aside": list(aside),
            "rest": rest,
            "limit": limit,
        },
    )
    return sorted((_taken(row) for row in rows), key=lambda one: one.attempt.id)


def take_over(keys: Sequence[str]) -> list[Taken]:
    """Take the attempts of these keys that are under way, whoever works on them."""
    rows = select(
        _TAKE.format(which="a.idempotency_key = any(%(keys)s)"),
        {"lease": LEASE, "lifetime": KEY_LIFETIME, "keys": list(keys)},
    )
    return sorted((_taken(row) for row in rows), key=lambda one: one.attempt.id)


def _taken(row: dict[str, Any]) -> Taken:
    attempt = Attempt(
        id=row["id"],
        key=row["idempotency_key"],
        sale=sale_from_stored(msgspec.json.decode(row["frozen"])),
        business_day=row["business_day"],
        retry_day=row["retry_day"],
        token=row["token"],
        state=row["state"],
        charge_id=row["charge_id"],
        lease_no=row["lease_no"],
    )
    return Taken(attempt, bool(row["key_may_be_forgotten"]))
