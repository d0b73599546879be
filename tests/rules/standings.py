"""How a subscription stands, for rules: each call states what its test depends on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from perenne.rules.calendar import Period
from perenne.rules.eligibility.standing import Asker, Paying, Peer, PlanCover, Standing
from perenne.rules.lifecycle import Stage
from perenne.rules.prices import OfferKey

RENEWS_ON = date(2026, 12, 10)
ALL_ACTIONS = frozenset(
    "renew auto_renew change_term add_seats reduce_seats align switch trade_in "
    "business_plan".split()
)
MANAGER = Asker(frozenset({"contract_manager"}), {"contract_manager": ("Ana Diaz",)})
CARD = Paying("card", "4242", "2030-12")


def a_peer(**given: object) -> Peer:
    """Another subscription of the company, three months later."""
    peer = Peer(
        id="sub_2",
        months=12,
        method="pmt_1",
        renews_on=date(2027, 3, 10),
        sold_online=True,
        may_move=True,
    )
    return replace(peer, **given)


def a_cover(**given: object) -> PlanCover:
    """A company with twelve seats of ten that are needed, none of them covered."""
    cover = PlanCover(
        is_business=True, at_least=10, counted=12, eligible_seats=12, covered_seats=0, plan=None
    )
    return replace(cover, **given)


def a_standing(**given: object) -> Standing:
    """Three seats of Draft LT for a year, sold on line, renewed automatically by card."""
    standing = Standing(
        stage=Stage.ACTIVE,
        term=Period(date(2025, 12, 10), RENEWS_ON),
        months=12,
        offer=OfferKey("LT", "named_user", 12),
        last_day_of_access=date(2026, 12, 9),
        suspended_since=None,
        in_progress=False,
        region="US",
        actions_enabled=ALL_ACTIONS,
        sold_online=True,
        renewable_online=True,
        has_partner=False,
        automatic=True,
        plan_problem=None,
        plan_conflict="",
        plan_changes=False,
        hold=None,
        method="pmt_1",
        paying=CARD,
        overdue_invoice=None,
        renewal_minor=126_000,
        approval=None,
        asker=MANAGER,
        seats_owned=3,
        months_offered=(1, 12, 36),
        is_self_service=True,
        adds_seats=True,
        is_priced_now=True,
        retired_on=None,
        successor_access="",
        peers=(a_peer(),),
        collections={"BUILD": True},
        campaigns=(),
        targets_priced=frozenset(),
        has_traded_in=False,
        cover=a_cover(),
        returnable_until=date(2026, 12, 5),
        bought_since=None,
        joins_others=False,
    )
    return replace(standing, **given)
