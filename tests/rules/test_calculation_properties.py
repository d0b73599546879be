"""Laws of calculated amounts; P1, P2 and so on are those of the published examples' file."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perenne.rules.calculation import EXACT_FRACTION, PRESETS, Base, Denominator
from perenne.rules.calendar import Period, following_period, month_later
from perenne.rules.credits import PaidAmount, credit_at_most, credit_for_seats
from perenne.rules.money import Currency, parse_amount
from perenne.rules.periods import Alignment, boundary_after, period_count, thirty_day_count
from perenne.rules.prices import GivenPrice, ListTerms, OfferKey, PriceClass, publish
from perenne.rules.proration import Charge, prorate, prorate_in_pieces, prorated_line
from perenne.rules.shares import PartOfTerm, rest_of_term, stretch
from perenne.rules.tax import TaxRule, tax_on
from perenne.rules.tiers import Tariff, Tier, dearer_thresholds, tier_index, tiered
from perenne.rules.trace import StepCode, from_json, recompute, to_json
from tests.rules.calculations import (
    CURRENCIES,
    charges,
    discounts,
    first_days,
    policies,
    rests,
    terms,
)

OFFER = OfferKey("LT", "named_user", 12)
USD = Currency("USD", 2, 1)
A_DAY = timedelta(1)
# What a seat pays for its whole term does not depend on how days are counted.
WHOLE = (
    EXACT_FRACTION,
    *(PRESETS[name] for name in ("thirty_day_months", "months_and_days", "started_months")),
)
tariffs = st.sampled_from(Tariff)
tier_lists = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 10**6)), min_size=1, max_size=6
).map(
    lambda pairs: tuple(
        Tier(None if index == len(pairs) - 1 else sum(n for n, _ in pairs[: index + 1]), price)
        for index, (_, price) in enumerate(pairs)
    )
)


@given(charges, discounts | st.none(), rests(), policies(), CURRENCIES)
def test_an_amount_is_billable_and_recomputed_from_its_stored_trace(
    charge, discount, part, calculation, currency
):
    priced = prorate(
        replace(charge, discount=discount), part, calculation=calculation, currency=currency
    )

    assert priced.amount_minor % currency.billing_step_minor == 0
    assert priced.amount_minor >= 0
    assert recompute(from_json(to_json(priced.trace))) == priced.amount_minor
    named = next(one for one in priced.trace if one.code is StepCode.CALCULATION)
    assert (named["name"], named["version"]) == ("drawn", 1)


@given(charges, terms(), st.sampled_from(WHOLE), CURRENCIES)
def test_the_whole_term_costs_its_whole_price(charge, given_term, calculation, currency):
    term, months, anchor = given_term
    charge = replace(charge, unit_minor=charge.unit_minor * currency.billing_step_minor)
    of = {"calculation": calculation, "currency": currency}
    whole = rest_of_term(term, months=months, anchor=anchor, joins_on=term.starts_on)
    stretched = stretch(term.starts_on, months=months, anchor=anchor, target=term.renews_on)

    for part in (whole, stretched):
        assert prorate(charge, part, **of).amount_minor == charge.unit_minor * charge.seats


def price_falls_on_leap_days(calculation):
    """A rate that is rounded alone may fall when one more day is divided by one day more."""
    by_leap_day = calculation.denominator is Denominator.YEAR_365_OR_366
    return by_leap_day and calculation.base is Base.DAILY_RATE


@given(charges, terms(), policies(), CURRENCIES, st.data())
def test_joining_later_never_costs_more(charge, given_term, calculation, currency, data):
    assume(not price_falls_on_leap_days(calculation))
    # The last three days of a month are counted to other boundaries: the page says so.
    assume(calculation.alignment is Alignment.START)
    term, months, anchor = given_term
    early = data.draw(st.dates(term.starts_on, term.last_day))
    late = data.draw(st.dates(early, term.last_day) | st.just(min(early + A_DAY, term.last_day)))

    earlier, later = (
        prorate(
            charge,
            rest_of_term(term, months=months, anchor=anchor, joins_on=joins_on),
            calculation=calculation,
            currency=currency,
        )
        for joins_on in (early, late)
    )
    assert later.amount_minor <= earlier.amount_minor


@given(charges, terms(), policies(), CURRENCIES, st.data())
def test_p9_a_later_target_never_costs_less_and_the_own_end_costs_nothing(
    charge, given_term, calculation, currency, data
):
    assume(not price_falls_on_leap_days(calculation))
    term, months, anchor = given_term
    # Of a year that counts its leap day, more than a whole term has no denominator.
    counts_leap_days = calculation.denominator is Denominator.YEAR_365_OR_366
    end = month_later(term.renews_on, months, anchor=anchor)
    far_days = (end - term.renews_on).days * (1 if counts_leap_days else 3)
    near = data.draw(st.integers(0, far_days))
    far = data.draw(st.integers(near, far_days) | st.just(min(near + 1, far_days)))

    own, nearer, farther = (
        prorate(
            charge,
            stretch(
                term.renews_on,
                months=months,
                anchor=anchor,
                target=term.renews_on + timedelta(days),
            ),
            calculation=calculation,
            currency=currency,
        ).amount_minor
        for days in (0, near, far)
    )
    assert own == 0
    assert nearer <= farther


@given(charges, rests(), policies(), CURRENCIES, st.fractions(0, Fraction(1, 2)), st.data())
def test_p1_p8_returns_never_exceed_what_was_charged_and_all_seats_bring_back_all(
    charge, part, calculation, currency, rate, data
):
    step, seats = currency.billing_step_minor, charge.seats
    net = prorate(charge, part, calculation=calculation, currency=currency).amount_minor
    rule = TaxRule("VAT", rate)
    tax = tax_on(net, rule=rule, country="DE", tax_id_verified=False, step_minor=step).tax_minor

    for charged in (net, tax):
        credited = came_back = 0
        while came_back < seats:
            came_back = data.draw(st.integers(came_back + 1, seats) | st.just(seats))
            credit = credit_for_seats(
                PaidAmount(paid_minor=charged, credited_minor=credited),
                seats_sold=seats,
                seats_back=came_back,
                step_minor=step,
            )
            credited += credit.amount_minor
            assert recompute(credit.trace) == credit.amount_minor >= 0
            assert credited <= charged
        assert credited == charged


@given(st.integers(0, 10**9), st.lists(st.integers(-(10**9), 10**9)))
def test_p8_whatever_is_asked_credits_never_exceed_what_was_paid(paid_minor, asked):
    credited = 0
    for amount in asked:
        of = PaidAmount(paid_minor=paid_minor, credited_minor=credited)
        credit = credit_at_most(amount, of)
        assert 0 <= credit <= max(0, amount)
        credited += credit

    assert credited <= paid_minor


@given(charges, rests(), policies(), CURRENCIES, st.data())
def test_p2_pieces_cost_together_what_the_whole_costs(charge, part, calculation, currency, data):
    inner = [part.starts_on + timedelta(days) for days in range(1, part.days)]
    cuts = sorted(data.draw(st.sets(st.sampled_from(inner), max_size=5))) if inner else []
    of = {"calculation": calculation, "currency": currency}

    pieces = prorate_in_pieces(charge, part, cuts=cuts, **of)

    assert sum(pieces) == prorate(charge, part, **of).amount_minor
    assert len(pieces) == len(cuts) + 1
    assert all(piece % currency.billing_step_minor == 0 for piece in pieces)


YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
LAST_120_DAYS = rest_of_term(YEAR, months=12, anchor=1, joins_on=YEAR.renews_on - timedelta(120))


def test_p2_days_that_are_rounded_alone_would_lose_their_parts_of_cents():
    charge, part = Charge(unit_minor=42000, seats=3), LAST_120_DAYS
    of = {"calculation": EXACT_FRACTION, "currency": USD}
    cuts = [part.starts_on + timedelta(days) for days in range(1, 120)]
    alone = [
        prorate(
            charge,
            PartOfTerm(term=YEAR, months=12, anchor=1, starts_on=since, renews_on=since + A_DAY),
            **of,
        ).amount_minor
        for since in [part.starts_on, *cuts]
    ]

    assert sum(prorate_in_pieces(charge, part, cuts=cuts, **of)) == 41425
    assert sum(alone) == 120 * 345 != 41425


@given(first_days, st.integers(1, 31), st.integers(1, 40), st.sampled_from([1, 3, 6, 12]))
def test_p4_p5_boundaries_come_from_the_anchor_alone_and_periods_tile(day, anchor, count, months):
    first = month_later(day, 0, anchor=anchor)
    period = Period(first, month_later(first, months, anchor=anchor))
    for k in range(1, count + 1):
        assert period.renews_on == month_later(first, k * months, anchor=anchor)
        following = following_period(period, months=months, anchor=anchor)
        assert following.starts_on == period.last_day + A_DAY
        period = following


@given(first_days, st.integers(0, 60), st.integers(1, 12), st.sampled_from(Alignment))
def test_p4_p5_aligned_boundaries_ascend_and_count_themselves(day, k, months, alignment):
    boundaries = [
        boundary_after(day, n * months, alignment=alignment) for n in (0, k, k + 1, k + 2)
    ]

    assert boundaries[0] == day
    assert all(one < other for one, other in pairwise(boundaries[1:]))
    covers = Period(day, boundaries[2])
    counted = period_count(covers, months_each=months, alignment=alignment)
    assert (counted.whole, counted.stub_days, counted.started) == (k + 1, 0, k + 1)


@given(first_days, st.integers(1, 1500), st.integers(1, 12), st.sampled_from(Alignment))
def test_whole_periods_and_the_stub_are_the_days(day, days, months, alignment):
    until = day + timedelta(days)

    counted = period_count(Period(day, until), months_each=months, alignment=alignment)

    whole_ends = boundary_after(day, counted.whole * months, alignment=alignment)
    assert whole_ends + timedelta(counted.stub_days) == until
    assert 0 <= counted.stub_days < counted.stub_of_days
    assert counted.started == counted.whole + (1 if counted.stub_days else 0)


@given(first_days, st.integers(0, 900), st.integers(0, 900), st.integers(1, 31))
def test_thirty_day_counts_add_up_and_never_go_back(day, one, other, anchor):
    middle, end = day + timedelta(one), day + timedelta(one + other)

    first, second, both = (
        thirty_day_count(since, until, anchor=anchor)
        for since, until in ((day, middle), (middle, end), (day, end))
    )

    assert first + second == both
    assert min(first, second) >= 0


@given(terms())
def test_every_month_of_a_subscription_has_thirty_days(given_term):
    term, months, anchor = given_term

    assert thirty_day_count(term.starts_on, term.renews_on, anchor=anchor) == 30 * months


@given(st.lists(st.tuples(charges, rests(), policies()), min_size=1, max_size=8), CURRENCIES)
def test_p6_what_is_displayed_sums_to_what_is_charged(bought, currency):
    lines = [
        prorate(charge, part, calculation=calculation, currency=currency).amount_minor
        for charge, part, calculation in bought
    ]
    taxes = [
        tax_on(
            net,
            rule=TaxRule("VAT", Fraction(19, 100)),
            country="DE",
            tax_id_verified=False,
            step_minor=currency.billing_step_minor,
        ).tax_minor
        for net in lines
    ]
    shown = [displayed(amount, currency) for amount in (*lines, *taxes)]

    # Every printed amount is one that can be billed, and reads back as itself.
    assert sum(
        parse_amount(text, exponent=currency.exponent, step_minor=currency.billing_step_minor)
        for text in shown
    ) == sum(lines) + sum(taxes)


def displayed(amount_minor, currency):
    whole, part = divmod(amount_minor, 10**currency.exponent)
    return f"{whole}.{part:0{currency.exponent}}" if currency.exponent else str(whole)


@given(tier_lists, st.integers(1, 300), tariffs)
def test_p12_the_price_is_a_function_of_the_total_quantity(tiers, quantity, tariff):
    priced = tiered(tiers, quantity, tariff=tariff)
    reached = tiers[tier_index(tiers, quantity)]

    assert reached.up_to is None or quantity <= reached.up_to
    assert recompute(priced.trace) == priced.amount_minor
    each = [tiers[tier_index(tiers, seat)].unit_minor for seat in range(1, quantity + 1)]
    by_hand = sum(each) if tariff is Tariff.GRADUATED else each[-1] * quantity
    assert priced.amount_minor == by_hand


@given(tier_lists, tariffs)
def test_p12_a_seat_gets_dearer_beyond_a_threshold_only_by_a_tariff_that_is_reported(tiers, tariff):
    rises = []
    for threshold in (tier.up_to + 1 for tier in tiers[:-1]):
        below, at = (
            Fraction(tiered(tiers, seats, tariff=tariff).amount_minor, seats)
            for seats in (threshold - 1, threshold)
        )
        rises += [threshold] if at > below else []

    reported = dearer_thresholds(tiers)
    if tariff is Tariff.VOLUME:
        assert tuple(rises) == reported
    else:
        assert not rises or reported


@given(charges, rests(), policies(), CURRENCIES, st.sampled_from(PriceClass))
def test_a_line_is_the_amount_at_the_published_price(
    charge, part, calculation, currency, price_class
):
    list_terms = ListTerms("US", currency, part.starts_on, 3, lambda _months: Fraction(9, 10))
    unit_minor = charge.unit_minor * currency.billing_step_minor
    unit = publish({OFFER: GivenPrice(unit_minor)}, list_terms).prices[OFFER]

    line = prorated_line(
        unit,
        part,
        price_class=price_class,
        seats=charge.seats,
        calculation=calculation,
        currency=currency,
    )

    alone = replace(charge, unit_minor=unit.of(price_class)[0])
    priced = prorate(alone, part, calculation=calculation, currency=currency)
    assert (line.net_minor, line.seats) == (priced.amount_minor, charge.seats)
    assert line.covers == Period(part.starts_on, part.renews_on)
    assert line.trace[0].code is StepCode.PRICE_LIST
    assert recompute(line.trace) == line.net_minor


@pytest.mark.parametrize(("unit_minor", "amount_minor"), [(42000, 41425), (46700, 46060)])
def test_three_seats_for_120_of_365_days(unit_minor, amount_minor):
    charge = Charge(unit_minor=unit_minor, seats=3)

    priced = prorate(charge, LAST_120_DAYS, calculation=EXACT_FRACTION, currency=USD)

    assert priced.amount_minor == amount_minor


def test_nobody_joins_outside_the_term_or_with_no_seat():
    with pytest.raises(ValueError, match="is not in"):
        rest_of_term(YEAR, months=12, anchor=1, joins_on=YEAR.renews_on)
    with pytest.raises(ValueError, match="at least 1"):
        Charge(unit_minor=1, seats=0)


def test_nothing_is_shortened_and_an_empty_part_is_no_line():
    with pytest.raises(ValueError, match="cannot end on"):
        stretch(YEAR.renews_on, months=12, anchor=1, target=YEAR.last_day)
    unit = publish(
        {OFFER: GivenPrice(42000)},
        ListTerms("US", USD, YEAR.starts_on, 1, lambda _months: Fraction(9, 10)),
    ).prices[OFFER]
    with pytest.raises(ValueError, match="covers no day"):
        prorated_line(
            unit,
            stretch(YEAR.renews_on, months=12, anchor=1, target=YEAR.renews_on),
            price_class=PriceClass.RENEWAL,
            seats=1,
            calculation=EXACT_FRACTION,
            currency=USD,
        )


def test_cuts_are_days_within_the_part_in_order():
    charge = Charge(unit_minor=42000, seats=3)
    first, last = LAST_120_DAYS.starts_on, LAST_120_DAYS.renews_on
    for cuts in (
        [first],
        [last],
        [last + A_DAY],
        [last - A_DAY, first + A_DAY],
    ):
        with pytest.raises(ValueError, match="do not cut"):
            prorate_in_pieces(
                charge, LAST_120_DAYS, cuts=cuts, calculation=EXACT_FRACTION, currency=USD
            )
