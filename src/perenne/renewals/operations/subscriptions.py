"""Move subscription rows along with what was sold for them: lock, open, move, end."""

from collections.abc import Sequence

from django.db import connection

from perenne.billing.sales import Sale
from perenne.platform.bulk import as_array, copy_in, select
from perenne.subscriptions.models import Contract, Subscription


def lock_subscriptions(identities: Sequence[str]) -> None:
    """Lock these subscriptions in the order of their ids, so that two sets never deadlock."""
    select(
        "select id from subscriptions_subscription where id = any(%s::text[]) "
        "order by id for update",
        [as_array(identities)],
    )


def open_subscriptions(sales: Sequence[Sale]) -> None:
    """Append the subscriptions that begin with their sale, and their contracts if those begin too.

    Term and plan follow; codes come from a sequence, so a rollback may leave a gap.
    """
    opening = [(sale, sale.opens, sale.term) for sale in sales if sale.opens and sale.term]
    if not opening:
        return
    contracts = [sale for sale, opens, _ in opening if opens.opens_contract]
    copy_in(
        Contract,
        "id code company_id channel partner_model".split(),
        (
            (sale.contract, f"N110-{number:05d}", sale.company, "online", "")
            for sale, number in zip(contracts, _numbers(len(contracts)), strict=True)
        ),
    )
    copy_in(
        Subscription,
        "id code company_id contract_id region_id anchor_day renewable_online successor_of_id "
        "renews_on plan_revision version ended_because".split(),
        (
            (
                sale.subscription,
                f"N{number:06d}",
                sale.company,
                sale.contract,
                sale.region,
                opens.anchor,
                opens.renewable_online,
                opens.successor_of,
                term.renews_on,
                sale.plan_revision,
                sale.version,
                "",
            )
            for (sale, opens, term), number in zip(opening, _numbers(len(opening)), strict=True)
        ),
    )


def _numbers(how_many: int) -> list[int]:
    rows = select(
        "select nextval('subscriptions_number') as number from generate_series(1, %s)", [how_many]
    )
    return [row["number"] for row in rows]


_MOVE = """
update subscriptions_subscription s
set renews_on = coalesce(nullif(v.renews_on, '-')::date, s.renews_on),
    anchor_day = coalesce(nullif(v.anchor, '-')::int, s.anchor_day),
    plan_revision = s.plan_revision + v.plans,
    version = s.version + 1
from unnest(%(ids)s::text[], %(renews_on)s::text[], %(anchors)s::text[], %(plans)s::int[])
     as v(id, renews_on, anchor, plans)
where s.id = v.id
"""


def move_subscriptions(sales: Sequence[Sale]) -> None:
    """Bring renewal day, anchor, plan and version up to what was sold."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            {
                "ids": as_array([sale.subscription for sale in sales]),
                "renews_on": as_array(
                    ["-" if sale.term is None else str(sale.term.renews_on) for sale in sales]
                ),
                "anchors": as_array([str(sale.anchor or "-") for sale in sales]),
                "plans": as_array(["0" if sale.plan is None else "1" for sale in sales]),
            },
        )


def end_merged(sales: Sequence[Sale]) -> None:
    """End the subscriptions that another one took in, on the day on which its new term begins."""
    merged = [(identity, sale.starts_on) for sale in sales for identity in sale.merges]
    if not merged:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_subscription s set ended_on = v.day, ended_because = 'switched', "
            "version = s.version + 1 from unnest(%s::text[], %s::date[]) as v(id, day) "
            "where s.id = v.id",
            [list(column) for column in zip(*merged, strict=True)],
        )
