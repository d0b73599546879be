"""Money that comes by bank: whose it is, what it pays, and changes that wait for it."""

from datetime import date, timedelta

import pytest

from perenne.billing.bank import set_line_aside, unmatched_lines
from perenne.billing.errors import PaymentRefusedError
from perenne.billing.models import Invoice, Payment
from perenne.platform.writing import atomic
from perenne.renewals.changes.queries import ChangeState, change_view
from perenne.renewals.models import Change
from perenne.renewals.operations.receiving import match_again, match_by_hand
from perenne.rules.bank_matching import MatchedBy, NoMatch
from perenne.rules.refusals import InProgress
from perenne.subscriptions.models import Subscription
from tests.support.builders import Sold, a_company, a_method, a_partner, a_subscription
from tests.support.changing import change, refusals
from tests.support.money import (
    a_bank_line,
    a_reserved_renewal,
    bank_brings,
    books_are_sound,
    by_staff,
    credit_minor,
    ledger,
    the_invoice,
)

TODAY = date(2026, 12, 10)
ONE_DAY = timedelta(1)


def on_account(*, name="Atelier Nord", sold=None, company=None):
    company = company or a_company(name=name)
    return a_subscription(
        renews_on=TODAY,
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
        **({"sold": sold} if sold else {}),
    )


def test_whose_money_is_it(world_on):
    world = world_on(TODAY)
    first = on_account(name="Atelier Nord")
    second = on_account(name="Tōkyō 測量 GmbH")
    world.run_today()
    number = str(the_invoice(first))

    received = bank_brings(
        world,
        a_bank_line(42000, text=f"Rg. {number.lower().replace('-', ' ')} danke"),
        a_bank_line(42000, payer="ＴŌＫＹŌ  測量 gmbh", text="software"),
        a_bank_line(42000, payer="Somebody Else", text="software"),
        a_bank_line(-900, text="fee"),
    )

    assert [one.by for one in received] == [
        MatchedBy.NUMBER,
        MatchedBy.AMOUNT,
        NoMatch.NOTHING_NAMED,
    ]
    assert ledger(first.company)["cash"] == ledger(second.company)["cash"] == 42000
    assert [line.told.payer for line in unmatched_lines()] == ["Somebody Else"]
    assert books_are_sound()


def test_the_same_amount_twice_is_not_guessed(world_on):
    world = world_on(TODAY)
    company = a_company()
    on_account(company=company)
    on_account(company=company)
    world.run_today()
    assert Invoice.objects.count() == 2, "each has a payment method of its own"

    received = bank_brings(world, a_bank_line(42000, payer="Atelier Nord"))

    assert [one.by for one in received] == [NoMatch.AMBIGUOUS]
    assert Payment.objects.count() == 0


def test_what_is_too_much_or_paid_twice_is_kept_as_credit(world_on):
    world = world_on(TODAY)
    subscription = on_account()
    world.run_today()
    number = str(the_invoice(subscription))

    bank_brings(world, a_bank_line(50000, text=number), a_bank_line(42000, text=number))

    assert credit_minor(subscription.company) == 8000 + 42000
    assert ledger(subscription.company) == {
        "cash": 92000,
        "customer_credit": -50000,
        "deferred_revenue": -42000,
    }
    assert books_are_sound()


def test_a_reseller_pays_the_invoices_of_two_customers_with_one_transfer(world_on):
    world = world_on(TODAY)
    partner = a_partner()
    resold = [on_account(sold=Sold("partner", partner=partner)) for _ in range(2)]
    for one in resold:
        one.contract.partner_model = "resale"
        one.contract.save()
    world.run_today()
    numbers = " ".join(str(the_invoice(one)) for one in resold)
    assert {invoice.partner for invoice in Invoice.objects.all()} == {partner}

    bank_brings(world, a_bank_line(85000, payer="Nordlicht IT", text=numbers))

    assert sorted(payment.amount_minor for payment in Payment.objects.all()) == [42000, 43000]
    assert ledger(resold[0].company)["customer_credit"] == -1000
    assert books_are_sound()


def test_a_person_says_what_money_is_for(world_on):
    world = world_on(TODAY)
    subscription = on_account()
    world.run_today()
    bank_brings(world, a_bank_line(42000), a_bank_line(700), a_bank_line(500, payer="Tax Office"))
    paying, gift, wrong = (line.id for line in unmatched_lines())
    occasion = by_staff(world)

    match_by_hand(paying, names=[str(the_invoice(subscription))], company="", occasion=occasion)
    match_by_hand(gift, names=[], company=subscription.company.code, occasion=occasion)
    with atomic("aside"):
        set_line_aside(wrong, reason="a tax refund", occasion=occasion)

    assert unmatched_lines() == []
    assert credit_minor(subscription.company) == 700
    for line in (paying, wrong):
        with pytest.raises(PaymentRefusedError):
            match_by_hand(line, names=[], company=subscription.company.code, occasion=occasion)
    assert books_are_sound()


@pytest.mark.parametrize(
    ("names", "company", "said"),
    [
        (["R-000099"], "", "no invoice and no reserved change"),
        ([], "T99999", "no company"),
        ([], "", "name an invoice"),
    ],
)
def test_what_a_person_says_must_mean_something(world_on, names, company, said):
    world = world_on(TODAY)
    bank_brings(world, a_bank_line(42000))
    line = unmatched_lines()[0].id

    with pytest.raises(PaymentRefusedError, match=said):
        match_by_hand(line, names=names, company=company, occasion=by_staff(world))

    assert [one.id for one in unmatched_lines()] == [line]


def test_money_that_came_before_its_invoice_is_found_later(world_on):
    world = world_on(TODAY)
    subscription = on_account()
    bank_brings(world, a_bank_line(42000, text="R-000001"))
    world.run_today()

    again = match_again(occasion=by_staff(world))

    assert [one.by for one in again] == [MatchedBy.NUMBER]
    assert ledger(subscription.company)["cash"] == 42000


def a_transfer(world, *, last_day):
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY + 45 * ONE_DAY,
        company=company,
        pays_with=a_method(company, kind="bank_transfer"),
    )
    return subscription, a_reserved_renewal(subscription, world, last_day=last_day)


def test_can_i_renew_by_bank_transfer(world_on):
    """It waits for the money for 14 days, for both subscriptions, and is renewed as shown."""
    world = world_on(TODAY)
    company = a_company()
    method = a_method(company, kind="bank_transfer")
    two = [
        a_subscription(renews_on=TODAY + n * ONE_DAY, company=company, pays_with=method)
        for n in (30, 45)
    ]

    asked = change(world, "renew", *two)

    assert (asked.state, asked.preview.gross_minor) == (ChangeState.RESERVED, 84000)
    assert asked.preview.reserved_until == asked.transfer.last_day == TODAY + 14 * ONE_DAY
    assert refusals(world, "renew", two[0]) == (InProgress(),)
    bank_brings(world, a_bank_line(84000, text=asked.transfer.reference))
    done = change_view(Change.objects.get(pk=asked.id), now=world.now)
    assert (done.state, len(done.orders)) == (ChangeState.DONE, 2)
    assert ledger(company) == {"cash": 84000, "deferred_revenue": -84000}
    assert books_are_sound()


@pytest.mark.parametrize(("automatic", "days"), [(True, 6), (False, 2)])
def test_a_transfer_is_awaited_no_longer_than_it_could_be_renewed(world_on, automatic, days):
    """By itself tried, it stays renewable for seven days; otherwise it ends on the renewal day."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY if automatic else TODAY + 3 * ONE_DAY,
        company=company,
        renews_automatically=automatic,
        pays_with=a_method(company, kind="bank_transfer"),
    )
    if automatic:
        world.run_today()

    asked = change(world, "renew", subscription)
    assert asked.transfer.last_day == TODAY + days * ONE_DAY

    for _ in range(days + 1):
        world.today += ONE_DAY
        world.run_today()
    lapsed = change_view(Change.objects.get(pk=asked.id), now=world.now)
    assert (lapsed.state, lapsed.declined) == (ChangeState.DECLINED, "transfer_lapsed")
    assert Subscription.objects.get(pk=subscription.pk).ended_on == world.today
    assert books_are_sound()


def test_credit_that_covers_a_transfer_leaves_nothing_to_wait_for(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY + 30 * ONE_DAY,
        company=company,
        pays_with=a_method(company, kind="bank_transfer"),
    )
    bank_brings(world, a_bank_line(42000))
    match_by_hand(unmatched_lines()[0].id, names=(), company=company.code, occasion=by_staff(world))

    done = change(world, "renew", subscription)

    assert (done.state, done.transfer, credit_minor(company)) == (ChangeState.DONE, None, 0)
    assert books_are_sound()


def test_a_reserved_change_is_executed_by_its_money(world_on):
    world = world_on(TODAY)
    subscription, reference = a_transfer(world, last_day=TODAY + 14 * ONE_DAY)

    bank_brings(world, a_bank_line(42000, text=f"RF {reference[:6]} {reference[6:].lower()}"))

    world.expect(
        [
            (TODAY, "transfer.reserved amount_minor=42000 last_day=2026-12-24"),
            (TODAY, "subscription.renewed renews_on=2028-01-24 seats=1 net_minor=42000"),
            (
                TODAY,
                "payment.received amount_minor=42000 invoices=['R-000001'] to_credit_minor=0",
            ),
            (TODAY, "invoice.paid number=R-000001"),
        ]
    )
    assert Subscription.objects.get(pk=subscription.pk).renews_on == date(2028, 1, 24)
    world.advance_to(TODAY + 16 * ONE_DAY, expect=[])
    assert books_are_sound()


def test_a_reserved_change_lapses_visibly_and_late_money_is_kept(world_on):
    world = world_on(TODAY)
    subscription, reference = a_transfer(world, last_day=TODAY + 2 * ONE_DAY)

    world.advance_to(
        TODAY + 4 * ONE_DAY,
        expect=[
            (TODAY, "transfer.reserved amount_minor=42000 last_day=2026-12-12"),
            (TODAY + 3 * ONE_DAY, "payment.declined reason=transfer_lapsed"),
        ],
    )
    bank_brings(world, a_bank_line(42000, text=reference))

    world.expect(
        [
            (
                TODAY + 4 * ONE_DAY,
                "payment.received amount_minor=42000 invoices=[] to_credit_minor=42000",
            )
        ]
    )
    assert credit_minor(subscription.company) == 42000
    assert books_are_sound()


def test_money_that_is_too_short_is_kept_until_the_rest_comes(world_on):
    world = world_on(TODAY)
    subscription, reference = a_transfer(world, last_day=TODAY + 14 * ONE_DAY)

    bank_brings(world, a_bank_line(30000, text=reference))
    assert credit_minor(subscription.company) == 30000
    bank_brings(world, a_bank_line(12500, text=reference))

    assert Subscription.objects.get(pk=subscription.pk).renews_on == date(2028, 1, 24)
    assert credit_minor(subscription.company) == 500
    assert books_are_sound()
