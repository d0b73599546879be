"""What people ask about quotes, through the real stack."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from perenne.accounts.models import ApprovalRule
from perenne.catalog.models import Price, PriceList
from perenne.notices.models import Mail
from perenne.platform.models import JournalEntry
from perenne.quotes.errors import QuoteRefusedError, UnknownQuoteError
from perenne.quotes.models import Hold, QuoteVersion
from perenne.quotes.operations.accepting import Acceptance, accept_quote
from perenne.quotes.operations.answering import Answer, answer_quote
from perenne.quotes.operations.drafting import Choice, revise_quote
from perenne.quotes.operations.ending import decline_quote, withdraw_quote
from perenne.quotes.operations.sending import send_quote
from perenne.quotes.sealing import link_token
from perenne.renewals.changes.queries import ChangeState, change_view
from perenne.renewals.errors import ChangedSinceError
from perenne.renewals.models import Change
from perenne.rules.quotes import (
    AnotherOpen,
    ApprovalAwaited,
    NoLongerValid,
    NotYourStep,
    StepImpossible,
    ValidTooLong,
)
from perenne.rules.refusals import HeldByQuote
from tests.support.asking import acting, acting_for
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_method,
    a_partner,
    a_person,
    a_sales_person,
    a_subscription,
    contract_manager_of,
    member_of,
)
from tests.support.changing import change, previewed, refusals
from tests.support.quoting import YEARS, a_draft, accepted, drafted, quoted, version_of

TODAY = date(2026, 12, 1)
RENEWS_ON = date(2026, 12, 20)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def subscription(company):
    return a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        seats=10,
        renews_automatically=True,
        pays_with=a_card(company),
    )


def prices_double(world, *, from_day):
    old = PriceList.objects.filter(region="US").order_by("-valid_from").first()
    dearer = PriceList.objects.create(
        id="prl_dearer",
        region_id="US",
        version=old.version + 100,
        valid_from=from_day,
        published_at=world.now,
    )
    for price in Price.objects.filter(price_list=old):
        price.pk = None
        price.price_list = dearer
        price.new_minor *= 2
        price.renewal_minor *= 2
        price.save()
    JournalEntry.objects.create(
        kind="catalogue.published",
        subject="prl_dearer",
        company="",
        region="US",
        business_day=world.today,
        happened_at=world.now,
        actor="test",
        facts={},
    )


def refused(work):
    with pytest.raises(QuoteRefusedError) as error:
        work()
    return error.value.refusals


def renews_on(subscription):
    subscription.refresh_from_db()
    return subscription.renews_on


def test_can_i_have_one_year_and_three_years_in_writing_and_accept_one(
    world, company, subscription
):
    ana = contract_manager_of(company)

    number = quoted(world, subscription)
    world.run_today()
    bought = accepted(world, number, "B", by=ana)

    view = change_view(Change.objects.get(pk=bought), now=world.now)
    assert view.state is ChangeState.DONE
    assert renews_on(subscription) == date(2029, 12, 20)
    version = version_of(number)
    assert (version.state, version.accepted_option) == ("accepted", "B")
    assert version.options.get(letter="B").gross_minor == view.preview.gross_minor
    world.expect(
        [
            (TODAY, "quote.drafted version=1"),
            (TODAY, "quote.sent version=1 valid_through=2026-12-26"),
            (TODAY, "quote.accepted version=1 option=B"),
            (TODAY, "subscription.renewed renews_on=2029-12-20 seats=10 net_minor=1179000"),
        ]
    )


def test_what_is_in_the_mail_about_my_quote(world, subscription):
    number = quoted(world, subscription, message="As we talked about.")

    mail = Mail.objects.get(kind="quote_sent")
    assert mail.subject == f"Quote {number} valid until Sat 26 Dec 2026"
    assert "Option A" in mail.text
    assert "> As we talked about." in mail.text
    assert "holds automatic renewal through 26 Dec 2026" in mail.text


def test_does_my_subscription_renew_by_itself_while_the_quote_is_open(world, subscription):
    quoted(world, subscription)
    world.expect(
        [
            (TODAY, "quote.drafted version=1"),
            (TODAY, "quote.sent version=1 valid_through=2026-12-26"),
        ]
    )

    world.advance_to(
        date(2026, 12, 26),
        expect=[
            (date(2026, 12, 5), "reminder.sent days_before=15"),
            (date(2026, 12, 13), "reminder.sent days_before=7"),
            (date(2026, 12, 19), "reminder.sent days_before=1"),
            (date(2026, 12, 19), "quote.expiring version=1 days_left=7"),
            (RENEWS_ON, "subscription.past_due"),
            (date(2026, 12, 25), "quote.expiring version=1 days_left=1"),
        ],
    )
    assert renews_on(subscription) == RENEWS_ON


def test_does_the_reminder_say_that_a_quote_holds_my_renewal(world, subscription):
    number = quoted(world, subscription)
    world.today = date(2026, 12, 5)

    world.run_today()

    mail = Mail.objects.get(kind="renewal_reminder")
    assert f"Quote {number} is open and holds this renewal" in mail.text


def test_what_happens_when_the_quote_expires(world, subscription):
    quoted(world, subscription)
    world.today = date(2026, 12, 26)
    world.run_today()

    world.today += timedelta(1)
    world.run_today()

    assert renews_on(subscription) == date(2027, 12, 20)
    assert QuoteVersion.objects.get().state == "expired"
    assert Mail.objects.filter(kind="quote_expired").exists()


def test_what_happens_when_i_decline_after_the_renewal_day(world, company, subscription):
    number = quoted(world, subscription)
    world.today = date(2026, 12, 22)
    world.run_today()

    decline_quote(number, "Too dear.", member=contract_manager_of(company), now=world.now)

    assert renews_on(subscription) == RENEWS_ON
    assert Hold.objects.get().released_on == date(2026, 12, 23)
    world.today += timedelta(1)
    world.run_today()
    assert renews_on(subscription) == date(2027, 12, 20)


def test_is_a_declined_card_tried_again_once_a_quote_has_let_go(world, company):
    subscription = a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company, last4="9995"),
    )
    quoted(world, subscription)
    world.today = date(2026, 12, 27)
    world.run_today()
    tried = list(subscription.attempts.values_list("retry_day", flat=True))
    assert tried == [7]

    world.today = date(2027, 1, 2)
    world.run_today()
    subscription.refresh_from_db()
    assert subscription.ended_on is None
    world.today = date(2027, 1, 3)
    world.run_today()

    assert subscription.attempts.count() == 5
    subscription.refresh_from_db()
    assert subscription.ended_on == date(2027, 1, 3)


def test_how_long_can_a_quote_be_valid_without_automatic_renewal(world, company):
    subscription = a_subscription(renews_on=RENEWS_ON, company=company, pays_with=a_card(company))

    assert refused(lambda: drafted(world, subscription, valid_through=RENEWS_ON)) == (
        ValidTooLong(date(2026, 12, 19)),
    )
    number = quoted(world, subscription)

    assert version_of(number).valid_through == date(2026, 12, 19)
    world.today = RENEWS_ON
    world.run_today()
    assert version_of(number).state == "expired"
    subscription.refresh_from_db()
    assert subscription.ended_on == RENEWS_ON


def test_do_i_still_get_the_quoted_price_after_a_price_rise(world, company, subscription):
    number = quoted(world, subscription)
    before = version_of(number).options.get(letter="A").net_minor
    prices_double(world, from_day=RENEWS_ON - timedelta(5))
    world.today = RENEWS_ON - timedelta(2)
    by_hand = previewed(world, "renew", subscription)
    assert by_hand.preview.net_minor > 2 * before

    bought = accepted(world, number, by=contract_manager_of(company))

    view = change_view(Change.objects.get(pk=bought), now=world.now)
    assert view.preview.net_minor == before


def test_what_if_seats_were_added_since_the_quote(world, company, subscription):
    number = quoted(world, subscription)
    change(world, "add_seats", subscription, seats=2)

    with pytest.raises(ChangedSinceError) as error:
        accepted(world, number, by=contract_manager_of(company))

    assert any("seats" in place for place, _, _ in error.value.differences)
    assert version_of(number).state == "open"
    assert renews_on(subscription) == RENEWS_ON


def test_why_can_i_not_change_the_term_while_a_quote_is_open(world, subscription):
    number = quoted(world, subscription)

    found = refusals(world, "change_term", subscription, months=36)

    assert HeldByQuote(number, date(2026, 12, 26)) in found


def test_can_i_accept_twice(world, company, subscription):
    number = quoted(world, subscription)
    ana = contract_manager_of(company)

    first = accepted(world, number, by=ana)

    assert accepted(world, number, by=ana) == first
    assert refused(lambda: accepted(world, number, "B", by=ana))[0].code == (
        "quote.step_impossible"
    )
    assert subscription.attempts.count() == 1


def test_can_i_accept_before_the_renewal_window_opens(world, company):
    early = a_subscription(renews_on=date(2027, 6, 20), company=company, pays_with=a_card(company))
    number = quoted(world, early)

    accepted(world, number, by=contract_manager_of(company))

    assert renews_on(early) == date(2028, 6, 20)


def test_my_card_was_declined_is_the_quote_lost(world, company):
    subscription = a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company, last4="9995"),
    )
    good = a_card(company)
    ana = contract_manager_of(company)
    number = quoted(world, subscription)

    accepted(world, number, by=ana)

    assert version_of(number).state == "open"
    assert Mail.objects.filter(kind="quote_reopened").exists()
    accepted(world, number, by=ana, method=good.pk)
    assert version_of(number).state == "accepted"
    assert renews_on(subscription) == date(2027, 12, 20)


def test_can_i_pay_a_quote_by_bank_transfer(world, company, subscription):
    number = quoted(world, subscription)
    transfer = a_method(company, kind="bank_transfer")

    bought = accepted(world, number, by=contract_manager_of(company), method=transfer.pk)

    view = change_view(Change.objects.get(pk=bought), now=world.now)
    assert view.state is ChangeState.RESERVED
    assert version_of(number).state == "accepted"
    assert renews_on(subscription) == RENEWS_ON


def test_can_several_subscriptions_stand_in_one_quote(world, company, subscription):
    other = a_subscription(
        renews_on=date(2027, 1, 15),
        company=company,
        seats=3,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    pays = a_card(company)
    number = quoted(world, subscription, other, choices=[Choice(months=12)])

    accepted(world, number, by=contract_manager_of(company), method=pays.pk)

    assert (renews_on(subscription), renews_on(other)) == (
        date(2027, 12, 20),
        date(2028, 1, 15),
    )


def test_who_may_accept(world, company, subscription):
    number = quoted(world, subscription)
    viewer = member_of(a_person(company, name="Vi Ewer", role="viewer"))
    payer = member_of(a_person(company, name="Pa Yer", role="payer"))

    assert isinstance(refused(lambda: accepted(world, number, by=viewer))[0], NotYourStep)
    accepted(world, number, by=payer)

    assert renews_on(subscription) == date(2027, 12, 20)


def test_can_my_boss_approve_without_an_account(world, company, subscription):
    ana = contract_manager_of(company)
    boss = a_person(company, name="Bea Boss", role="approver")
    ApprovalRule.objects.create(company=company, approver=boss, limit_minor=1_000_00)
    number = quoted(world, subscription)
    assert refused(lambda: accepted(world, number, by=ana)) == (
        ApprovalAwaited("Bea Boss", 1_000_00),
    )

    recipient = version_of(number).recipients.get()
    answer_quote(link_token(recipient.pk), Answer("approved", "Go ahead."), now=world.now)
    accepted(world, number, by=ana)

    assert renews_on(subscription) == date(2027, 12, 20)
    told = Mail.objects.get(kind="quote_answered")
    assert "Bea Boss" in told.subject
    asked = Mail.objects.get(kind="quote_approve")
    assert "/q/" in asked.text


def test_does_an_old_approval_count_for_a_new_version(world, company, subscription):
    ana = contract_manager_of(company)
    boss = a_person(company, name="Bea Boss", role="approver")
    ApprovalRule.objects.create(company=company, approver=boss, limit_minor=1_000_00)
    number = quoted(world, subscription)
    old = version_of(number).recipients.get()
    answer_quote(link_token(old.pk), Answer("approved"), now=world.now)

    revise_quote(number, a_draft(subscription, choices=YEARS[1:]), member=ana, now=world.now)
    send_quote(number, member=ana, now=world.now)

    assert isinstance(refused(lambda: accepted(world, number, by=ana))[0], ApprovalAwaited)
    late = refused(lambda: answer_quote(link_token(old.pk), Answer("declined"), now=world.now))
    assert isinstance(late[0], StepImpossible)


def test_can_my_sales_person_quote_what_only_sales_renew(world, company):
    kate = a_sales_person()
    subscription = a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        pays_with=a_card(company),
        sold=Sold("sales", sales_person=kate),
        renewable_online=False,
    )

    number = quoted(world, subscription, by=acting(kate))
    accepted(world, number, by=contract_manager_of(company))

    assert renews_on(subscription) == date(2027, 12, 20)
    told = Mail.objects.filter(kind="quote_accepted", to_name="Kate Moore")
    assert told.count() == 1


def test_can_my_partner_quote_and_nobody_elses(world, company):
    mine, theirs = a_partner(), a_partner()
    subscription = a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        pays_with=a_card(company),
        sold=Sold("partner", partner=mine),
    )
    with pytest.raises(UnknownQuoteError):
        drafted(world, subscription, by=acting_for(theirs))
    number = quoted(world, subscription, by=acting_for(mine))
    with pytest.raises(UnknownQuoteError):
        withdraw_quote(number, "", member=acting_for(theirs), now=world.now)

    accepted(world, number, by=contract_manager_of(company))
    assert renews_on(subscription) == date(2027, 12, 20)


def test_can_two_quotes_be_open_for_the_same_renewal(world, company):
    kate = a_sales_person()
    subscription = a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        pays_with=a_card(company),
        sold=Sold("sales", sales_person=kate),
    )
    number = quoted(world, subscription, by=acting(kate))

    found = refused(lambda: quoted(world, subscription))

    assert found == (AnotherOpen(number, subscription.code),)


def test_what_happens_to_the_old_version_when_a_new_one_is_sent(world, company, subscription):
    ana = contract_manager_of(company)
    number = quoted(world, subscription)

    revise_quote(number, a_draft(subscription, choices=YEARS[1:]), member=ana, now=world.now)
    assert version_of(number).state == "draft"
    send_quote(number, member=ana, now=world.now)

    states = QuoteVersion.objects.order_by("version").values_list("state", flat=True)
    assert list(states) == ["superseded", "open"]
    assert Hold.objects.filter(released_on=None).count() == 1


def test_can_an_expired_quote_be_accepted(world, company, subscription):
    number = quoted(world, subscription, valid_through=TODAY)
    world.today += timedelta(1)

    found = refused(lambda: accepted(world, number, by=contract_manager_of(company)))

    assert found == (NoLongerValid(TODAY),)


def test_what_if_i_renew_by_hand_although_a_quote_is_open(world, company, subscription):
    number = quoted(world, subscription)
    change(world, "renew", subscription)

    world.run_today()

    assert version_of(number).state == "superseded"
    assert not Hold.objects.filter(released_on=None).exists()


def test_is_a_price_that_was_not_shown_ever_accepted(world, company, subscription):
    number = quoted(world, subscription)
    wanted = Acceptance(number=number, letter="A", shown="0" * 64)

    with pytest.raises(ChangedSinceError):
        accept_quote(wanted, member=contract_manager_of(company), now=world.now)

    assert version_of(number).state == "open"
