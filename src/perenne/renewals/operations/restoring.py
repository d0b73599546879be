"""Bring a restored book up to what the gateway has done since the backup; then open the gate."""

from dataclasses import dataclass
from datetime import datetime

from perenne.billing.refund_calls import book_what_went_back
from perenne.billing.strays import Stray, compare_with_gateway, give_back
from perenne.catalog.queries import regions
from perenne.platform import restore_gate
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.reconciling import reconcile_keys

ACTOR = "restore"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was compared, what was settled, and what a person still has to decide about.

    ``went_back`` is money that was given back after the backup: nobody gives it back twice unless
    a person asks for it again.
    """

    charges: int
    settled: int
    refunds_settled: int
    strays: tuple[Stray, ...]
    went_back: tuple[Stray, ...]
    is_open: bool


def reconcile_restored(*, refunds_strays: bool, now: datetime) -> Reconciled:
    """Compare with the gateway's book; the gate opens once no charge in it is unknown here.

    Attempts and refunds that were under way at the backup are settled by what the gateway says. A
    charge that
    no attempt here asked for was made after the backup: unless it is given back, the same would be
    charged again when its day is run again.

    Raises:
        GatewayError: if the gateway does not answer; the gate stays shut.

    Source: docs/explanation/exactly-once.md, «After a restore».
    """
    found = compare_with_gateway()
    settled = _settle(found.open_keys, now=now)
    refunds_settled = _settle_refunds(now=now)
    if found.strays and refunds_strays:
        give_back(found.strays)
    after = compare_with_gateway()
    if not after.strays:
        restore_gate.open_again()
    return Reconciled(
        charges=found.charges,
        settled=settled,
        refunds_settled=refunds_settled,
        strays=after.strays,
        went_back=after.went_back,
        is_open=not after.strays,
    )


_REGIONS = """
select c.region_id as region, array_agg(distinct a.idempotency_key) as keys
from billing_paymentattempt a join accounts_company c on c.id = a.company_id
where a.idempotency_key = any(%s) group by 1 order by 1
"""


def _settle_refunds(*, now: datetime) -> int:
    return sum(
        book_what_went_back(code, occasion=Occasion(today(now, region.zone), ACTOR, now))
        for code, region in sorted(regions().items())
    )


def _settle(keys: tuple[str, ...], *, now: datetime) -> int:
    known = regions()
    return sum(
        len(
            reconcile_keys(
                row["keys"],
                occasion=Occasion(today(now, known[row["region"]].zone), ACTOR, now),
            )
        )
        for row in select(_REGIONS, [list(keys)])
    )
