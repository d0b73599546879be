"""Changes that are reserved until their money comes by bank, known by a reference."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from perenne.billing.attempts import Attempt
from perenne.billing.bank_models import Transfer
from perenne.billing.sales import sale_from_stored
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion
from perenne.rules.transfers import REFERENCE_ALPHABET, REFERENCE_CHARACTERS, REFERENCE_PREFIX


def reserve_transfer(attempts: Sequence[Attempt], *, last_day: date, occasion: Occasion) -> str:
    """Reserve pending attempts of one key until ``last_day``; return the reference to write.

    In the transaction that commits the attempts. The run of the day after declines what was not
    paid by then.

    Args:
        last_day: of ``transfer_last_day``, that day included.

    Raises:
        ValueError: if the attempts are not pending, or not of one key.

    Source: docs/explanation/money.md, «Bank transfers».
    """
    if {(one.key, one.state) for one in attempts} != {(attempts[0].key, "pending")}:
        raise ValueError("only pending attempts of one key can be reserved together")
    first = attempts[0].sale
    amount_minor = sum(one.to_collect_minor for one in attempts)
    transfer = Transfer.objects.create(
        key=attempts[0].key,
        reference=_new_reference(),
        company_id=first.company,
        partner_id=first.buying_partner,
        region_id=first.region,
        currency=first.currency,
        amount_minor=amount_minor,
        reserved_on=occasion.day,
        last_day=last_day,
    )
    journal.record_all(
        [
            Fact(
                kind="transfer.reserved",
                subject=transfer.key,
                company=first.company,
                region=first.region,
                business_day=occasion.day,
                actor=occasion.actor,
                facts={
                    "reference": transfer.reference,
                    "amount_minor": amount_minor,
                    "currency": first.currency,
                    "last_day": last_day.isoformat(),
                },
            )
        ],
        at=occasion.now,
    )
    return transfer.reference


@dataclass(frozen=True, slots=True)
class ReservedTransfer:
    """What the payer of a reserved change has to know; the amount is in minor units."""

    reference: str
    currency: str
    amount_minor: int
    last_day: date


def transfer_of(key: str) -> ReservedTransfer | None:
    """The bank transfer that a change waits for, or waited for, by the key of its attempts."""
    found = Transfer.objects.filter(key=key).first()
    if found is None:
        return None
    return ReservedTransfer(found.reference, found.currency, found.amount_minor, found.last_day)


def _new_reference() -> str:
    chosen = (secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_CHARACTERS))
    return REFERENCE_PREFIX + "".join(chosen)


# A reservation that nobody lapsed within so many days does not exist: days are run one by one.
_LATE_DAYS = 60

_LAPSED = """
select distinct t.key from billing_transfer t
join billing_paymentattempt a on a.idempotency_key = t.key and a.state = 'pending'
where t.region_id = %(region)s and t.last_day < %(day)s and t.last_day >= %(day)s - %(late)s
order by t.key
"""


def transfers_lapsed(region: str, *, day: date) -> list[str]:
    """Keys of the region's reservations whose last day is over and whose money did not come."""
    asked = {"region": region, "day": day, "late": _LATE_DAYS}
    return [row["key"] for row in select(_LAPSED, asked)]


def pending_attempts(keys: Sequence[str]) -> list[Attempt]:
    """The attempts of these keys that wait for their money, in the order of their ids."""
    rows = select(
        "select id, idempotency_key, frozen, business_day, retry_day, state, lease_no, "
        "credit_minor from billing_paymentattempt "
        "where idempotency_key = any(%s) and state = 'pending' order by id",
        [list(keys)],
    )
    return [_attempt(row) for row in rows]


def _attempt(row: dict[str, Any]) -> Attempt:
    return Attempt(
        id=row["id"],
        key=row["idempotency_key"],
        sale=sale_from_stored(msgspec.json.decode(row["frozen"])),
        business_day=row["business_day"],
        retry_day=row["retry_day"],
        token="",
        state=row["state"],
        lease_no=row["lease_no"],
        credit_minor=row["credit_minor"],
    )
