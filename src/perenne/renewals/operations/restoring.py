"""Bring a restored book up to what the gateway has done since the backup; then open the gate."""

from dataclasses import dataclass
from datetime import datetime

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
    """What was compared, what was settled, and what a person still has to decide about."""

    charges: int
    settled: int
    strays: tuple[Stray, ...]
    is_open: bool


def reconcile_restored(*, refunds_strays: bool, now: datetime) -> Reconciled:
    """Compare with the gateway's book; the gate opens once nothing in it is unknown here.

    Attempts that were under way at the backup are settled by what the gateway says. A charge that
    no attempt here asked for was made after the backup: unless it is given back, the same would be
    charged again when its day is run again.

    Raises:
        GatewayError: if the gateway does not answer; the gate stays shut.

    Source: docs/explanation/exactly-once.md, «After a restore».
    """
    found = compare_with_gateway()
    settled = _settle(found.open_keys, now=now)
    strays = found.strays
    if strays and refunds_strays:
        give_back(strays)
        strays = compare_with_gateway().strays
    if not strays:
        restore_gate.open_again()
    return Reconciled(found.charges, settled, strays, is_open=not strays)


_REGIONS = """
select c.region_id as region, array_agg(distinct a.idempotency_key) as keys
from billing_paymentattempt a join accounts_company c on c.id = a.company_id
where a.idempotency_key = any(%s) group by 1 order by 1
"""


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
