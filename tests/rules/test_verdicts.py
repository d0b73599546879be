"""Every action gets yes, a day, or every reason; each reason says who can mend it and how."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perenne.rules import refusals as why
from perenne.rules.actions import ALWAYS_OPEN, Action
from perenne.rules.calendar import Period
from perenne.rules.campaigns import Campaign
from perenne.rules.eligibility.standing import Approval, Asker, Hold, Paying
from perenne.rules.eligibility.verdicts import verdict_on
from perenne.rules.lifecycle import Stage
from perenne.rules.plans import PlanProblem
from perenne.rules.policy import PolicyRecord, policy_for
from perenne.rules.prices import OfferKey
from perenne.rules.remedies import Step, remedy_of
from perenne.rules.verdict import SHOWN, State, Verdict
from tests.rules.policies import DAY, GRACEFUL, PLAIN, RECORDS
from tests.rules.standings import RENEWS_ON, a_cover, a_peer, a_standing

TODAY = date(2026, 12, 1)
MULTI = OfferKey("LT", "multi_user", 12)
NOBODY = Asker(frozenset({"viewer"}), {"contract_manager": ("Ana Diaz",)})
TWO_FOR_ONE = Campaign(
    code="two-for-one",
    kind="trade_in",
    source_product=None,
    source_access="multi_user",
    target_product=None,
    target_access="named_user",
    seats_in=1,
    seats_out=2,
    share=Fraction(1),
    regions=frozenset(),
    opens_on=date(2026, 9, 1),
    last_day=date(2027, 8, 31),
    once_per_seat=True,
)
TRADING = {
    "offer": MULTI,
    "campaigns": (TWO_FOR_ONE,),
    "targets_priced": frozenset({"two-for-one"}),
}
TRANSFER = Paying("bank_transfer")
SHORT_CARD = Paying("card", "4242", "2026-11")
RENEWED = {"term": Period(RENEWS_ON, date(2027, 12, 10))}


def codes(action, as_of=TODAY, policy=PLAIN, **given_facts):
    verdict = verdict_on(action, a_standing(**given_facts), policy=policy, as_of=as_of)
    return [refusal.code for refusal in verdict.refusals]


@pytest.mark.parametrize("action", Action)
def test_what_nothing_stands_against_is_available(action):
    facts = TRADING if action is Action.TRADE_IN else {}

    assert codes(action, **facts) == []


@pytest.mark.parametrize(
    ("action", "facts", "found"),
    [
        (Action.RENEW, RENEWED, ["renewal.already_done"]),
        (Action.RENEW, {"in_progress": True}, ["renewal.in_progress"]),
        (Action.RENEW, {"stage": Stage.EXPIRED}, ["stage.expired"]),
        (Action.RENEW, {"stage": Stage.PAST_DUE}, []),
        (Action.RENEW, {"renewable_online": False, "has_partner": True}, ["route.partner"]),
        (Action.RENEW, {"renewable_online": False}, ["route.sales"]),
        (Action.RENEW, {"renewable_online": False, "paying": None}, ["route.sales"]),
        (Action.RENEW, {"asker": NOBODY}, ["role.missing"]),
        (Action.RENEW, {"plan_problem": PlanProblem.OFFER_RETIRED}, ["offer.retired"]),
        (Action.RENEW, {"plan_problem": PlanProblem.PRICE_MISSING}, ["price.missing"]),
        (Action.RENEW, {"plan_conflict": "offer.retired"}, ["renewal.plan_conflicted"]),
        (Action.RENEW, {"paying": None}, ["payment.method_missing"]),
        (Action.RENEW, {"paying": TRANSFER}, []),
        (Action.BUSINESS_PLAN, {"paying": TRANSFER}, ["payment.method_unsupported"]),
        (Action.RENEW, {"overdue_invoice": "R-000001"}, ["invoice.overdue"]),
        (Action.RENEW, {"approval": Approval("Bo Chen", 125_999)}, ["approval.required"]),
        (Action.RENEW, {"approval": Approval("Bo Chen", 126_000)}, []),
        (Action.AUTO_RENEW, {"actions_enabled": frozenset()}, []),
        (
            Action.AUTO_RENEW,
            {"automatic": False, "actions_enabled": frozenset()},
            ["region.not_enabled"],
        ),
        (Action.AUTO_RENEW, {"automatic": False, "paying": None}, ["payment.method_missing"]),
        (
            Action.AUTO_RENEW,
            {"automatic": False, "paying": SHORT_CARD},
            ["payment.expires_before_renewal"],
        ),
        (
            Action.AUTO_RENEW,
            {"automatic": False, "plan_problem": PlanProblem.OFFER_RETIRED},
            ["offer.retired"],
        ),
        (Action.CHANGE_TERM, {"months_offered": (12,)}, ["offer.single_term"]),
        (Action.CHANGE_TERM, {"is_self_service": False}, ["offer.not_self_service"]),
        (Action.CHANGE_TERM, {"hold": Hold("Q-1", TODAY)}, ["renewal.held_by_quote"]),
        (Action.ADD_SEATS, {"automatic": False}, ["auto_renewal.off"]),
        (Action.ADD_SEATS, {"adds_seats": False}, ["offer.not_self_service"]),
        (Action.ADD_SEATS, {"is_priced_now": False}, ["price.missing"]),
        (Action.ADD_SEATS, {"overdue_invoice": "R-000001"}, ["invoice.overdue"]),
        (Action.ADD_SEATS, {"actions_enabled": frozenset()}, ["region.not_enabled"]),
        (Action.REDUCE_SEATS, {"seats_owned": 1}, ["seats.minimum"]),
        (Action.REDUCE_SEATS, {"hold": Hold("Q-1", TODAY)}, ["renewal.held_by_quote"]),
        (Action.ALIGN, {"sold_online": False}, ["align.not_self_service"]),
        (Action.ALIGN, {"peers": ()}, ["align.only_one"]),
        (Action.ALIGN, {"peers": (a_peer(sold_online=False),)}, ["align.only_one"]),
        (Action.ALIGN, {"peers": (a_peer(may_move=False),)}, ["align.only_one"]),
        (Action.ALIGN, {"peers": (a_peer(renews_on=RENEWS_ON),)}, ["align.dates_equal"]),
        (Action.ALIGN, {"peers": (a_peer(months=36),)}, ["align.term_differs"]),
        (Action.ALIGN, {"peers": (a_peer(method="pmt_2"),)}, ["align.payment_differs"]),
        (
            Action.ALIGN,
            {"peers": (a_peer(months=36, method="pmt_2"),)},
            ["align.term_differs", "align.payment_differs"],
        ),
        (Action.ALIGN, {"plan_changes": True}, ["change.pending"]),
        (Action.ALIGN, {"stage": Stage.GRACE}, ["stage.past_due"]),
        (Action.SWITCH, {"collections": {}}, ["switch.no_collection"]),
        (Action.SWITCH, {"collections": {"BUILD": False}}, ["price.missing"]),
        (Action.SWITCH, {"plan_changes": True}, ["change.pending"]),
        (Action.TRADE_IN, {}, ["campaign.not_for_these"]),
        (Action.TRADE_IN, TRADING | {"has_traded_in": True}, ["campaign.used"]),
        (Action.TRADE_IN, TRADING | {"targets_priced": frozenset()}, ["price.missing"]),
        (
            Action.TRADE_IN,
            TRADING | {"campaigns": (replace(TWO_FOR_ONE, opens_on=date(2026, 12, 2)),)},
            ["campaign.not_open"],
        ),
        (
            Action.TRADE_IN,
            TRADING | {"campaigns": (replace(TWO_FOR_ONE, last_day=date(2026, 11, 30)),)},
            ["campaign.ended"],
        ),
        (
            Action.TRADE_IN,
            TRADING | {"campaigns": (replace(TWO_FOR_ONE, last_day=date(2026, 12, 9)),)},
            ["campaign.ended"],
        ),
        (Action.BUSINESS_PLAN, {"cover": a_cover(is_business=False)}, ["plan.consumer"]),
        (Action.BUSINESS_PLAN, {"cover": a_cover(counted=9)}, ["plan.below_threshold"]),
        (Action.BUSINESS_PLAN, {"cover": a_cover(counted=9, covered_seats=9)}, []),
        (Action.RETURN, {"returnable_until": TODAY}, []),
        (Action.RETURN, {"returnable_until": TODAY - timedelta(1)}, ["return.window_closed"]),
        (Action.RETURN, {"returnable_until": None}, ["return.window_closed"]),
        (Action.RETURN, {"bought_since": "S000012"}, ["return.bought_since"]),
        (Action.RETURN, {"joins_others": True}, ["change.pending"]),
        (Action.RETURN, {"plan_changes": True}, []),
        (Action.PAYMENT_METHOD, {"stage": Stage.SUSPENDED}, []),
        (Action.CHANGE_PARTNER, {"renewable_online": False, "has_partner": True}, []),
        (Action.ADD_SEATS, {"stage": Stage.SUSPENDED}, ["stage.suspended"]),
        (Action.ASSISTED, {"asker": NOBODY, "stage": Stage.EXPIRED}, []),
        (Action.BUY_AGAIN, {"asker": NOBODY}, ["role.missing"]),
        (Action.BUY_AGAIN, {"stage": Stage.EXPIRED, "in_progress": True}, []),
    ],
)
def test_yes_or_every_reason(action, facts, found):
    assert codes(action, **facts) == found


@pytest.mark.parametrize(
    ("automatic", "last_day"), [(True, RENEWS_ON + timedelta(6)), (False, RENEWS_ON - timedelta(1))]
)
def test_a_transfer_pays_a_renewal_as_long_as_it_can_come_in_time(automatic, last_day):
    facts = {"paying": TRANSFER, "automatic": automatic, "stage": Stage.PAST_DUE}

    assert codes(Action.RENEW, as_of=last_day, **facts) == []
    assert codes(Action.RENEW, as_of=last_day + timedelta(1), **facts) == [
        "payment.method_unsupported"
    ]


def test_several_reasons_are_all_given_and_the_most_fixable_shown_first():
    verdict = verdict_on(
        Action.ADD_SEATS,
        a_standing(automatic=False, paying=None, asker=NOBODY, actions_enabled=frozenset()),
        policy=PLAIN,
        as_of=TODAY,
    )

    assert [one.code for one in verdict.refusals] == [
        "region.not_enabled",
        "auto_renewal.off",
        "payment.method_missing",
        "role.missing",
    ]
    assert [one.code for one, _ in verdict.shown] == [
        "auto_renewal.off",
        "payment.method_missing",
        "role.missing",
    ]


def test_time_alone_gives_a_day_and_no_refusal():
    verdict = verdict_on(Action.RENEW, a_standing(), policy=PLAIN, as_of=date(2026, 9, 10))
    with_more = verdict_on(
        Action.RENEW, a_standing(paying=None), policy=PLAIN, as_of=date(2026, 9, 10)
    )

    assert (verdict.state, verdict.available_from) == (State.AVAILABLE_FROM, date(2026, 9, 11))
    assert (with_more.state, with_more.available_from) == (State.UNAVAILABLE, None)
    assert Verdict().state is State.AVAILABLE


def test_a_stage_that_is_not_renewable_closes_the_window():
    closed = PolicyRecord(
        "closed",
        "default",
        {},
        date(2021, 1, 1),
        {
            "stages_after_end": [
                {
                    "stage": "grace",
                    "days": 5,
                    "access": "full",
                    "renewable": False,
                    "price_class": "renewal",
                }
            ]
        },
    )
    policy = policy_for([*RECORDS, closed], region="US", channel="online", months=12, on=DAY)

    verdict = verdict_on(
        Action.RENEW, a_standing(stage=Stage.GRACE), policy=policy, as_of=RENEWS_ON
    )

    assert verdict.refusals == (why.WindowClosed(date(2026, 12, 9)),)


def test_what_suspends_a_running_term_is_its_unpaid_invoice():
    running = {"stage": Stage.SUSPENDED, "overdue_invoice": "R-000001"}
    since = RENEWS_ON - timedelta(30)

    verdict = verdict_on(
        Action.ALIGN,
        a_standing(**running, suspended_since=since),
        policy=PLAIN,
        as_of=TODAY,
    )

    assert why.Suspended(since, "R-000001") in verdict.refusals
    assert Step.RENEW not in remedy_of(why.Suspended(since, "R-000001")).steps


def test_what_suspends_after_the_renewal_day_is_mended_by_renewing():
    standing = a_standing(
        stage=Stage.SUSPENDED, suspended_since=RENEWS_ON, overdue_invoice="R-000001"
    )

    verdict = verdict_on(Action.ALIGN, standing, policy=GRACEFUL, as_of=RENEWS_ON + timedelta(9))

    assert why.Suspended(RENEWS_ON) in verdict.refusals
    assert Step.RENEW in remedy_of(why.Suspended(RENEWS_ON)).steps


@given(
    action=st.sampled_from(Action),
    standing=st.builds(
        a_standing,
        stage=st.sampled_from(Stage),
        in_progress=st.booleans(),
        renewable_online=st.booleans(),
        automatic=st.booleans(),
        asker=st.sampled_from([a_standing().asker, NOBODY]),
        paying=st.sampled_from([None, TRANSFER, SHORT_CARD, a_standing().paying]),
    ),
    policy=st.sampled_from([PLAIN, GRACEFUL]),
)
def test_no_reason_is_a_dead_end(action, standing, policy):
    verdict = verdict_on(action, standing, policy=policy, as_of=TODAY)

    assert all(remedy_of(refusal).steps for refusal in verdict.refusals)
    assert len(verdict.shown) == min(len(verdict.refusals), SHOWN)
    if standing.stage is Stage.EXPIRED and action not in ALWAYS_OPEN:
        assert [one.code for one in verdict.refusals] == ["stage.expired"]
