"""Money is exact and rounds once; terms never shorten, and a clamp is never carried over."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.calendar import (
    OutOfCalendarError,
    Period,
    following_period,
    month_later,
    term_follows,
)
from perenne.rules.money import Currency, Money, allocate, parse_amount, round_half_up
from perenne.rules.proration import prorate

amounts = st.integers(-(10**12), 10**12)
steps = st.sampled_from([1, 10, 100])
days = st.dates(date(1990, 1, 1), date(2199, 12, 31))
anchors = st.integers(1, 31)


@given(st.fractions(-(10**9), 10**9), steps)
def test_rounding_moves_by_at_most_half_a_step_and_gives_a_multiple(value, step):
    rounded = round_half_up(value, step=step)

    assert rounded % step == 0
    assert abs(rounded - value) <= Fraction(step, 2)
    assert round_half_up(-value, step=step) == -rounded


@given(amounts, steps)
def test_halves_go_away_from_zero(whole, step):
    half = Fraction(step, 2)
    value = abs(whole) * step + half

    assert round_half_up(value, step=step) == value + half


def test_a_step_is_at_least_one():
    with pytest.raises(ValueError, match="at least 1"):
        round_half_up(Fraction(1), step=0)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 50), min_size=1).filter(any), steps)
def test_parts_sum_to_the_whole(total, weights, step):
    parts = allocate(total, weights, step=step)

    assert sum(parts) == total
    assert len(parts) == len(weights)


def test_equal_weights_differ_by_one_step_at_most():
    assert allocate(1000, [1, 1, 1]) == (334, 333, 333)
    assert allocate(1000, [1, 1, 1], step=100) == (400, 300, 300)
    assert allocate(-10, [1, 2]) == (-3, -7)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_must_mean_something(weights):
    with pytest.raises(ValueError, match="weights"):
        allocate(10, weights)


@given(st.integers(0, 10**13 - 1), st.integers(0, 99))
def test_an_amount_is_read_as_it_was_written(whole, cents):
    text = f"{whole % 10**12}.{cents:02}"

    assert parse_amount(text, exponent=2, step_minor=1) == whole % 10**12 * 100 + cents


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *((bad, "is not an amount") for bad in ("NaN", "1e3", "", " 7", "-1", "+5", "1,0", "４")),
        ("1_000", "is not an amount"),
        ("007", "is not an amount"),
        ("1.005", "more than 2 decimals"),
        ("1.50", "billing step"),
    ],
)
def test_what_is_not_an_amount_is_refused_with_a_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_amount(text, exponent=2, step_minor=100)


def test_a_currency_without_decimals():
    assert parse_amount("70050", exponent=0, step_minor=1) == 70050
    assert Currency("JPY", 0, 1).billing_step_minor == 1


@given(amounts, amounts)
def test_money_adds_up(one, other):
    a, b = Money(one, "USD"), Money(other, "USD")

    assert a + b - b == a
    negative = -a
    assert -negative == a
    assert (a < b, a <= b, a > b, a >= b) == (one < other, one <= other, one > other, one >= other)
    assert a.times(3) == a + a + a


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="cannot mix"):
        Money(1, "USD") + Money(1, "EUR")


@given(days, st.integers(1, 60), anchors)
def test_terms_follow_without_gap_and_keep_their_anchor(day, months, anchor):
    start = month_later(day, 0, anchor=anchor)
    first = Period(start, month_later(start, months, anchor=anchor))
    second = following_period(first, months=months, anchor=anchor)

    assert second.starts_on == first.renews_on
    assert second.renews_on == month_later(start, 2 * months, anchor=anchor)
    assert term_follows(second.starts_on, second.renews_on, months=months, anchor=anchor)
    assert not term_follows(
        second.starts_on, second.renews_on + timedelta(1), months=months, anchor=anchor
    )


@given(days, st.integers(1, 400))
def test_days_left_count_down_one_a_day(starts_on, length):
    term = Period(starts_on, starts_on + timedelta(length))

    assert term.days_left(starts_on) == term.length_days == length
    assert term.days_left(term.last_day) == 1
    assert term.days_left(term.renews_on) == 0
    assert term.days_left(starts_on - timedelta(1)) == length
    assert term.contains(term.last_day)
    assert not term.contains(term.renews_on)
    assert str(term) == f"{starts_on}..{term.renews_on}"


def test_a_period_covers_a_day():
    with pytest.raises(ValueError, match="covers no day"):
        Period(date(2026, 1, 1), date(2026, 1, 1))


def test_the_calendar_ends():
    with pytest.raises(OutOfCalendarError):
        month_later(date(9999, 12, 31), 12, anchor=31)
    with pytest.raises(ValueError, match="anchor"):
        month_later(date(2026, 1, 1), 1, anchor=32)


@given(st.integers(0, 10**9), st.integers(1, 999), days, st.integers(2, 1100), st.data())
def test_joining_later_never_costs_more_and_the_whole_term_costs_the_price(
    price, seats, starts_on, length, data
):
    term = Period(starts_on, starts_on + timedelta(length))
    early = data.draw(st.dates(term.starts_on, term.last_day))
    late = data.draw(st.dates(early, term.last_day))
    of = {"price": Money(price, "USD"), "seats": seats, "term": term, "step_minor": 1}

    assert prorate(joins_on=late, **of) <= prorate(joins_on=early, **of)
    assert prorate(joins_on=starts_on, **of) == Money(price * seats, "USD")


def test_nobody_joins_outside_the_term_or_with_no_seat():
    term = Period(date(2026, 1, 1), date(2027, 1, 1))
    of = {"price": Money(1, "USD"), "term": term, "step_minor": 1}
    with pytest.raises(ValueError, match="is not in"):
        prorate(joins_on=term.renews_on, seats=1, **of)
    with pytest.raises(ValueError, match="at least 1"):
        prorate(joins_on=term.starts_on, seats=0, **of)
