"""Who works on an attempt: one worker at a time, by the database's own clock and sessions.

A lease ends when its time is over, or the session that took it is gone or asks again: what a
killed process left is free at once. Whoever takes it over counts its number up; what the former
holder writes later carries an old number and is refused.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from perenne.billing.attempts import Attempt
from perenne.billing.leased import LEASE
from perenne.billing.sales import sale_from_stored
from perenne.platform.bulk import as_array, select

# How long a gateway surely remembers an idempotency key; after that, asking again could charge
# again, so the charge is looked up instead.
KEY_LIFETIME = timedelta(hours=23)

# How long a request may be on its way: until then, not finding its charge proves nothing.
ON_ITS_WAY = timedelta(minutes=10)

_SEND = """
update billing_paymentattempt a
set state = case when a.state = 'created' then 'sent' else a.state end,
    sent_at = coalesce(a.sent_at, clock_timestamp()),
    lease_until = clock_timestamp() + %(lease)s
from unnest(%(ids)s::text[], %(numbers)s::int[]) as v(id, lease_no)
where a.id = v.id and a.lease_no = v.lease_no and a.state in ('created', 'sent', 'unknown')
returning a.id, a.state
"""


def mark_sent(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Write down that the gateway is about to be asked; committed at once, outside transactions.

    Returns those whose lease is still this process's: only they may be sent, all of a key or none.
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
    lost = {attempt.key for attempt in attempts if attempt.id not in states}
    return [attempt.in_state(states[attempt.id]) for attempt in attempts if attempt.key not in lost]


IS_FREE = """
(a.lease_until < clock_timestamp() or a.lease_pid = pg_backend_pid()
 or not exists (select 1 from pg_stat_activity p where p.pid = a.lease_pid))
"""

# Keys are chosen first, then their attempts are locked in the order of their ids, so that two who
# take do not deadlock; whoever waited for the lock looks again at what he gets.
_TAKE = """
with chosen as (
    {chosen}
), held as materialized (
    select a.id from billing_paymentattempt a
    where a.idempotency_key in (select key from chosen)
      and a.state in ('created', 'sent', 'pending', 'unknown')
    order by a.id for update
)
update billing_paymentattempt a
set lease_no = a.lease_no + 1, lease_pid = pg_backend_pid(),
    lease_until = clock_timestamp() + %(lease)s
from held h, billing_paymentmethod m
where a.id = h.id and m.id = a.payment_method_id and m.token <> ''
  and a.state in ('created', 'sent', 'pending', 'unknown') and {free}
returning a.id, a.idempotency_key, a.frozen, a.business_day, a.retry_day, a.state, a.charge_id,
          a.credit_minor, a.lease_no, m.token,
          a.sent_at < clock_timestamp() - %(lifetime)s as key_may_be_forgotten,
          a.sent_at < clock_timestamp() - %(lifetime)s - %(on_its_way)s as is_long_ago,
          (select count(*) from billing_paymentattempt o where o.state
           in ('created', 'sent', 'pending', 'unknown')
           and o.idempotency_key = a.idempotency_key) as members
"""

_FREE_KEYS = f"""
    select a.idempotency_key as key from billing_paymentattempt a
    join accounts_company c on c.id = a.company_id
    where a.state in ('created', 'sent', 'pending', 'unknown') and c.region_id = %(region)s
      and a.idempotency_key > %(after)s
    group by 1
    having bool_and({IS_FREE}) and bool_and(a.subscription_id is null
                                             or a.subscription_id <> all(%(aside)s))
       -- A lease begins when the gateway is asked, or somebody takes over to ask it.
       and bool_and(a.sent_at is null
                    or a.lease_until <= clock_timestamp() + %(lease)s - %(rest)s)
    order by 1 limit %(limit)s
"""  # noqa: S608 - our own constants

_NAMED_KEYS = """
    select a.idempotency_key as key from billing_paymentattempt a
    where a.idempotency_key = any(%(keys)s)
    group by 1 having bool_and(a.subscription_id is null or a.subscription_id <> all(%(aside)s))
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt taken over.

    Nobody knows whether the gateway still remembers a key that is old, so it is not asked again;
    but what was asked last before that may still have been on its way for a while.
    """

    attempt: Attempt
    key_may_be_forgotten: bool
    may_be_on_its_way: bool


def take_over_free(
    region: str, *, after: str, limit: int, aside: Sequence[str], rest: timedelta = timedelta(0)
) -> list[Taken]:
    """Take attempts under way on which nobody works, by key; all of a key's or none.

    Args:
        after: the last key of the batch before; empty for the first.
        aside: subscriptions that are parked: a person decides about them.
        rest: how long ago the gateway must have been asked last.
    """
    return _take(
        _TAKE.format(chosen=_FREE_KEYS, free=IS_FREE),
        region=region,
        after=after,
        aside=list(aside),
        rest=rest,
        limit=limit,
    )


def take_over(keys: Sequence[str], *, aside: Sequence[str]) -> list[Taken]:
    """Take the attempts of these keys that are under way, whoever works on them.

    Args:
        aside: subscriptions that are parked: a person decides about them.
    """
    query = _TAKE.format(chosen=_NAMED_KEYS, free="true")
    return _take(query, keys=list(keys), aside=list(aside))


_HELD = f"""
select distinct a.idempotency_key as key from billing_paymentattempt a
where a.idempotency_key = any(%s) and a.state in ('created', 'sent', 'pending', 'unknown')
  and not {IS_FREE}
"""  # noqa: S608 - our own constants


def held_keys(keys: Sequence[str]) -> set[str]:
    """Those of these keys on whose attempts another living session works now."""
    return {row["key"] for row in select(_HELD, [list(keys)])}


def _take(query: str, **given: object) -> list[Taken]:
    rows = select(
        query, given | {"lease": LEASE, "lifetime": KEY_LIFETIME, "on_its_way": ON_ITS_WAY}
    )
    taken_of = Counter(row["idempotency_key"] for row in rows)
    whole = [row for row in rows if taken_of[row["idempotency_key"]] == row["members"]]
    return sorted((_taken(row) for row in whole), key=lambda one: one.attempt.id)


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
        credit_minor=row["credit_minor"],
    )
    return Taken(attempt, bool(row["key_may_be_forgotten"]), not row["is_long_ago"])
