"""One renewal day for several subscriptions: what can be aligned, for how much, and what first."""

from datetime import date, timedelta

import pytest

from perenne.billing.models import Invoice, Order, Payment
from perenne.renewals.alignment import alignment_visible_to
from perenne.renewals.changes.queries import ChangeState
from perenne.renewals.changes.undoing import undo_change
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.queries import outlooks
from perenne.rules.align_plan import PlanStep, StepKind
from perenne.rules.align_targets import AlignMode
from perenne.rules.refusals import (
    AlignNotSelfService,
    ChangePending,
    DatesEqual,
    ManagedByPartner,
    OfferRetired,
    PaymentDiffers,
    RegionNotEnabled,
    RoleMissing,
    TermDiffers,
    TermNotBegun,
)
from perenne.subscriptions.models import Subscription, Term
from perenne.support.models import ContactRequest
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_method,
    a_partner,
    a_person,
    a_specialist,
    a_subscription,
    contract_manager_of,
    member_of,
)
from tests.support.changing import change, previewed, refusals, reloaded
from tests.support.laws import broken_laws
from tests.support.pages import ask_about

TODAY = date(2026, 12, 1)
ONE_DAY = timedelta(1)
SPRING, SUMMER = date(2027, 3, 1), date(2027, 7, 1)


def renews_on(*subscriptions):
    return [Subscription.objects.get(pk=one.pk).renews_on for one in subscriptions]


def planned_for(world, company):
    """What the planner says to the contract manager: groups, and paths by subscription."""
    found = alignment_visible_to(contract_manager_of(company), now=world.now)
    groups = [one.group.members for one in found.proposals]
    return groups, {one.subscription: one.path for one in found.outside}


def a_pair(company, card, **given_facts):
    return [
        a_subscription(renews_on=day, company=company, pays_with=card, **given_facts)
        for day in (SPRING, SUMMER)
    ]


def test_s16_what_would_it_cost_to_align_all_of_them(world_on):
    """The proposal costs exactly what is charged: 420 for 122 of 366 days, 3 seats."""
    world = world_on(TODAY)
    company = a_company()
    early, late = a_pair(company, a_card(company), seats=3)

    (proposal,) = alignment_visible_to(contract_manager_of(company), now=world.now).proposals
    assert (proposal.first_day, proposal.last_day) == (SUMMER, date(2028, 7, 1))
    assert proposal.modes == (AlignMode.STRETCH, AlignMode.AT_RENEWAL)

    done = change(world, "align", early, late)

    assert done.preview.net_minor == proposal.preview.net_minor == 42000
    assert renews_on(early, late) == [SUMMER, SUMMER]
    assert planned_for(world, company) == ([], {early.pk: None, late.pk: None})
    assert refusals(world, "align", early, late) == (DatesEqual(SUMMER),)
    assert broken_laws() == []


def test_s16_another_common_day_is_not_before_the_latest_and_at_most_a_term_later(world_on):
    world = world_on(TODAY)
    company = a_company()
    pair = a_pair(company, a_card(company))

    for day in (SUMMER - ONE_DAY, date(2028, 7, 2)):
        with pytest.raises(InvalidChoicesError, match="choose a day from 1 Jul 2027 to 1 Jul 2028"):
            previewed(world, "align", *pair, target=day.isoformat())
    change(world, "align", *pair, target="2027-08-31")

    assert renews_on(*pair) == [date(2027, 8, 31)] * 2
    assert broken_laws() == []


def test_a_mode_that_the_vendor_does_not_have_is_not_offered(world_on):
    world = world_on(TODAY)
    company = a_company()
    pair = a_pair(company, a_card(company))

    with pytest.raises(InvalidChoicesError):
        previewed(world, "align", *pair, mode="shorten")
    assert renews_on(*pair) == [SPRING, SUMMER]


def test_seats_added_after_a_stretch_pay_by_the_days_of_the_whole_term(world_on):
    """Until March at the new price, then 122 of 366 days at the renewal price."""
    world = world_on(TODAY)
    company = a_company()
    early, late = a_pair(company, a_card(company), renews_automatically=True)
    change(world, "align", early, late)

    done = change(world, "add_seats", early, seats=1)

    lines = done.preview.items[0].lines
    assert [(one.net_minor, one.price_class) for one in lines] == [
        (11515, "new"),
        (14000, "renewal"),
    ]
    assert broken_laws() == []


def test_s47_why_can_i_not_align_different_terms_or_methods(world_on):
    """S47: Aligning needs the same term length and payment method."""
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    year, _ = a_pair(company, card)
    three = a_subscription(
        renews_on=SUMMER, company=company, offer="LT/named_user/36", pays_with=card
    )
    by_invoice = a_subscription(
        renews_on=SUMMER, company=company, pays_with=a_method(company, kind="invoice")
    )

    assert refusals(world, "align", three, year) == (TermDiffers(36, 12),)
    assert refusals(world, "align", by_invoice, year) == (PaymentDiffers(),)
    assert renews_on(year, three, by_invoice) == [SPRING, SUMMER, SUMMER]


def test_s48_the_payment_method_is_made_one_at_once(world_on):
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    pair = a_pair(company, card)
    other = a_subscription(
        renews_on=date(2027, 4, 1), company=company, pays_with=a_method(company, kind="invoice")
    )

    groups, paths = planned_for(world, company)
    assert groups == [tuple(one.pk for one in pair)]
    assert paths[other.pk].steps == (PlanStep(StepKind.UNIFY_METHOD, TODAY),)
    assert paths[other.pk].possible_on == TODAY

    change(world, "payment_method", other, method=paths[other.pk].joins.method)
    groups, paths = planned_for(world, company)
    assert (groups, paths) == ([(pair[0].pk, other.pk, pair[1].pk)], {})
    change(world, "align", *pair, other)

    assert renews_on(*pair, other) == [SUMMER] * 3
    assert broken_laws() == []


def test_s48_from_when_can_i_align_another_term_length(world_on):
    """S48: Make the term equal first, then align: the planner names the earliest day."""
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    pair = a_pair(company, card)
    renewal = date(2026, 12, 3)
    three = a_subscription(
        renews_on=renewal,
        company=company,
        offer="LT/named_user/36",
        pays_with=card,
        renews_automatically=True,
    )

    _, paths = planned_for(world, company)
    assert paths[three.pk].steps == (PlanStep(StepKind.CHANGE_TERM, renewal),)
    assert paths[three.pk].possible_on == renewal

    change(world, "change_term", three, months=12)
    _, paths = planned_for(world, company)
    assert paths[three.pk].steps == (PlanStep(StepKind.WAIT, renewal),)
    assert ChangePending(renewal) in refusals(world, "align", three, *pair)

    world.run_today()
    world.today = renewal - ONE_DAY
    world.run_today()
    assert ChangePending(renewal) in refusals(world, "align", three, *pair)
    world.today = renewal
    world.run_today()
    groups, _ = planned_for(world, company)

    assert groups == [(pair[0].pk, pair[1].pk, three.pk)]
    change(world, "align", *pair, three)
    assert renews_on(*pair, three) == [date(2027, 12, 3)] * 3
    assert broken_laws() == []


def test_s48_a_term_of_another_length_that_is_sold_has_to_begin_first(world_on):
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    pair = a_pair(company, card)
    three = a_subscription(
        renews_on=date(2026, 12, 20), company=company, offer="LT/named_user/36", pays_with=card
    )
    change(world, "renew", three, months=12)

    assert TermNotBegun(date(2026, 12, 20)) in refusals(world, "align", three, *pair)
    _, paths = planned_for(world, company)
    assert paths[three.pk].steps == (PlanStep(StepKind.WAIT, date(2026, 12, 20)),)


def test_s49_why_can_i_not_align_these_dates_myself(world_on):
    """S49: Greyed means no self-service, with the reason and no steps that do not help."""
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    own = a_pair(company, card)
    partner = a_subscription(
        renews_on=SUMMER,
        company=company,
        sold=Sold("partner", partner=a_partner()),
        pays_with=card,
    )
    abroad = a_company(region="TW")
    pair_abroad = a_pair(abroad, a_card(abroad))

    reasons = set(refusals(world, "align", partner, *own))
    assert reasons == {AlignNotSelfService(), ManagedByPartner()}
    assert planned_for(world, company)[1] == {partner.pk: None}
    assert refusals(world, "align", *pair_abroad) == (RegionNotEnabled("TW"),)
    assert planned_for(world, abroad) == ([], {one.pk: None for one in pair_abroad})


def test_s49_who_may_not_decide_sees_why(world_on):
    world = world_on(TODAY)
    company = a_company()
    pair = a_pair(company, a_card(company))
    viewer = member_of(a_person(company, name="Lee Wu", role="viewer"))

    found = alignment_visible_to(viewer, now=world.now)

    assert found.proposals == ()
    assert [one.verdict.refusals for one in found.outside] == [
        (RoleMissing("contract_manager", ("Ana Diaz",)),) for _ in pair
    ]


def test_what_is_retired_by_its_renewal_day_lasts_no_longer(world_on):
    """Multi-user access of Field ends on 30 June 2027."""
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    retired = a_subscription(
        renews_on=SUMMER, company=company, offer="FIELD/multi_user/12", pays_with=card
    )
    before, after = (
        a_subscription(renews_on=day, company=company, pays_with=card)
        for day in (SPRING, date(2027, 9, 1))
    )

    groups, paths = planned_for(world, company)
    assert (groups, paths) == ([(before.pk, after.pk)], {retired.pk: None})
    (reason,) = refusals(world, "align", retired, after)
    assert isinstance(reason, OfferRetired)

    change(world, "align", before, retired)
    assert renews_on(before, retired) == [SUMMER, SUMMER]
    assert broken_laws() == []


def test_aligned_at_the_next_renewal_nothing_is_paid_before(world_on):
    """Its next term has 208 of 365 days, from 5 December to 1 July: 239.34."""
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    early, late = (
        a_subscription(renews_on=day, company=company, pays_with=card, renews_automatically=True)
        for day in (date(2026, 12, 5), SUMMER)
    )

    done = change(world, "align", early, late, mode="at_renewal")

    assert (done.state, done.preview.gross_minor, done.undoable) == (ChangeState.PLANNED, 0, True)
    assert done.preview.items[0].after.planned_until == SUMMER
    assert renews_on(early, late) == [date(2026, 12, 5), SUMMER]
    assert ChangePending(date(2026, 12, 5)) in refusals(world, "align", early, late)
    world.expect([(TODAY, "renewal_plan.changed action=align")])
    world.advance_to(
        date(2026, 12, 5),
        expect=[
            (date(2026, 12, 4), "reminder.sent days_before=1"),
            (
                date(2026, 12, 5),
                "subscription.renewed renews_on=2027-07-01 seats=1 net_minor=23934",
            ),
        ],
    )
    assert renews_on(early, late) == [SUMMER, SUMMER]
    last = Term.objects.filter(subscription=early).latest("starts_on")
    assert (last.anchor_day, last.whole_until) == (None, date(2027, 12, 5))
    after = outlooks([early.pk], now=world.now)[0]
    assert after.renewal.line.covers.renews_on == date(2028, 7, 1)
    assert broken_laws() == []


def test_an_alignment_that_is_planned_can_be_taken_back(world_on):
    world = world_on(TODAY)
    company = a_company()
    early, late = a_pair(company, a_card(company))
    done = change(world, "align", early, late, mode="at_renewal")

    undone = undo_change(done.id, member=contract_manager_of(company), now=world.now)

    assert undone.state is ChangeState.UNDONE
    assert planned_for(world, company)[0] == [(early.pk, late.pk)]
    assert outlooks([early.pk], now=world.now)[0].plan.aligns_on is None
    assert broken_laws() == []


def test_another_term_length_drops_the_alignment_and_says_so(world_on):
    world = world_on(TODAY)
    company = a_company()
    early, late = a_pair(company, a_card(company))
    change(world, "align", early, late, mode="at_renewal")

    shown = previewed(world, "change_term", early, months=36)

    assert shown.preview.warnings == ("alignment_dropped",)
    assert shown.preview.items[0].after.planned_until == date(2030, 3, 1)


def test_s16_can_i_align_the_payment_dates_of_three_subscriptions(world_on):
    """7 seats at 420 for 143 of 365 days: 1,151.84; the latest pays nothing."""
    world = world_on(date(2026, 3, 1))
    company = a_company()
    card = a_card(company)
    early, late = (
        a_subscription(renews_on=day, company=company, seats=seats, pays_with=card)
        for day, seats in ((date(2026, 5, 10), 7), (date(2026, 9, 30), 1))
    )

    done = change(world, "align", early, late)

    assert (done.state, done.preview.net_minor) == (ChangeState.DONE, 115184)
    world.expect(
        [(date(2026, 3, 1), "subscription.aligned renews_on=2026-09-30 seats=7 net_minor=115184")]
    )
    assert [reloaded(one).renews_on for one in (early, late)] == [date(2026, 9, 30)] * 2
    assert reloaded(early).anchor_day == 30
    assert (Order.objects.count(), Payment.objects.count(), Invoice.objects.count()) == (1, 1, 1)
    assert broken_laws() == []


def test_s16_aligning_is_one_payment_and_if_it_fails_nothing_has_moved(world_on):
    world = world_on(date(2026, 3, 1))
    company = a_company()
    card = a_card(company, last4="0002")
    days = (date(2026, 5, 10), date(2026, 6, 1), date(2026, 9, 30))
    three = [a_subscription(renews_on=day, company=company, pays_with=card) for day in days]

    done = change(world, "align", *three)

    assert done.state is ChangeState.DECLINED
    world.expect([(date(2026, 3, 1), "payment.declined reason=declined")] * 2)
    assert [reloaded(one).renews_on for one in three] == list(days)
    assert broken_laws() == []


def test_s50_i_cannot_align_these_whom_do_i_ask(world_on, ana):
    """S50: Greyed means no self-service: ask support, about these dates."""
    world = world_on(TODAY)
    nora = a_specialist()
    company = a_company(region="TW", locale="en")
    early, _ = a_pair(company, a_card(company))

    ask_about(ana(company), early, "align")

    request = ContactRequest.objects.get()
    assert (request.topic, request.action, request.reason_code, request.staff_id) == (
        "dates",
        "align",
        "region.not_enabled",
        nora.pk,
    )
    world.expect([(TODAY, "contact_request.made")])
