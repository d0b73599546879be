"""Aligning dates: several subscriptions get one renewal day, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from msgspec.structs import replace

from perenne.billing.sales import Sale, SaleKind, SoldTerm
from perenne.renewals.changes.planning import planned_item, renewal_day
from perenne.renewals.changes.preparing import (
    Prepared,
    PreparedItem,
    Situation,
    refused_item,
    verdict_with,
)
from perenne.renewals.changes.wishes import Align
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.mistakes import DayNotPossible, ModeNotOffered, NotEnoughToAlign
from perenne.renewals.pricing import Pricer, sale_line
from perenne.renewals.standings import Stand
from perenne.rules import refusals as why
from perenne.rules.actions import Action
from perenne.rules.align_targets import AlignMode, days_to_choose, latest
from perenne.rules.eligibility.aligning import stretch_refusals
from perenne.rules.prices import PriceClass
from perenne.rules.refusals import Refusal
from perenne.rules.shares import stretch


@dataclass(frozen=True, slots=True)
class _Aim:
    """The common day, the anchor from then on, and how it is reached."""

    mode: AlignMode
    day: date
    anchor: int


def prepare_align(wish: Align, situation: Situation) -> Prepared:
    """Give all of them one renewal day: by stretching now, or at the next renewal of each.

    Source: docs/explanation/alignment.md, «Modes».
    """
    stands = [situation.stand(identity) for identity in wish.subscriptions]
    mode = AlignMode(wish.mode)
    _require_offered(mode, stands)
    if len(stands) < 2 and wish.target is None:  # noqa: PLR2004 - a pair
        raise InvalidChoicesError("subscriptions", NotEnoughToAlign())
    aim = _aim(mode, stands, wish.target)
    items = tuple(_item(stand, stands, aim, situation) for stand in stands)
    if all(item.verdict.allowed for item in items):
        _require_possible(aim, stands)
    moved = [item for item in items if item.plan is not None]
    return Prepared(items=items, effective_on=renewal_day(moved) if moved else stands[0].as_of)


def _require_offered(mode: AlignMode, stands: Sequence[Stand]) -> None:
    for stand in stands:
        offered = stand.policy.align_modes
        if mode not in offered:
            modes = tuple(one.value for one in offered)
            raise InvalidChoicesError("mode", ModeNotOffered(mode.value, modes))


def _aim(mode: AlignMode, stands: Sequence[Stand], chosen: date | None) -> _Aim:
    """The anchor is that of the subscription aligned to, or the chosen day's."""
    day = chosen or latest([stand.facts.term.renews_on for stand in stands])
    aligned_to = (stand.facts.anchor for stand in stands if stand.facts.term.renews_on == day)
    return _Aim(mode, day, next(aligned_to, day.day))


def _require_possible(aim: _Aim, stands: Sequence[Stand]) -> None:
    first, last = days_to_choose(
        [stand.facts.term.renews_on for stand in stands], months=stands[0].facts.months
    )
    if not first <= aim.day <= last:
        raise InvalidChoicesError("target", DayNotPossible(aim.day, first, last))


def _item(stand: Stand, group: Sequence[Stand], aim: _Aim, situation: Situation) -> PreparedItem:
    verdict = verdict_with(Action.ALIGN, stand, more=_unlike(stand, group, aim))
    if not verdict.allowed:
        return refused_item(stand, verdict)
    if stand.facts.term.renews_on >= aim.day:
        return PreparedItem(stand=stand, verdict=verdict)
    match aim.mode:
        case AlignMode.STRETCH:
            return _stretched(stand, aim, situation)
        case AlignMode.AT_RENEWAL:
            plan = replace(stand.facts.plan, aligns_on=aim.day, aligns_anchor=aim.anchor)
            return planned_item(stand, Action.ALIGN, plan, situation)
        case _ as unknown:
            assert_never(unknown)


def _unlike(stand: Stand, group: Sequence[Stand], aim: _Aim) -> list[Refusal]:
    """What keeps a subscription out of the group of the first one, or has nothing to align."""
    first = group[0]
    found: list[Refusal] = []
    if stand.standing.months != first.standing.months:
        found.append(why.TermDiffers(stand.standing.months, first.standing.months))
    if stand.standing.method != first.standing.method:
        found.append(why.PaymentDiffers())
    if not found and all(one.facts.term.renews_on == aim.day for one in group):
        found.append(why.DatesEqual(aim.day))
    return found


def _stretched(stand: Stand, aim: _Aim, situation: Situation) -> PreparedItem:
    verdict = verdict_with(Action.ALIGN, stand, more=stretch_refusals(stand.standing))
    if not verdict.allowed:
        return refused_item(stand, verdict)
    sale = _stretch_sale(stand, aim, situation.pricer)
    return PreparedItem(stand=stand, verdict=verdict, sale=sale, method=stand.facts.plan.method)


def _stretch_sale(stand: Stand, aim: _Aim, pricer: Pricer) -> Sale:
    """Seats owned today, at the renewal price in force today, by the days to the common day.

    Source: docs/explanation/alignment.md, «Stretching».
    """
    facts = stand.facts
    part = stretch(facts.term.renews_on, months=facts.months, anchor=facts.anchor, target=aim.day)
    priced = pricer.part(
        facts,
        part,
        offer=facts.offer,
        seats=facts.seats_owned,
        on=stand.as_of,
        price_class=PriceClass.RENEWAL,
    )
    assert priced is not None, "what has no price is refused"
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
            renews_on=aim.day,
            offer=offer,
            seats=facts.seats_owned,
            anchor=None,
            whole_until=part.term.renews_on,
        ),
        anchor=aim.anchor,
        anchor_before=facts.anchor,
    )
    return pricer.sold_online(sale, facts, on=stand.as_of)
