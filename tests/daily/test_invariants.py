"""Each law of the book notices that it is broken: a check that cannot fail proves nothing."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from perenne.accounts.queries import person_member
from perenne.daily.invariants import ALL, breaches
from perenne.platform.clock import moment_of
from perenne.rules.actions import Action
from perenne.seats.operations.grouping import GroupEdit, make_group
from perenne.support.operations.colleagues import ColleagueAsking, ask_colleagues
from tests.daily.test_book_invariants import BOOK_PLANTS
from tests.support.asking import a_request
from tests.support.builders import (
    a_card,
    a_company,
    a_method,
    a_person,
    a_specialist,
    a_subscription,
    an_assignment,
)
from tests.support.paths import ROOT
from tests.support.quoting import QUOTE_PLANTS, an_open_and_an_accepted_quote
from tests.support.seats import administrator_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

TODAY = date(2026, 12, 10)

# What breaks a law, as SQL that runs with triggers and foreign keys off. Constraints that would
# refuse it are dropped first: the check must see what they let through.
PLANTS: dict[str, str] = {
    "L1": "update billing_ledgerentry set amount_minor = amount_minor + 1 where account = 'cash'",
    "L2": "insert into billing_ledgertransaction "
    "(id, company_id, kind, subject, business_day, booked_at) "
    "select 'ltx_x', company_id, 'sale', 'x', business_day, booked_at "
    "from billing_ledgertransaction limit 1",
    "L3": "drop trigger append_only on billing_invoice",
    "L4": "update billing_payment set amount_minor = amount_minor + 100",
    "L8": "update billing_invoice set net_minor = net_minor + 100, gross_minor = gross_minor + 100",
    "L9": "update billing_order set net_minor = net_minor + 1, gross_minor = gross_minor + 1 "
    "where currency = 'TWD'",
    "L11": "update billing_ledgerentry set currency = 'JPY'",
    "P1": "alter table billing_order drop constraint billing_order_attempt_id_key; "
    "insert into billing_order select (jsonb_populate_record(o, jsonb_build_object("
    "'id', 'ord_x'))).* from billing_order o limit 1",
    "P2": "drop index one_live_attempt_per_subscription; "
    "insert into billing_paymentattempt select (jsonb_populate_record(a, jsonb_build_object("
    "'id', a.id || n, 'idempotency_key', a.id || n, 'state', 'unknown', 'settled_at', null, "
    "'retry_day', null))).* "
    "from billing_paymentattempt a, generate_series(1, 2) n where a.state = 'succeeded'",
    "P3": "update billing_payment set amount_minor = amount_minor - 100",
    "P6": "alter table billing_order disable trigger all; update billing_paymentattempt "
    "set state = 'unknown', settled_at = null where state = 'succeeded'",
    "P8": "update billing_paymentattempt set state = 'declined', decline_kind = 'declined' "
    "where state = 'succeeded'",
    "P10": "update billing_orderline set net_minor = net_minor + 1",
    "A9": "update billing_invoice set number = number + 7",
    "T1": "update subscriptions_term set starts_on = starts_on + 1 where came_by = 'renewal'",
    "T2": "update subscriptions_subscription set renews_on = renews_on + 1",
    "T3": "update subscriptions_term set renews_on = renews_on + 1 where came_by = 'renewal'",
    "T10": "update subscriptions_term set seats = seats + 1",
    "U1": "insert into subscriptions_seatchange (subscription_id, effective_on, seats, reason) "
    "select subscription_id, '2026-01-01', -3, 'renewal' from subscriptions_assignment limit 1",
    "U2": "update subscriptions_assignment set company_id = (select id from accounts_company "
    "where id <> company_id limit 1)",
    "U2b": "drop index person_holds_one_seat; insert into subscriptions_assignment "
    "select (jsonb_populate_record(a, jsonb_build_object('id', 'asg_x'))).* "
    "from subscriptions_assignment a where released_on is null limit 1",
    "U6": "insert into subscriptions_assignment select (jsonb_populate_record(a, "
    "jsonb_build_object('id', 'asg_x', 'person_id', 'prs_x', 'last_used_on', '2026-12-09', "
    "'released_on', '2026-12-10', 'released_because', 'seats reduced'))).* "
    "from subscriptions_assignment a where granted_by = 'book' limit 1",
    "U7": "insert into seats_waitingperson (company_id, person_id, product_id, granted_by, since, "
    "ended_because) select company_id, person_id, 'LT', 'administrator', now(), '' "
    "from subscriptions_assignment limit 1",
    "U8": "update seats_groupproduct set carried_until = '2026-12-10'",
    "U9": "delete from platform_journalentry where kind = 'seats.assigned'",
    "T4": "update subscriptions_subscription set ended_on = '2020-01-01', "
    "ended_because = 'expired'",
    "T4b": "update subscriptions_subscription set ended_on = null, ended_because = ''",
    "T5": "update billing_order set business_day = term_starts_on - 91",
    "T6": "update renewals_planrevision set renews_automatically = false",
    "T7": "update subscriptions_subscription set ended_on = null, ended_because = ''",
    "T9": "delete from subscriptions_term where came_by = 'imported'",
    "M4": "delete from platform_journalentry where kind = 'subscription.renewed'",
    "M1": "alter table notices_notice drop constraint told_once; "
    "insert into notices_notice (subscription_id, renews_on, kind, milestone, recipient, mail_id) "
    "select subscription_id, renews_on, kind, milestone, recipient, mail_id from notices_notice",
    "M2": "update notices_mail set business_day = '2030-01-01'",
    "M3": "delete from notices_notice",
    **QUOTE_PLANTS,
    "C1": "alter table support_contactrequest drop constraint request_has_one_owner; "
    "update support_contactrequest set staff_id = null where state = 'open'",
    "C2": "update support_contactrequest set overdue_told_for = null",
    "C3": "update support_contactrequest set answer_by = answer_by + interval '1 day'",
    "C4": "delete from platform_journalentry where kind = 'contact_request.made'",
    "C5": "delete from notices_mail where kind = 'contact_colleague'",
    "U4": "delete from accounts_personrole where role = 'primary_admin'",
    "U3": "update accounts_person set deactivated_at = '2026-01-01'",
    "X6": "alter table accounts_rolehandover drop constraint handover_takes_two; "
    "insert into accounts_rolehandover (id, company_id, taker_id, proposer_id, proposed_at, "
    "expires_at, decided_by_id, decided_at, outcome) select 'hov_x', company_id, id, id, now(), "
    "now(), id, now(), 'accepted' from accounts_person limit 1",
    "T12": "insert into daily_finishedday (region_id, day, finished_at, was_run, reminded, "
    "reminders, renewed, declined, past_due, expired, amount_minor, currency) "
    "select region_id, day + 2, finished_at, false, true, 0, 0, 0, 0, 0, 0, currency "
    "from daily_finishedday order by day desc limit 1",
    "T12b": "update daily_finishedday set renewed = renewed + 1 where was_run",
}


@pytest.fixture
def lived_in(world_on: Callable[[date], World]) -> World:
    """A book in which something of everything has happened."""
    world = world_on(TODAY)
    company = a_company()
    taiwanese = a_company(region="TW", locale="zh-Hant")
    by_card = a_subscription(
        renews_on=TODAY,
        company=company,
        seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    an_assignment(
        by_card,
        a_person(company, name="Ulf", role="named_user"),
        assigned_on=date(2025, 12, 10),
    )
    a_subscription(
        renews_on=TODAY,
        company=taiwanese,
        renews_automatically=True,
        pays_with=a_method(taiwanese, kind="invoice"),
    )
    a_subscription(renews_on=TODAY, company=company)
    a_subscription(renews_on=date(2027, 1, 9), company=company)
    an_open_and_an_accepted_quote(world, company)
    a_specialist()
    a_request(company, now=moment_of(date(2026, 12, 8)))
    ask_colleagues(
        ColleagueAsking(
            subscription_id=by_card.pk,
            action=Action.ADD_SEATS,
            message="Two more seats, please.",
            form_key="form_1",
        ),
        member=person_member(a_person(company, name="Uli", role="viewer")),
        now=moment_of(date(2026, 12, 8)),
    )
    make_group(
        GroupEdit(
            name="Design",
            add_people=(a_person(company, name="Vera", role="named_user").pk,),
            add_products=("LT",),
        ),
        by=administrator_of(company),
        now=moment_of(date(2026, 12, 9)),
    )
    world.run_today()
    return world


def broken() -> set[str]:
    return {invariant.code for invariant, breach in breaches() if breach is not None}


def test_a_book_in_which_all_went_well_breaks_no_law(lived_in):
    assert broken() == set()


def test_every_law_has_a_planted_violation():
    assert {invariant.code for invariant in ALL} == set(PLANTS) | set(BOOK_PLANTS)


def test_every_law_is_in_the_reference():
    page = (ROOT / "docs" / "reference" / "invariants.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| ([A-Z]\w*) \| (.+) \|$", page, flags=re.MULTILINE))

    assert listed == {invariant.code: invariant.law for invariant in ALL}


@pytest.mark.parametrize("code", PLANTS)
def test_a_planted_violation_is_found(lived_in, code):
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        for statement in PLANTS[code].split("; "):
            cursor.execute(statement)
        cursor.execute("set session_replication_role = origin")

    assert code in broken()
