"""What a partner earns as an agency, and pays in a resale; and what each of them is shown."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from tests.support.builders import Sold, a_card, a_company, a_partner, a_subscription
from tests.support.changing import change
from tests.support.money import books_are_sound, by_staff, ledger, the_order
from tests.support.policies import with_setting

from perenne.billing.book_queries import partner_statement, totals_of
from perenne.billing.crediting import CreditWish, issue_credits
from perenne.billing.giving_back import GiveBack
from perenne.billing.models import Invoice, OrderLine, Payment
from perenne.rules.trace import from_json, recompute

TODAY = date(2026, 12, 10)
ONE_DAY = timedelta(1)
SINCE, UNTIL = date(2026, 12, 1), date(2027, 1, 1)


def due_through(*, model, seats=1, region="US", renewable_online=None):
    company = a_company(region=region)
    partner = a_partner(region=region)
    subscription = a_subscription(
        renews_on=TODAY,
        company=company,
        seats=seats,
        renews_automatically=True,
        pays_with=a_card(company),
        sold=Sold("partner", partner=partner),
        renewable_online=renewable_online,
    )
    subscription.contract.partner_model = model
    subscription.contract.save()
    return subscription, partner


def test_without_a_policy_partners_change_no_amount(world_on):
    world = world_on(TODAY)
    subscriptions = [due_through(model=model)[0] for model in ("agency", "resale")]

    world.run_today()

    assert [the_order(one).net_minor for one in subscriptions] == [42000, 42000]
    assert not any("partner_payable" in ledger(one.company) for one in subscriptions)


def test_seats_and_renewals_that_an_agencys_customer_buys_on_line_earn_their_share(world_on):
    world = world_on(TODAY - 9 * ONE_DAY)
    with_setting("partner_share", "0.15")
    subscription, partner = due_through(model="agency", renewable_online=True)

    change(world, "add_seats", subscription, seats=1)
    change(world, "renew", subscription)

    lines = partner_statement(partner.pk, since=SINCE, until=UNTIL)
    assert [(line.net_minor, line.earned_minor) for line in lines] == [(1152, 173), (84000, 12600)]
    assert books_are_sound()


def test_what_a_resellers_customer_buys_on_line_is_the_customers_own(world_on):
    """Nobody is shown, or charged, what the reseller pays."""
    world = world_on(TODAY - 9 * ONE_DAY)
    with_setting("resale_discount", "0.155")
    subscription, partner = due_through(model="resale", renewable_online=True)

    done = change(world, "renew", subscription)

    assert done.preview.net_minor == Payment.objects.get().amount_minor == 42000
    assert Invoice.objects.get().partner is None
    assert partner_statement(partner.pk, since=SINCE, until=UNTIL) == []
    assert books_are_sound()


def test_an_agency_earns_its_share_and_less_when_seats_come_back(world_on):
    world = world_on(TODAY)
    with_setting("partner_share", "0.15")
    subscription, partner = due_through(model="agency", seats=2)
    world.run_today()

    assert Invoice.objects.get().partner is None, "the vendor bills the customer"
    assert ledger(subscription.company) == {
        "cash": 84000,
        "deferred_revenue": -71400,
        "partner_payable": -12600,
    }
    wish = CreditWish(
        order=the_order(subscription).pk, reason="return", to=GiveBack.TO_CREDIT, seats=1
    )
    with transaction.atomic():
        issue_credits([wish], occasion=by_staff(world))

    lines = partner_statement(partner.pk, since=SINCE, until=UNTIL)
    assert [(line.document, line.net_minor, line.earned_minor) for line in lines] == [
        ("C-000001", -42000, -6300),
        ("R-000001", 84000, 12600),
    ]
    assert totals_of(lines) == {"USD": (42000, 6300, 0)}
    assert ledger(subscription.company)["partner_payable"] == -6300
    assert partner_statement(partner.pk, since=UNTIL, until=date(2028, 1, 1)) == []
    assert books_are_sound()


def test_a_reseller_is_invoiced_less_and_the_trace_says_why(world_on):
    world = world_on(TODAY)
    with_setting("resale_discount", "0.155")
    _, partner = due_through(model="resale", region="TW", seats=3)
    world.run_today()

    invoice = Invoice.objects.get()
    assert (invoice.partner, invoice.net_minor, invoice.tax_minor) == (partner, 3353800, 167700)
    assert invoice.due_on == TODAY + 30 * ONE_DAY, "on account: the customer's card is not charged"
    assert Payment.objects.count() == 0
    line = OrderLine.objects.get()
    assert recompute(from_json(line.trace)) == line.net_minor
    (told,) = partner_statement(partner.pk, since=SINCE, until=UNTIL)
    assert (told.model, told.earned_minor, told.invoiced_minor) == ("resale", 0, 3353800)
    assert books_are_sound()
