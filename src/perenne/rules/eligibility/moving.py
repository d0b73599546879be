"""Whether a subscription can become something else: a collection, named users, a plan."""

from datetime import date

from perenne.rules import refusals as why
from perenne.rules.campaigns import Campaign
from perenne.rules.eligibility.standing import Standing
from perenne.rules.refusals import Refusal


def switch_refusals(standing: Standing) -> list[Refusal]:
    """A collection has to contain the product and be sold in the region.

    Source: docs/explanation/changes.md, «Switching to a collection».
    """
    if not standing.collections:
        return [why.NoCollection(standing.offer.product)]
    if not any(standing.collections.values()):
        return [why.PriceMissing(min(standing.collections), standing.region)]
    return []


def trade_in_refusals(standing: Standing, *, as_of: date) -> list[Refusal]:
    """A campaign for such seats has to be open today and on the renewal day, and unused.

    Source: docs/explanation/changes.md, «Trading in».
    """
    if standing.has_traded_in:
        return [why.CampaignUsed()]
    best = best_campaign(standing, as_of=as_of)
    if best is None:
        return [why.CampaignNotForThese(standing.offer.access)]
    if as_of < best.opens_on:
        return [why.CampaignNotOpen(best.opens_on)]
    if not best.is_open(decided_on=as_of, starts_on=standing.term.renews_on):
        return [why.CampaignEnded(best.last_day)]
    if best.code not in standing.targets_priced:
        return [why.PriceMissing(str(best.target_of(standing.offer)), standing.region)]
    return []


def best_campaign(standing: Standing, *, as_of: date) -> Campaign | None:
    """The trade-in for such seats that is open, or else the one that ends last; None if none is."""
    offers = [
        campaign
        for campaign in standing.campaigns
        if campaign.kind == "trade_in" and campaign.is_for(standing.offer, standing.region)
    ]
    return max(
        offers,
        key=lambda campaign: (
            campaign.is_open(decided_on=as_of, starts_on=standing.term.renews_on),
            campaign.code in standing.targets_priced,
            campaign.last_day,
            campaign.code,
        ),
        default=None,
    )


def business_plan_refusals(standing: Standing) -> list[Refusal]:
    """Companies with enough active seats, or subscriptions, may have the plan.

    A plan that runs may take in later seats, whatever the threshold says by then.

    Source: docs/explanation/changes.md, «Business plan».
    """
    cover = standing.cover
    if not cover.is_business:
        return [why.ConsumerPlan()]
    if not cover.covered_seats and cover.counted < cover.at_least:
        return [why.BelowThreshold(cover.at_least, cover.counted)]
    return []


def cover_refusals(standing: Standing, chosen: int) -> list[Refusal]:
    """All eligible seats are covered, or none."""
    cover = standing.cover
    if chosen + cover.covered_seats >= cover.eligible_seats:
        return []
    return [why.IncompleteCover(cover.eligible_seats, chosen + cover.covered_seats)]
