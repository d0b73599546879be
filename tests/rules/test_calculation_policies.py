"""A calculation policy is a preset or a definition; what is wrong with one is said by field."""

import json
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.align_targets import days_kept
from perenne.rules.calculation import (
    EXACT_FRACTION,
    PRESETS,
    Base,
    Denominator,
    calculation_of,
    calculation_problems,
    definition_of,
)
from perenne.rules.credits import PaidAmount, credit_for_seats
from perenne.rules.discounts import AmountOff, PercentOff
from perenne.rules.local_days import local_day
from perenne.rules.money import Currency
from perenne.rules.policy import PolicyRecord, policy_for, policy_problems
from perenne.rules.returns import seats_returnable
from perenne.rules.tiers import Tier, tier_index
from perenne.rules.trace import StepCode, recompute, step
from perenne.rules.uplift import uplifted
from tests.rules.calculations import policies
from tests.rules.policies import DAY, SETTINGS


@given(policies())
def test_a_policy_is_read_back_as_it_was_written_out(policy):
    written = json.loads(json.dumps(definition_of(policy)))

    assert calculation_of(written) == policy


@given(policies())
def test_what_can_be_written_in_a_catalogue_has_no_problem(policy):
    default = definition_of(EXACT_FRACTION)
    definition = {
        field: value
        for field, value in definition_of(policy).items()
        if field != "name" and (field in {"base", "places"} or value != default[field])
    }
    if policy.base is not Base.DAILY_RATE:
        del definition["places"]

    assert calculation_problems(definition) == []


def test_the_defaults_are_those_of_the_domain():
    assert PRESETS["exact_fraction"] is EXACT_FRACTION
    assert definition_of(EXACT_FRACTION) == {
        "name": "exact_fraction",
        "version": 1,
        "base": "exact_fraction",
        "denominator": "days_of_term",
        "places": 0,
        "rate_rounding": "half_up",
        "period_months": 1,
        "alignment": "start",
        "rounding": "half_up",
        "remainder": "largest",
        "order": "discount_first",
    }


def test_a_denominator_that_is_not_named_is_the_first_that_the_base_has():
    for base, denominator in (
        ("whole_periods_plus_stub", Denominator.PERIOD_OF_STUB),
        ("daily_rate", Denominator.DAYS_OF_TERM),
        ("thirty_day_months", Denominator.DAYS_OF_TERM),
    ):
        assert calculation_of({"name": "own", "base": base}).denominator is denominator


def test_365_may_be_written_as_a_number():
    assert calculation_problems({"base": "exact_fraction", "denominator": 365}) == []
    written = calculation_of({"name": "own", "base": "exact_fraction", "denominator": 365})
    assert written.denominator is Denominator.YEAR_365


@pytest.mark.parametrize(
    ("definition", "field", "said"),
    [
        ({}, "base", "is missing; choose one of exact_fraction, daily_rate"),
        ({"base": "daily"}, "base", "is none of exact_fraction, daily_rate"),
        ({"base": "daily_rate"}, "places", "is missing; say to how many decimals"),
        ({"base": "daily_rate", "places": 13}, "places", "is not a whole number from 0 to 12"),
        ({"base": "daily_rate", "places": True}, "places", "is not a whole number from 0 to 12"),
        (
            {"base": "exact_fraction", "places": 2},
            "places",
            "means nothing with the base exact_fraction; remove it, or use daily_rate",
        ),
        (
            {"base": "exact_fraction", "alignment": "end"},
            "alignment",
            "remove it, or use whole_periods_plus_stub or started_periods_whole",
        ),
        (
            {"base": "exact_fraction", "denominator": "period_of_stub"},
            "denominator",
            "means nothing with the base exact_fraction; use one of days_of_term, 365, 365_or_366",
        ),
        (
            {"base": "started_periods_whole", "denominator": "365"},
            "denominator",
            "means nothing with the base started_periods_whole; remove it",
        ),
        ({"base": "exact_fraction", "denominator": 360}, "denominator", "is none of days_of"),
        ({"base": "exact_fraction", "rounding": "up"}, "rounding", "is none of half_up"),
        ({"base": "exact_fraction", "rounding": ["half_up"]}, "rounding", "is none of half_up"),
        ({"base": "exact_fraction", "version": 0}, "version", "from 1 to 999999"),
        (
            {"base": "exact_fraction", "round": "half_up"},
            "round",
            "is not a field of a calculation policy; these are: base, denominator",
        ),
    ],
)
def test_a_mistake_in_a_definition_is_named_with_its_remedy(definition, field, said):
    problems = dict(calculation_problems(definition))

    assert said in problems[field]


def test_every_mistake_of_a_definition_is_named_at_once():
    problems = calculation_problems({"base": "hourly", "places": -1, "rounds": 1})

    assert [field for field, _ in problems] == ["rounds", "base", "places"]


def a_policy(calculation):
    return PolicyRecord(
        "default", "", {}, date(2020, 1, 1), SETTINGS | {"calculation": calculation}
    )


def test_a_policy_names_a_preset_or_has_a_definition_written_out():
    own = definition_of(
        calculation_of({"name": "by_the_day", "version": 2, "base": "daily_rate", "places": 4})
    )
    for stored, name, version in (("started_months", "started_months", 1), (own, "by_the_day", 2)):
        record = a_policy(stored)
        in_force = policy_for([record], region="US", channel="online", months=12, on=DAY)

        assert policy_problems(record) == []
        assert (in_force.calculation.name, in_force.calculation.version) == (name, version)


def test_a_name_that_stands_for_nothing_is_refused_with_what_there_is():
    ((setting, reason),) = policy_problems(a_policy("monthly"))

    assert setting == "calculation"
    assert reason == (
        "is no calculation policy; use exact_fraction, thirty_day_months, months_and_days, "
        "started_months, or one under `calculations`"
    )
    with pytest.raises(ValueError, match="no calculation policy is named 'monthly'"):
        policy_for([a_policy("monthly")], region="US", channel="online", months=12, on=DAY)


def test_steps_that_say_where_an_amount_stands_change_nothing():
    trace = (
        step(StepCode.GIVEN, amount_minor=100),
        step(StepCode.SEATS, seats=2),
        step(StepCode.PLUS),
        step(StepCode.PAID, amount_minor=50),
        step(StepCode.UPLIFT, share="11/10"),
        step(StepCode.RESULT, amount_minor=255),
    )

    assert recompute(trace) == 255
    with pytest.raises(ValueError, match="the steps give 255, the result says"):
        recompute((*trace, step(StepCode.RESULT, amount_minor=254)))


@given(st.integers(0, 10**6), st.fractions(0, 2), st.integers(1, 5))
def test_an_uplift_of_years_is_that_of_one_year_so_many_times_and_rounded_once(
    paid_minor, uplift, years
):
    raised = uplifted(paid_minor, uplift=uplift, years=years, currency=Currency("JPY", 0, 1))

    assert abs(raised.unit_minor - paid_minor * (1 + uplift * years)) <= Fraction(1, 2)
    assert recompute(raised.trace) == raised.unit_minor


@pytest.mark.parametrize("share", [Fraction(-1, 10), Fraction(11, 10)])
def test_a_discount_takes_off_from_nothing_to_everything(share):
    with pytest.raises(ValueError, match="from nothing to everything"):
        PercentOff(share)
    with pytest.raises(ValueError, match="not negative"):
        AmountOff(-1)


@pytest.mark.parametrize("back", [0, 4])
def test_only_seats_that_were_sold_come_back(back):
    with pytest.raises(ValueError, match=f"{back} of 3 seats"):
        credit_for_seats(PaidAmount(paid_minor=1), seats_sold=3, seats_back=back, step_minor=1)


def test_more_seats_than_are_left_cannot_be_returned():
    assert seats_returnable(70, [10, 5]) == 55
    with pytest.raises(ValueError, match="56 seats cannot be returned; 55 of 70 are left"):
        seats_returnable(70, [10, 5, 56])
    with pytest.raises(ValueError, match="0 seats cannot be returned"):
        seats_returnable(70, [0])


@pytest.mark.parametrize(
    ("tiers", "quantity", "said"),
    [
        ([Tier(10, 1), Tier(10, 1)], 1, "must ascend"),
        ([Tier(None, 1), Tier(10, 1)], 1, "only the last"),
        ([Tier(10, 1)], 11, "no tier reaches 11; the last one ends at 10"),
        ([], 1, "no tier reaches 1; there is none"),
        ([Tier(10, 1)], 0, "at least 1"),
    ],
)
def test_a_quantity_without_a_tier_is_a_mistake(tiers, quantity, said):
    with pytest.raises(ValueError, match=said):
        tier_index(tiers, quantity)


def test_the_machines_own_time_zone_never_decides():
    with pytest.raises(ValueError, match="has no time zone"):
        local_day(datetime(2026, 12, 1, 12), ZoneInfo("Asia/Taipei"))  # noqa: DTZ001 - the mistake
    with pytest.raises(ValueError, match="at least 1"):
        days_kept(days_left=1, seats=1, seats_after=0)
