"""Which subscriptions are proposed to be aligned, to which days, and what the others need first."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.align_plan import Candidate, StepKind, plan_alignment
from perenne.rules.align_targets import AlignMode, days_to_choose
from perenne.rules.policy import PolicyRecord, policy_for, policy_problems
from tests.rules.policies import DAY, DEFAULT, PLAIN, SETTINGS
from tests.rules.tables import table

TODAY = date(2026, 12, 1)
OPEN = frozenset({12, 36})


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize("row", table("alignment", "The common day"), ids=str)
def test_the_days_that_can_be_chosen(row):
    renewal_days = [day(text) for text in row["renewal days"].split()]

    assert days_to_choose(renewal_days, months=int(row["months"])) == (
        day(row["first possible"]),
        day(row["last possible"]),
    )


def as_written(text):
    """A candidate of the worked table, such as ``a,12>36@2027-03-01,card,2027-03-01``."""
    name, months, method, renews_on = text.split(",")
    running, _, planned = months.partition(">")
    later, _, ready_on = planned.partition("@")
    return Candidate(
        id=name,
        region="US",
        months=int(later or running),
        method=None if method == "none" else method,
        renews_on=day(renews_on),
        ready_on=day(ready_on) if ready_on else TODAY,
        is_eligible=method != "none" and not planned,
        months_open=OPEN,
    )


def steps_in(path):
    if not path.steps:
        return f"{path.subscription}: nothing from {path.possible_on}"
    kinds = "+".join(step.kind.value for step in path.steps)
    return f"{path.subscription}: {kinds} from {path.possible_on}"


@pytest.mark.parametrize("row", table("alignment", "Prerequisite steps"), ids=str)
def test_groups_and_steps(row):
    plan = plan_alignment([as_written(text) for text in row["subscriptions"].split()], as_of=TODAY)

    groups = " ".join("+".join(group.members) for group in plan.groups)
    assert (groups or "–") == row["groups"]
    assert ("; ".join(steps_in(path) for path in plan.paths) or "–") == row["steps"]


def a_candidate(name, **given_facts):
    facts = {
        "region": "US",
        "months": 12,
        "method": "card",
        "renews_on": date(2027, 3, 1),
        "ready_on": TODAY,
        "is_eligible": True,
        "months_open": OPEN,
    }
    return Candidate(id=name, **(facts | given_facts))


def test_another_region_is_never_joined():
    here, there = a_candidate("a"), a_candidate("b", region="TW", renews_on=date(2027, 5, 1))

    plan = plan_alignment([here, there], as_of=TODAY)

    assert (plan.groups, plan.paths) == ((), ())


def test_what_cannot_last_longer_is_only_aligned_to():
    early, retired, late = (
        a_candidate("a"),
        a_candidate("b", renews_on=date(2027, 4, 1), extends=False),
        a_candidate("c", renews_on=date(2027, 5, 1), extends=False),
    )

    (group,) = plan_alignment([early, retired, late], as_of=TODAY).groups

    assert (group.members, group.day) == (("a", "c"), date(2027, 5, 1))


def test_steps_that_cannot_be_taken_on_line_are_not_named():
    fixed = {"months_open": frozenset(), "may_pay_otherwise": False}
    one = a_candidate("a", method="debit", **fixed)
    two = a_candidate("b", months=36, **fixed)

    assert plan_alignment([one, two], as_of=TODAY).paths == ()


@st.composite
def candidates(draw):
    """Up to eight subscriptions of one region."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        renews_on = TODAY + timedelta(draw(st.integers(1, 400)))
        is_waiting = draw(st.booleans())
        method = draw(st.sampled_from((None, "card", "debit")))
        found.append(
            Candidate(
                id=f"s{number}",
                region="US",
                months=draw(st.sampled_from((1, 12, 36))),
                method=method,
                renews_on=renews_on,
                ready_on=renews_on if is_waiting else TODAY,
                is_eligible=method is not None and not is_waiting,
                months_open=draw(st.sampled_from((frozenset(), frozenset({12}), OPEN))),
                may_pay_otherwise=draw(st.booleans()),
            )
        )
    return found


@given(candidates())
def test_once_the_steps_are_taken_nobody_is_alone(book):
    plan = plan_alignment(book, as_of=TODAY)
    joins = {path.subscription: path.joins for path in plan.paths}
    after = {one.id: joins.get(one.id, one.key) for one in book}
    ready = {path.subscription: path.possible_on for path in plan.paths}

    for path in plan.paths:
        company = [name for name in after if name != path.subscription]
        beside = [name for name in company if after[name] == path.joins]
        assert beside
        assert any(ready.get(name, TODAY) <= path.possible_on for name in beside)


@given(candidates())
def test_every_step_is_one_that_is_open_and_takes_effect_by_the_earliest_day(book):
    by_id = {one.id: one for one in book}

    for path in plan_alignment(book, as_of=TODAY).paths:
        one = by_id[path.subscription]
        kinds = {step.kind: step.on for step in path.steps}
        assert max(kinds.values(), default=TODAY) <= path.possible_on
        assert (StepKind.UNIFY_METHOD in kinds) is (one.method != path.joins.method)
        assert (StepKind.CHANGE_TERM in kinds) is (one.months != path.joins.months)
        assert StepKind.UNIFY_METHOD not in kinds or one.may_pay_otherwise
        if StepKind.CHANGE_TERM in kinds:
            assert path.joins.months in one.months_open
            assert kinds[StepKind.CHANGE_TERM] == one.renews_on


@given(candidates())
def test_nobody_has_steps_who_has_somebody_to_be_aligned_with(book):
    plan = plan_alignment(book, as_of=TODAY)
    ready = [one for one in book if one.ready_on <= TODAY and one.key]
    settled = {one.id for one in ready if sum(peer.key == one.key for peer in ready) > 1}

    assert settled.isdisjoint(path.subscription for path in plan.paths)
    for group in plan.groups:
        assert set(group.members) <= settled


@given(candidates())
def test_the_order_of_the_book_changes_nothing(book):
    assert plan_alignment(book, as_of=TODAY) == plan_alignment(book[::-1], as_of=TODAY)


@given(candidates())
def test_the_earliest_of_all_days_is_found(book):
    """Found again by trying every pair."""
    plan = plan_alignment(book, as_of=TODAY)
    ready = [one for one in book if one.ready_on <= TODAY and one.key]
    settled = {one.id for one in ready if sum(peer.key == one.key for peer in ready) > 1}
    days = []
    for one in (one for one in book if one.id not in settled):
        for peer in (peer for peer in book if peer.id != one.id and peer.key):
            possible = [TODAY, peer.ready_on]
            if one.method != peer.method and not one.may_pay_otherwise:
                continue
            if one.months != peer.months and peer.months not in one.months_open:
                continue
            possible.append(one.renews_on if one.months != peer.months else one.ready_on)
            days.append(max(possible))

    assert min((path.possible_on for path in plan.paths), default=None) == min(days, default=None)


def policy_with(modes):
    return PolicyRecord("default", "", {}, date(2020, 1, 1), SETTINGS | {"align_modes": modes})


def test_a_policy_that_says_nothing_stretches():
    assert PLAIN.align_modes == (AlignMode.STRETCH,)
    assert policy_problems(DEFAULT) == []


def test_a_policy_offers_more_modes():
    record = policy_with(["stretch", "at_renewal"])
    policy = policy_for((record,), region="US", channel="online", months=12, on=DAY)

    assert policy_problems(record) == []
    assert policy.align_modes == (AlignMode.STRETCH, AlignMode.AT_RENEWAL)


@pytest.mark.parametrize(
    ("modes", "said"),
    [
        ([], "is not a list of stretch, at_renewal"),
        (["shorten"], "is not a list of stretch, at_renewal"),
        (["at_renewal"], "does not name stretch"),
        (["stretch", "stretch"], "names a mode twice"),
        ("stretch", "has the wrong type"),
    ],
)
def test_a_policy_with_wrong_modes_is_told_so(modes, said):
    ((setting, reason),) = policy_problems(policy_with(modes))

    assert setting == "align_modes"
    assert re.search(said, reason)
