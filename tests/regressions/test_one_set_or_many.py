"""One set of N and N sets of one leave equal rows, whatever is in the set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perenne.platform.bulk import select
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.trying import automatic_try, try_to_renew
from tests.regressions.cases import TODAY, due_by_debit
from tests.support.builders import a_card, a_company, a_method, a_subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

CARDS = {"paid": "4242", "broke": "9995", "lost": "9987", "lies": "5011", "fails": "5002"}
WAYS = (*CARDS, "on account", "debit", "no method", "by hand")
OFFERS = ("LT/named_user/12", "LT/named_user/1", "DRAFT/named_user/12")

Case = tuple[str, str, int, int, str]
CASES = st.lists(
    st.tuples(
        st.sampled_from(WAYS),
        st.sampled_from(OFFERS),
        st.integers(1, 9),
        st.integers(1, 9),
        st.sampled_from(("US", "TW", "EU")),
    ),
    min_size=2,
    max_size=9,
)

# Each table's rows by subscription, without ids and without what a clock or a session gives.
ROWS = {
    "attempts": (
        "select a.subscription_id as of, to_jsonb(a) - '{id,idempotency_key,charge_id,lease_no,"
        "lease_pid,lease_until,sent_at}'::text[] as row from billing_paymentattempt a"
    ),
    "orders": (
        "select o.subscription_id as of, to_jsonb(o) - '{id,attempt_id}'::text[] as row "
        "from billing_order o"
    ),
    "lines": (
        "select o.subscription_id as of, to_jsonb(l) - '{id,order_id}'::text[] as row "
        "from billing_orderline l join billing_order o on o.id = l.order_id"
    ),
    "invoices": (
        "select o.subscription_id as of, (to_jsonb(i) - '{id,number}'::text[]) || "
        "(to_jsonb(l) - '{id,invoice_id,order_id}'::text[]) as row from billing_invoice i "
        "join billing_invoiceline l on l.invoice_id = i.id "
        "join billing_order o on o.id = l.order_id"
    ),
    "payments": (
        "select a.subscription_id as of, (to_jsonb(p) - '{id,charge_key,charge_id}'::text[]) || "
        "(to_jsonb(l) - '{id,payment_id,invoice_id}'::text[]) as row from billing_payment p "
        "join billing_paymentattempt a on a.idempotency_key = p.charge_key "
        "join billing_paymentallocation l on l.payment_id = p.id"
    ),
    "ledger": (
        "select o.subscription_id as of, (to_jsonb(t) - '{id,subject}'::text[]) || "
        "(to_jsonb(e) - '{id,transaction_id}'::text[]) as row from billing_ledgerentry e "
        "join billing_ledgertransaction t on t.id = e.transaction_id "
        "left join billing_payment p on p.id = t.subject "
        "left join billing_paymentattempt a on a.idempotency_key = p.charge_key "
        "join billing_order o on o.id = t.subject or o.attempt_id = a.id"
    ),
    "terms": (
        "select t.subscription_id as of, to_jsonb(t) - '{id,order_id}'::text[] as row "
        "from subscriptions_term t"
    ),
    "seats": (
        "select c.subscription_id as of, to_jsonb(c) - '{id}'::text[] as row "
        "from subscriptions_seatchange c"
    ),
    "plans": (
        "select p.subscription_id as of, to_jsonb(p) - '{id}'::text[] as row "
        "from renewals_planrevision p"
    ),
    "subscriptions": "select s.id as of, to_jsonb(s) as row from subscriptions_subscription s",
    "set aside": (
        "select x.subscription_id as of, x.business_day::text as row "
        "from renewals_parkedsubscription x"
    ),
    "journal": (
        "select j.subject as of, (to_jsonb(j) - '{id,facts,once_key}'::text[]) || (j.facts "
        "- 'order' - 'attempt' - case when j.kind = 'subscription.parked' then 'reason' else '' end"
        ") as row from platform_journalentry j where j.actor = 'run'"
    ),
}
NUMBERS = "select seller, array_agg(number order by number) as n from billing_invoice group by 1"


def a_case(case: Case) -> str:
    way, offer, seats, next_seats, region = case
    if way == "debit":
        return due_by_debit().pk
    company = a_company(region=region)
    pays_with = None
    if way in CARDS or way == "by hand":
        pays_with = a_card(company, last4=CARDS.get(way, "4242"))
    elif way == "on account":
        pays_with = a_method(company, kind="invoice")
    return a_subscription(
        renews_on=TODAY,
        company=company,
        offer=offer,
        seats=seats,
        next_seats=min(seats, next_seats),
        renews_automatically=way != "by hand",
        pays_with=pays_with,
    ).pk


def left_by(sets: Sequence[Sequence[str]], occasion: Occasion) -> dict[str, list[str]]:
    """All rows that are there once these sets were tried one after the other; taken back then."""
    with transaction.atomic():
        for one in sets:
            try_to_renew(one, automatic_try(TODAY), occasion=occasion)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
        found = {
            name: sorted(f"{row['of']} {row['row']}" for row in select(query))
            for name, query in ROWS.items()
        }
        found["invoice numbers"] = sorted(map(str, select(NUMBERS)))
        transaction.set_rollback(True)
    return found


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cases=CASES)
def test_one_set_of_n_and_n_sets_of_one_leave_equal_rows(world_on, cases):
    occasion = Occasion(TODAY, "run", the_world(world_on).now)
    identities = sorted(a_case(case) for case in cases)

    at_once = left_by([identities], occasion)
    one_by_one = left_by([[identity] for identity in identities], occasion)

    assert at_once == one_by_one
    assert len(at_once["attempts"]) == sum(way != "by hand" for way, *_ in cases)


_made = []


def the_world(world_on):
    """One world for all examples of this run: each leaves its book behind, and no more."""
    if not _made:
        _made.append(world_on(TODAY))
    return _made[0]
