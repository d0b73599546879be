"""How long quotes are valid, who may take which step, and what a quote settles."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules.actions import Action
from perenne.rules.calendar import Period
from perenne.rules.eligibility.standing import Approval, Asker
from perenne.rules.eligibility.verdicts import verdict_on
from perenne.rules.lifecycle import Stage, StageFacts, stage_on
from perenne.rules.payments import tries_due
from perenne.rules.plans import PlanProblem
from perenne.rules.policy import policy_for
from perenne.rules.quoted import QuoteTerms, quoted_verdict
from perenne.rules.quotes import (
    Approved,
    Covered,
    QuoteParty,
    QuoteState,
    QuoteStep,
    StepImpossible,
    acceptance_refusals,
    default_validity,
    expiring_milestone,
    latest_validity,
    open_steps,
    option_refusals,
    recipient_refusals,
    role_refusals,
    state_after,
    validity_refusals,
    yearly_minor,
)
from tests.rules.policies import RECORDS
from tests.rules.standings import a_standing
from tests.rules.tables import table

PAGE = "quotes"
DEFAULT = policy_for(RECORDS, region="US", channel="online", months=12, on=date(2026, 1, 1))
DAYS = st.dates(date(2026, 1, 1), date(2030, 1, 1))


def day(text):
    return date.fromisoformat(text)


def covered_of(row):
    return [
        Covered(day(one), row["automatic"] == "yes", int(row["hold days"]))
        for one in row["renews on"].split()
    ]


@pytest.mark.parametrize("row", table(PAGE, "How long it is valid"), ids=str)
def test_how_long_it_is_valid(row):
    issued_on, covers = day(row["issued"]), covered_of(row)
    wanted = (
        default_validity(issued_on, covers, valid_days=30)
        if row["wanted"] == "–"
        else day(row["wanted"])
    )

    refused = validity_refusals(wanted, covers, issued_on=issued_on)

    assert [one.code for one in refused] == ([] if row["refused"] == "–" else [row["refused"]])
    if not refused:
        assert wanted == day(row["valid through"])


@given(
    issued_on=DAYS,
    renewals=st.lists(
        st.builds(Covered, DAYS, st.booleans(), st.integers(0, 30)), min_size=1, max_size=4
    ),
    valid_days=st.integers(1, 90),
)
def test_the_default_is_refused_only_if_no_day_would_do(issued_on, renewals, valid_days):
    chosen = default_validity(issued_on, renewals, valid_days=valid_days)

    refused = validity_refusals(chosen, renewals, issued_on=issued_on)

    assert bool(refused) == (latest_validity(renewals) < issued_on)
    assert chosen <= latest_validity(renewals)


@given(renewals=st.lists(st.builds(Covered, DAYS, st.booleans(), st.integers(0, 30)), min_size=1))
def test_no_quote_outlasts_the_renewal_that_nobody_would_execute(renewals):
    for one in renewals:
        if not one.automatic:
            assert latest_validity(renewals) < one.renews_on


def facts(row, *, automatic=True):
    let_go = row["let go on"]
    return StageFacts(
        renews_on=day(row["renews on"]),
        months=12,
        tries_automatically=automatic,
        plan_conflicted=False,
        open_attempt=False,
        imported_as_of=None,
        ended_on=None,
        held_until=None if let_go == "–" else day(let_go),
    )


@pytest.mark.parametrize("row", table(PAGE, "The hold"), ids=str)
def test_when_the_run_tries_after_a_hold(row):
    of = facts(row)
    days = [of.renews_on + timedelta(n) for n in range(30)]

    tried = [
        one
        for one in days
        if tries_due(renews_on=of.tried_from, day=one, retry_days=DEFAULT.payment_retry_days)
        is not None
    ]
    stages = [stage_on(of, as_of=one, finished_through=one, policy=DEFAULT) for one in days]

    assert " ".join(one.isoformat() for one in tried) == row["tries on days"]
    assert days[stages.index(Stage.EXPIRED)] == day(row["without success expires on"])
    assert set(stages) == {Stage.PAST_DUE, Stage.EXPIRED}


@given(held_days=st.integers(1, 30))
def test_a_hold_keeps_nothing_alive_that_would_not_renew_by_itself(held_days):
    renews_on = date(2026, 12, 20)
    row = {
        "renews on": renews_on.isoformat(),
        "let go on": (renews_on + timedelta(held_days)).isoformat(),
    }

    found = stage_on(
        facts(row, automatic=False), as_of=renews_on, finished_through=renews_on, policy=DEFAULT
    )

    assert found is Stage.EXPIRED


@pytest.mark.parametrize("row", table(PAGE, "The life of a version"), ids=str)
def test_the_life_of_a_version(row):
    state = QuoteState(row["from"])

    for step in QuoteStep:
        after = state_after(state, step)
        if row[step.value] == "–":
            assert after == StepImpossible(state)
        else:
            assert after == QuoteState(row[step.value])


@given(st.lists(st.sampled_from(QuoteStep), max_size=12))
def test_nothing_is_bought_twice_and_what_is_over_stays_over(steps):
    state = QuoteState.DRAFT
    accepted = 0
    for step in steps:
        after = state_after(state, step)
        if isinstance(after, StepImpossible):
            continue
        accepted += (step is QuoteStep.ACCEPT) - (step is QuoteStep.REOPEN)
        if state in (QuoteState.DECLINED, QuoteState.EXPIRED, QuoteState.WITHDRAWN):
            assert after is state
        state = after
    assert accepted == (state is QuoteState.ACCEPTED)


@pytest.mark.parametrize("row", table(PAGE, "Who may do what"), ids=str)
def test_who_may_do_what(row):
    for party in QuoteParty:
        refused = role_refusals(
            QuoteStep(row["step"]), frozenset({party}), is_own=row["made by"] == "own"
        )
        assert bool(refused) == (row[party.value] == "no")


@given(
    state=st.sampled_from(QuoteState),
    parties=st.frozensets(st.sampled_from(QuoteParty)),
    is_own=st.booleans(),
)
def test_what_is_offered_is_what_can_be_done(state, parties, is_own):
    steps = open_steps(state, parties, is_own=is_own)

    for step in steps:
        assert not isinstance(state_after(state, step), StepImpossible)
        assert role_refusals(step, parties, is_own=is_own) == ()


@pytest.mark.parametrize("row", table(PAGE, "Accepting"), ids=str)
def test_what_stands_against_accepting(row):
    approval = None
    if row["limit"] != "–":
        approval = Approved("Bea", int(row["limit"]), row["approved"] == "yes")

    refused = acceptance_refusals(
        as_of=day(row["as of"]),
        valid_through=day(row["valid through"]),
        amount_minor=int(row["amount"]),
        approval=approval,
    )

    assert [one.code for one in refused] == ([] if row["refused"] == "–" else [row["refused"]])


@pytest.mark.parametrize("row", table(PAGE, "Comparing options"), ids=str)
def test_what_an_option_costs_a_year(row):
    assert yearly_minor(int(row["amount"]), int(row["months"])) == int(row["a year"])


RENEWS_ON = a_standing().term.renews_on
NEXT_TERM = Period(RENEWS_ON, RENEWS_ON + timedelta(365))
AGAINST = {
    "renewal.window_not_open": {},
    "role.missing": {"asker": Asker(frozenset({"payer"}), {})},
    "approval.required": {"approval": Approval("Bea", 0), "renewal_minor": 1},
    "route.sales": {"renewable_online": False},
    "payment.method_missing": {"paying": None},
    "renewal.already_done": {"term": NEXT_TERM},
    "offer.retired": {"plan_problem": PlanProblem.OFFER_RETIRED},
}


def standing_against(code):
    """A standing and a day for which this reason alone stands against renewing by hand."""
    is_early = code == "renewal.window_not_open"
    return a_standing(**AGAINST[code]), RENEWS_ON - timedelta(200 if is_early else 10)


@pytest.mark.parametrize("code", AGAINST)
def test_each_of_these_reasons_stands_against_renewing_by_hand(code):
    standing, as_of = standing_against(code)

    found = verdict_on(Action.RENEW, standing, policy=DEFAULT, as_of=as_of)

    assert code in [one.code for one in found.refusals]


def codes_of(code, **how):
    standing, as_of = standing_against(code)
    terms = QuoteTerms(priced_on=as_of, **how)
    found = quoted_verdict(standing, terms, policy=DEFAULT, as_of=as_of)
    return [one.code for one in found.refusals]


@pytest.mark.parametrize("row", table(PAGE, "What a quote settles"), ids=str)
def test_what_a_quote_settles(row):
    code = row["reason against renewing by hand"]
    ways = {
        "quoting": {"by_seller": False, "is_accepting": False},
        "accepting, made by the customer": {"by_seller": False, "is_accepting": True},
        "accepting, made by a seller": {"by_seller": True, "is_accepting": True},
    }

    for name, how in ways.items():
        found = codes_of(code, **how)
        assert (code in found) == (row[name] == "stands"), (name, found)


def test_a_quote_has_one_to_three_options_that_differ():
    assert option_refusals(["a", "b", "c"]) == ()
    found = option_refusals(["a", "b", "a"])
    assert (found[0].first, found[0].second) == ("A", "C")
    for hashes in ([], ["a", "b", "c", "d"]):
        with pytest.raises(ValueError, match="1 to 3"):
            option_refusals(hashes)


@pytest.mark.parametrize(("how_many", "refused"), [(0, False), (5, False), (6, True)])
def test_how_many_others_get_it(how_many, refused):
    assert bool(recipient_refusals(how_many)) is refused


@pytest.mark.parametrize(("left", "told"), [(8, None), (7, 7), (6, None), (1, 1), (0, None)])
def test_when_its_end_is_told(left, told):
    last = date(2026, 12, 20)

    assert expiring_milestone(last, day=last - timedelta(left), days=(7, 1)) == told
