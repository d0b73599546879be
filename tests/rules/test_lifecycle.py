"""Stages only go on; tries, plans and seats follow their tables; policies apply as they say."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.lifecycle import (
    Stage,
    StageFacts,
    access_on,
    end_after,
    may_renew_in,
    stage_calendar,
    stage_on,
)
from perenne.rules.payments import DeclineKind, retry_allowed, tries_due
from perenne.rules.plans import PlanFacts, PlanProblem, plan_problem, planned_seats
from perenne.rules.policy import PolicyRecord, policy_for, policy_problems
from perenne.rules.routes import renewable_online
from perenne.rules.seats import HeldSeat, losing_order
from tests.rules.policies import DAY, DEFAULT, GRACEFUL, IN_JAPAN, PLAIN, RECORDS, SETTINGS

RENEWS_ON = date(2026, 12, 10)
ORDER = list(Stage)
policies = st.sampled_from([PLAIN, GRACEFUL])


def facts(**given_facts):
    return StageFacts(
        **{
            "renews_on": RENEWS_ON,
            "months": 12,
            "tries_automatically": False,
            "plan_conflicted": False,
            "open_attempt": False,
            "imported_as_of": None,
            "ended_on": None,
        }
        | given_facts
    )


@given(policies, st.booleans(), st.integers(-400, 100), st.sampled_from([1, 12, 36]))
def test_a_later_day_never_brings_an_earlier_stage(policy, automatic, offset, months):
    of = facts(tries_automatically=automatic, months=months)
    day = RENEWS_ON + timedelta(offset)

    stages = [
        ORDER.index(stage_on(of, as_of=one, finished_through=one, policy=policy))
        for one in (day, day + timedelta(1))
    ]

    assert stages == sorted(stages)


@given(policies, st.integers(0, 200))
def test_nothing_ends_before_its_run(policy, late):
    stage = stage_on(
        facts(),
        as_of=RENEWS_ON + timedelta(late),
        finished_through=RENEWS_ON - timedelta(1),
        policy=policy,
    )

    assert stage is Stage.PAST_DUE


def test_an_open_attempt_keeps_access_whatever_the_day():
    day = RENEWS_ON + timedelta(30)
    of = facts(open_attempt=True)

    assert stage_on(of, as_of=day, finished_through=day, policy=PLAIN) is Stage.PAST_DUE
    assert access_on(of, as_of=day, finished_through=day, policy=PLAIN) == "full"


def test_what_has_ended_stays_ended():
    of = facts(ended_on=RENEWS_ON)

    for finished in (None, RENEWS_ON, RENEWS_ON + timedelta(9)):
        assert stage_on(of, as_of=RENEWS_ON, finished_through=finished, policy=GRACEFUL) is (
            Stage.EXPIRED
        )


def test_access_and_renewing_follow_the_stage():
    day = RENEWS_ON + timedelta(20)
    assert access_on(facts(), as_of=day, finished_through=day, policy=GRACEFUL) == "none"
    assert may_renew_in(Stage.SUSPENDED, GRACEFUL)
    assert may_renew_in(Stage.PAST_DUE, PLAIN)
    assert not may_renew_in(Stage.EXPIRED, GRACEFUL)


def test_what_comes_if_nothing_is_renewed():
    assert stage_calendar(RENEWS_ON, months=12, tries_automatically=False, policy=PLAIN) == (
        (RENEWS_ON, Stage.EXPIRED),
    )
    assert stage_calendar(RENEWS_ON, months=1, tries_automatically=True, policy=GRACEFUL) == (
        (RENEWS_ON, Stage.PAST_DUE),
        (date(2026, 12, 17), Stage.GRACE),
        (date(2026, 12, 25), Stage.SUSPENDED),
        (date(2027, 1, 9), Stage.EXPIRED),
    )
    assert end_after(RENEWS_ON, months=12, policy=GRACEFUL) == date(2027, 1, 24)


def test_tries_fall_on_their_days_and_hard_declines_end_them():
    due = [
        tries_due(renews_on=RENEWS_ON, day=RENEWS_ON + timedelta(n), retry_days=(0, 1, 3, 5, 7))
        for n in range(9)
    ]

    assert due == [0, 1, None, 3, None, 5, None, 7, None]
    assert retry_allowed(None, method_changed=False)
    assert retry_allowed(DeclineKind.INSUFFICIENT_FUNDS, method_changed=False)
    assert not retry_allowed(DeclineKind.CARD_EXPIRED, method_changed=False)
    assert not retry_allowed(DeclineKind.METHOD_REFUSED, method_changed=False)
    assert retry_allowed(DeclineKind.CARD_EXPIRED, method_changed=True)


@pytest.mark.parametrize(
    ("first_day", "seats", "is_priced", "problem"),
    [
        (date(2027, 6, 29), 1, True, None),
        (date(2027, 6, 30), 1, True, PlanProblem.OFFER_RETIRED),
        (date(2027, 6, 29), 1, False, PlanProblem.PRICE_MISSING),
        (date(2027, 6, 29), 0, True, PlanProblem.SEATS_MINIMUM),
    ],
)
def test_what_stands_against_a_plan(first_day, seats, is_priced, problem):
    plan = PlanFacts(
        first_day=first_day, seats=seats, retired_on=date(2027, 6, 30), is_priced=is_priced
    )

    assert plan_problem(plan) == problem


def test_seats_of_the_next_term():
    assert (planned_seats(None, 7), planned_seats(3, 7)) == (7, 3)


def test_unstated_means_on_line_but_not_through_a_partner():
    said = [renewable_online(channel, stated=None) for channel in ("online", "sales", "partner")]

    assert said == [True, True, False]
    assert renewable_online("partner", stated=True)


def test_who_loses_a_seat_first():
    def held(person, *, since, used):
        return HeldSeat(
            assignment=person,
            person=person,
            assigned_on=date(2026, 1, since),
            last_used_on=None if used is None else date(2026, 2, used),
        )

    seats = [
        held("lately", since=1, used=20),
        held("never-b", since=1, used=None),
        held("long-ago", since=1, used=2),
        held("never-new", since=9, used=None),
        held("never-a", since=1, used=None),
    ]

    assert [seat.person for seat in losing_order(seats)] == [
        "never-new",
        "never-a",
        "never-b",
        "long-ago",
        "lately",
    ]


def test_the_most_specific_policy_decides_then_the_latest():
    later = PolicyRecord("default", "", {}, date(2027, 1, 1), SETTINGS | {"transfer_days": 9})
    records = [*RECORDS, later]

    def on(day, region):
        return policy_for(records, region=region, channel="online", months=12, on=day)

    assert on(date(2026, 12, 31), "US").transfer_days == 14
    assert on(date(2027, 1, 1), "US").transfer_days == 9
    assert [stage.stage for stage in on(date(2027, 1, 1), "JP").stages] == ["grace", "suspended"]
    assert on(date(2027, 1, 1), "JP").transfer_days == 9
    assert on(DAY, "US").renewal_share(1) == 1
    assert on(DAY, "US").renewal_share(36) == Fraction(9, 10)
    assert on(DAY, "US").return_window_days.of(1) == 15


def test_no_policy_is_a_mistake():
    with pytest.raises(ValueError, match="no policy applies"):
        policy_for(RECORDS, region="US", channel="online", months=12, on=date(2019, 1, 1))
    with pytest.raises(ValueError, match="is not in force"):
        policy_for([IN_JAPAN], region="JP", channel="online", months=12, on=DAY)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"renewal_share": {"1": "1"}}, "has no default"),
        ({"renewal_share": {"default": "11/10"}}, "is not above 0 and at most 1"),
        ({"renewal_share": {"default": "x"}}, "cannot be read"),
        ({"reminder_days": [7, 7]}, "names a day twice"),
        ({"reminder_days": [-1]}, "holds something else than days"),
        ({"payment_grace_days": -1}, "is negative"),
        ({"payment_grace_days": True}, "has the wrong type"),
        ({"quote_hold_days": "7"}, "has the wrong type"),
        ({"unknown": 1}, "is not a setting of a policy"),
        ({"stages_after_end": [{"stage": "limbo"}]}, "cannot be read"),
        ({"return_window_days": {"default": -3}}, "is negative"),
    ],
)
def test_what_is_wrong_with_a_policy(change, reason):
    record = PolicyRecord("p", "", {}, DAY, SETTINGS | change)

    assert any(reason in said for _, said in policy_problems(record))


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        ({"stage": "limbo"}, "has a stage that is none of"),
        ({"access": "half"}, "neither full nor none"),
    ],
)
def test_what_is_wrong_with_a_stage(stage, reason):
    good = {
        "stage": "grace",
        "days": 3,
        "access": "full",
        "renewable": True,
        "price_class": "renewal",
    }
    one = PolicyRecord("p", "", {}, DAY, SETTINGS | {"stages_after_end": [good | stage]})
    two = PolicyRecord("p", "", {}, DAY, SETTINGS | {"stages_after_end": [good, good]})

    assert any(reason in said for _, said in policy_problems(one))
    assert policy_problems(two) == [("stages_after_end", "names a stage twice")]


def test_a_sound_policy_has_no_problems_and_a_base_names_everything():
    assert policy_problems(DEFAULT) == policy_problems(IN_JAPAN) == []
    missing = PolicyRecord("p", "", {"color": ["red"]}, DAY, {})
    said = dict(policy_problems(missing))
    assert said["reminder_days"] == "is missing"
    assert said["color"] == "cannot select by 'color'"
