"""Becoming something else at renewal: a collection, or what a trade-in gives."""

from collections.abc import Sequence

from msgspec.structs import replace

from perenne.renewals.changes.planning import planned_item, renewal_day
from perenne.renewals.changes.preparing import Prepared, PreparedItem, Situation, verdict_with
from perenne.renewals.changes.wishes import Switch, TradeIn
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.mistakes import FewerThanLargest, NotDivisible, NotKnown, SeveralDays
from perenne.renewals.standings import Stand
from perenne.rules import refusals as why
from perenne.rules.actions import Action
from perenne.rules.eligibility.moving import best_campaign
from perenne.rules.prices import OfferKey
from perenne.rules.refusals import Refusal


def prepare_switch(wish: Switch, situation: Situation) -> Prepared:
    """Renew as a collection; several subscriptions become the first one on their common day.

    The collection has to entitle to each of them, and takes at least the seats of the largest.

    Source: docs/explanation/changes.md, «Switching to a collection».
    """
    stands = [situation.stand(identity) for identity in wish.subscriptions]
    contents = situation.pricer.catalogue.contents.get(wish.collection)
    if contents is None:
        raise InvalidChoicesError("collection", NotKnown(wish.collection))
    largest = max(stand.facts.seats_owned for stand in stands)
    if wish.seats is not None and wish.seats < largest:
        raise InvalidChoicesError("seats", FewerThanLargest(wish.seats, largest))
    _require_one_day(stands)
    first, *others = stands
    offer = OfferKey(wish.collection, "named_user", first.facts.months)
    explicit = wish.seats if wish.seats is not None or not others else largest
    plan = replace(
        first.facts.plan,
        offer=offer,
        seats=explicit,
        merges=tuple(stand.facts.id for stand in others),
    )
    items = [planned_item(first, Action.SWITCH, plan, situation, more=_outside(first, contents))]
    items += [_merged(stand, first, contents, situation) for stand in others]
    return Prepared(items=tuple(items), effective_on=first.facts.term.renews_on)


def _require_one_day(stands: Sequence[Stand]) -> None:
    days = {stand.facts.term.renews_on for stand in stands}
    if len(days) > 1:
        raise InvalidChoicesError("subscriptions", SeveralDays())


def _outside(stand: Stand, contents: Sequence[str]) -> list[Refusal]:
    product = stand.facts.offer.product
    return [] if product in contents else [why.NoCollection(product)]


def _merged(
    stand: Stand, first: Stand, contents: Sequence[str], situation: Situation
) -> PreparedItem:
    """A subscription that the first one takes in; it waits with it until then."""
    plan = replace(
        stand.facts.plan,
        merged_into=first.facts.id,
        renews_automatically=first.facts.plan.renews_automatically,
    )
    return planned_item(stand, Action.SWITCH, plan, situation, more=_outside(stand, contents))


def prepare_trade_in(wish: TradeIn, situation: Situation) -> Prepared:
    """Renew as what the open campaign gives, all seats of each subscription, once.

    Source: docs/explanation/changes.md, «Trading in».
    """
    items = [_traded(situation.stand(identity), situation) for identity in wish.subscriptions]
    return Prepared(items=tuple(items), effective_on=renewal_day(items))


def _traded(stand: Stand, situation: Situation) -> PreparedItem:
    verdict = verdict_with(Action.TRADE_IN, stand)
    campaign = best_campaign(stand.standing, as_of=stand.as_of)
    if campaign is None or not verdict.allowed:
        return PreparedItem(stand=stand, verdict=verdict)
    facts = stand.facts
    if facts.seats_owned % campaign.seats_in:
        raise InvalidChoicesError(
            "subscriptions", NotDivisible(facts.seats_owned, campaign.seats_in)
        )
    plan = replace(
        facts.plan,
        offer=campaign.target_of(facts.offer),
        seats=None,
        campaign=campaign.code,
        seats_in=campaign.seats_in,
        seats_out=campaign.seats_out,
    )
    return planned_item(stand, Action.TRADE_IN, plan, situation)
