"""Aligning dates: earlier subscriptions are stretched to a common renewal day, all or none."""

from collections.abc import Sequence
from datetime import date

from perenne.billing.sales import Sale, SaleKind, SoldTerm
from perenne.renewals.changes.preparing import (
    Prepared,
    PreparedItem,
    Situation,
    refused_item,
    verdict_with,
)
from perenne.renewals.changes.wishes import Align
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.pricing import Pricer, sale_line
from perenne.renewals.standings import Stand
from perenne.rules import refusals as why
from perenne.rules.actions import Action
from perenne.rules.align_targets import latest
from perenne.rules.prices import PriceClass
from perenne.rules.refusals import Refusal
from perenne.rules.shares import stretch


def prepare_align(wish: Align, situation: Situation) -> Prepared:
    """Stretch every subscription to the target day; the latest pays nothing.

    Source: docs/explanation/alignment.md, «Stretching».
    """
    stands = [situation.stand(identity) for identity in wish.subscriptions]
    days = [stand.facts.term.renews_on for stand in stands]
    target = wish.target or latest(days)
    if len(stands) < 2 and wish.target is None:  # noqa: PLR2004 - a pair
        raise InvalidChoicesError("subscriptions", "name two subscriptions, or a target day")
    if target < max(days):
        raise InvalidChoicesError(
            "target", f"nothing is shortened: {max(days)} is the earliest possible day"
        )
    group = stands[0]
    anchor = _anchor(stands, target)
    return Prepared(
        items=tuple(_item(stand, group, target, anchor, situation) for stand in stands),
        effective_on=stands[0].as_of,
    )


def _anchor(stands: Sequence[Stand], target: date) -> int:
    """That of the subscription aligned to, or the chosen day's."""
    aligned_to = (stand.facts.anchor for stand in stands if stand.facts.term.renews_on == target)
    return next(aligned_to, target.day)


def _item(
    stand: Stand, group: Stand, target: date, anchor: int, situation: Situation
) -> PreparedItem:
    verdict = verdict_with(Action.ALIGN, stand, more=_unlike(stand, group))
    if not verdict.allowed:
        return refused_item(stand, verdict)
    if stand.facts.term.renews_on == target:
        return PreparedItem(stand=stand, verdict=verdict)
    sale = _stretch_sale(stand, target, anchor, situation.pricer)
    return PreparedItem(stand=stand, verdict=verdict, sale=sale, method=stand.facts.plan.method)


def _unlike(stand: Stand, group: Stand) -> list[Refusal]:
    """What keeps a subscription out of the group of the first one."""
    found: list[Refusal] = []
    if stand.standing.months != group.standing.months:
        found.append(why.TermDiffers(stand.standing.months, group.standing.months))
    if stand.standing.method != group.standing.method:
        found.append(why.PaymentDiffers())
    return found


def _stretch_sale(stand: Stand, target: date, anchor: int, pricer: Pricer) -> Sale:
    """Seats owned today, at the renewal price in force today, by the days to the target."""
    facts = stand.facts
    part = stretch(facts.term.renews_on, months=facts.months, anchor=facts.anchor, target=target)
    priced = pricer.part(
        facts,
        part,
        offer=facts.offer,
        seats=facts.seats_owned,
        on=stand.as_of,
        price_class=PriceClass.RENEWAL,
    )
    if priced is None:
        raise InvalidChoicesError("subscriptions", f"{facts.code} has no price today")
    method = facts.plan.method
    offer = str(facts.offer)
    sale = Sale(
        kind=SaleKind.ALIGNMENT,
        subscription=facts.id,
        company=facts.company,
        contract=facts.contract,
        channel=facts.channel,
        region=facts.region,
        currency=priced.currency,
        starts_on=facts.term.renews_on,
        lines=(sale_line(priced, offer),),
        method=method.id if method else None,
        method_kind=method.kind if method else "",
        plan_revision=facts.plan.revision,
        version=facts.version,
        term=SoldTerm(
            starts_on=facts.term.renews_on,
            renews_on=target,
            offer=offer,
            seats=facts.seats_owned,
            anchor=None,
        ),
        anchor=anchor,
        anchor_before=facts.anchor,
    )
    return pricer.sold_online(sale, facts, on=stand.as_of)
