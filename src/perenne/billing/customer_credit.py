"""What the vendor owes a customer and the customer may use: moved under a lock, never below 0."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from perenne.billing.book_models import CREDIT_KINDS, CreditBalance, CreditEntry
from perenne.platform.bulk import copy_in, select
from perenne.platform.ids import new_ids


class Holder(NamedTuple):
    """Whose credit it is, in one currency; ``partner`` if a reseller paid for the company."""

    company: str
    partner: str | None
    currency: str


@dataclass(frozen=True, slots=True)
class CreditMove:
    """A change of a holder's credit; ``names`` is the id that its kind asks for."""

    holder: Holder
    kind: str
    amount_minor: int
    names: str


@dataclass(frozen=True, slots=True)
class Balance:
    """A holder's credit as it stands under the lock."""

    id: str
    amount_minor: int
    last_seq: int


_LOCK = """
select b.id, b.company_id, b.partner_id, b.currency, b.balance_minor, b.last_seq
from billing_creditbalance b
join unnest(%(companies)s::text[], %(partners)s::text[], %(currencies)s::text[])
     as v(company_id, partner_id, currency)
  on b.company_id = v.company_id and b.currency = v.currency
 and b.partner_id is not distinct from v.partner_id
where b.balance_minor > 0 or not %(only_positive)s
order by b.id for update of b
"""


def lock_credit(holders: Iterable[Holder], *, only_positive: bool) -> dict[Holder, Balance]:
    """Lock the balances of these holders, in the order of their ids, until the transaction ends.

    Args:
        only_positive: leave out those who have nothing.
    """
    wanted = sorted(set(holders), key=lambda one: (one.company, one.partner or "", one.currency))
    if not wanted:
        return {}
    companies, partners, currencies = zip(*wanted, strict=True)
    rows = select(
        _LOCK,
        {
            "companies": list(companies),
            "partners": list(partners),
            "currencies": list(currencies),
            "only_positive": only_positive,
        },
    )
    return {
        Holder(row["company_id"], row["partner_id"], row["currency"]): Balance(
            row["id"], row["balance_minor"], row["last_seq"]
        )
        for row in rows
    }


def move_credit(moves: Sequence[CreditMove], *, now: datetime) -> list[str]:
    """Append these moves in their order and bring the balances up; return the entries' ids.

    In the caller's transaction; the ledger's side is the caller's. Moves of nothing are refused.

    Raises:
        IntegrityError: if a balance would be below zero at any point.
    """
    if not moves:
        return []
    balances = _opened({move.holder for move in moves})
    identities = new_ids("cre", len(moves))
    rows = []
    for identity, move in zip(identities, moves, strict=True):
        before = balances[move.holder]
        after = Balance(before.id, before.amount_minor + move.amount_minor, before.last_seq + 1)
        balances[move.holder] = after
        named = [move.names if CREDIT_KINDS[move.kind] == one else None for one in _NAMED]
        rows.append(
            (
                identity,
                after.id,
                after.last_seq,
                move.kind,
                move.amount_minor,
                after.amount_minor,
                *named,
                now,
            )
        )
    copy_in(
        CreditEntry,
        "id balance_id seq kind amount_minor balance_after_minor payment_id invoice_id "
        "attempt_id refund_id booked_at".split(),
        rows,
    )
    _write(list(balances.values()))
    return identities


_NAMED = ("payment", "invoice", "attempt", "refund")


def _opened(holders: set[Holder]) -> dict[Holder, Balance]:
    """The balances, locked; a holder without one gets it now, whoever else opens it as well."""
    found = lock_credit(holders, only_positive=False)
    new = [one for one in holders if one not in found]
    if not new:
        return found
    CreditBalance.objects.bulk_create(
        [
            CreditBalance(
                id=identity,
                company_id=holder.company,
                partner_id=holder.partner,
                currency=holder.currency,
            )
            for identity, holder in zip(new_ids("crb", len(new)), new, strict=True)
        ],
        ignore_conflicts=True,
    )
    return found | lock_credit(new, only_positive=False)


def _write(balances: Sequence[Balance]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update billing_creditbalance b set balance_minor = v.amount, last_seq = v.seq "
            "from unnest(%s::text[], %s::bigint[], %s::int[]) as v(id, amount, seq) "
            "where b.id = v.id",
            [
                [one.id for one in balances],
                [one.amount_minor for one in balances],
                [one.last_seq for one in balances],
            ],
        )
