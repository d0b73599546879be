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
from perenne.rules.money import (
    Currency,
    RemainderTo,
    Rounding,
    allocate,
    parse_amount,
    round_half_up,
    rounded,
)

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


def test_a_step_is_positive():
    with pytest.raises(ValueError, match="positive"):
        round_half_up(Fraction(1), step=0)


@given(st.fractions(-(10**6), 10**6), st.sampled_from(Rounding), st.fractions("1/1000", 100))
def test_each_rule_gives_a_multiple_less_than_a_step_away(value, rule, step):
    given_by_rule = rounded(value, rule=rule, step=step)

    assert (given_by_rule / step).denominator == 1
    assert abs(given_by_rule - value) < step
    assert rounded(-value, rule=rule, step=step) == -given_by_rule
    assert rounded(given_by_rule, rule=rule, step=step) == given_by_rule


@given(st.fractions(0, 10**6), steps)
def test_truncating_never_gives_more_and_half_up_never_less_than_half_even(value, step):
    by_rule = {rule: rounded(value, rule=rule, step=step) for rule in Rounding}

    assert by_rule[Rounding.TRUNCATE] <= value
    assert by_rule[Rounding.TRUNCATE] <= by_rule[Rounding.HALF_EVEN] <= by_rule[Rounding.HALF_UP]


@given(st.integers(0, 10**9), steps)
def test_half_even_takes_halves_to_the_even_multiple(whole, step):
    halfway = (whole + Fraction(1, 2)) * step

    assert rounded(halfway, rule=Rounding.HALF_EVEN, step=step) == (whole + whole % 2) * step


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 50), min_size=1).filter(any),
    steps,
    st.sampled_from(RemainderTo),
)
def test_parts_sum_to_the_whole_and_who_has_no_weight_gets_nothing(total, weights, step, remainder):
    parts = allocate(total, weights, step=step, remainder=remainder)

    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert not any(part for part, weight in zip(parts, weights, strict=True) if not weight)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 50), min_size=1), steps)
def test_of_largest_remainders_no_part_is_a_step_away_from_its_share(total, weights, step):
    total *= step

    parts = allocate(total, weights, step=step)

    shares = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert all(abs(part - share) < step for part, share in zip(parts, shares, strict=True))


def test_equal_weights_differ_by_one_step_at_most():
    assert allocate(1000, [1, 1, 1]) == (334, 333, 333)
    assert allocate(1000, [1, 1, 1], step=100) == (400, 300, 300)
    assert allocate(-10, [1, 2]) == (-3, -7)
    assert allocate(1001, [1, 1, 1], remainder=RemainderTo.FIRST) == (335, 333, 333)
    assert allocate(1001, [1, 1, 1, 0], remainder=RemainderTo.LAST) == (333, 333, 335, 0)


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
