"""A change made ready: per subscription a verdict, and what would be sold, planned or done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from msgspec import structs

from perenne.billing.sales import PlanAfter, Sale
from perenne.renewals.changes.preview import (
    Charge,
    ItemPreview,
    Preview,
    Snapshot,
    WarningCode,
)
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.facts import Method, Plan, RenewalFacts
from perenne.renewals.losing import held_seats
from perenne.renewals.mistakes import NotKnown
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.pricing import Pricer
from perenne.renewals.standings import Stand
from perenne.rules.actions import Action
from perenne.rules.calendar import Period
from perenne.rules.eligibility.verdicts import verdict_on
from perenne.rules.quoted import QuoteTerms
from perenne.rules.refusals import Refusal
from perenne.rules.verdict import Verdict

# What else a change does when it is committed, in its transaction: the change's id and occasion.
# Returns the refunds that the gateway has to be asked for after the commit.
Effect = Callable[[str, Occasion], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What preparing a change may look at; the same for preview and commit."""

    now: datetime
    stands: Mapping[str, Stand]
    pricer: Pricer
    methods: Mapping[str, Method]
    # The terms of the quote by which it is bought; None for what somebody buys as it is.
    quote: QuoteTerms | None = None

    def stand(self, subscription: str) -> Stand:
        """How a subscription of the wish stands.

        Raises:
            InvalidChoicesError: if it is not one that the asker may see.
        """
        if subscription not in self.stands:
            raise InvalidChoicesError("subscriptions", NotKnown(subscription))
        return self.stands[subscription]

    def method(self, identity: str | None, otherwise: Method | None) -> Method | None:
        """A payment method of the company by id, or the other one if none is named.

        Raises:
            InvalidChoicesError: if the company has no such method.
        """
        if identity is None:
            return otherwise
        if identity not in self.methods:
            raise InvalidChoicesError("method", NotKnown(identity))
        return self.methods[identity]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedItem:
    """One subscription's part: what is sold, the plan that would be on file, and other effects.

    With a sale, ``method`` pays it. ``after`` are the facts that follow, where neither sale nor
    plan says them; ``begins`` says that they are those of another subscription.
    """

    stand: Stand
    verdict: Verdict
    sale: Sale | None = None
    plan: Plan | None = None
    method: Method | None = None
    effect: Effect | None = None
    credit_minor: int = 0
    after: RenewalFacts | None = None
    begins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A whole change; it is committed only if every item's verdict allows it."""

    items: tuple[PreparedItem, ...]
    warnings: tuple[str, ...] = ()
    effective_on: date | None = None
    # Paid by bank transfer: the last day on which the money is in time.
    reserved_until: date | None = None

    @property
    def refused(self) -> dict[str, Verdict]:
        """The verdicts that stand against it, by subscription."""
        return {
            item.stand.facts.id: item.verdict for item in self.items if not item.verdict.allowed
        }


def verdict_with(
    action: Action, stand: Stand, *, more: Sequence[Refusal] = (), **known: object
) -> Verdict:
    """The verdict for a wish: the action's, for the standing as wished, and its own reasons."""
    standing = replace(stand.standing, **known) if known else stand.standing  # type: ignore[arg-type]
    verdict = verdict_on(action, standing, policy=stand.policy, as_of=stand.as_of)
    # A reason that both of them know is one reason.
    added = tuple(one for one in more if one not in verdict.refusals)
    return Verdict((*verdict.refusals, *added)) if added else verdict


def refused_item(stand: Stand, verdict: Verdict) -> PreparedItem:
    """A part that cannot be done."""
    return PreparedItem(stand=stand, verdict=verdict)


def after_sale(facts: RenewalFacts, sale: Sale, pricer: Pricer) -> RenewalFacts:
    """The facts once a sale is executed, as far as prices and plans look at them."""
    term, months, offer = facts.term, facts.months, facts.offer
    if sale.term is not None:
        term = Period(sale.term.starts_on, sale.term.renews_on)
        offer = pricer.offer(sale.term.offer)
        months = offer.months
    moved = sum(move.seats for move in sale.seat_moves)
    anchor = sale.anchor if sale.opens is None else sale.opens.anchor
    plan = facts.plan if sale.plan is None else _plan_after(facts.plan, sale.plan, pricer)
    return structs.replace(
        facts,
        term=term,
        months=months,
        offer=offer,
        anchor=anchor or facts.anchor,
        seats_owned=facts.seats_owned + moved,
        plan=plan,
        ended_on=None,
    )


def _plan_after(plan: Plan, after: PlanAfter, pricer: Pricer) -> Plan:
    automatic = plan.renews_automatically if after.automatic is None else after.automatic
    method = plan.method if plan.method is None or plan.method.id == after.method else None
    return Plan(
        revision=plan.revision + 1,
        renews_automatically=automatic,
        offer=pricer.offer(after.offer),
        seats=after.seats,
        method=method,
        conflict="",
    )


def snapshot(facts: RenewalFacts, pricer: Pricer) -> Snapshot:
    """How a subscription stands: what runs and what is decided."""
    plan = facts.plan
    seats = facts.seats_planned
    problem = pricer.problem(facts, plan.offer, seats)
    renewal = None if problem else pricer.planned_term(facts)
    return Snapshot(
        offer=str(facts.offer),
        starts_on=facts.term.starts_on,
        renews_on=facts.term.renews_on,
        seats=facts.seats_owned,
        automatic=plan.renews_automatically,
        planned_offer=str(plan.offer),
        planned_seats=seats,
        method=plan.method.id if plan.method else None,
        campaign=plan.campaign,
        next_charge=(
            None
            if renewal is None
            else Charge(on=facts.term.renews_on, gross_minor=renewal.gross_minor)
        ),
        ends_on=facts.ended_on,
        planned_until=None if renewal is None else renewal.line.covers.renews_on,
    )


def preview_of(prepared: Prepared, kind: str, *, pricer: Pricer, expires_at: datetime) -> Preview:
    """What is shown of a prepared change that nothing stands against."""
    items = tuple(_item_preview(item, pricer) for item in prepared.items)
    sales = [item.sale for item in prepared.items if item.sale is not None]
    first = prepared.items[0]
    paying = next((item.method for item in prepared.items if item.sale and item.method), None)
    return Preview(
        kind=kind,
        currency=pricer.catalogue.regions[first.stand.facts.region].currency.code,
        method=paying.id if paying else None,
        effective_on=prepared.effective_on or first.stand.as_of,
        net_minor=sum(sale.net_minor for sale in sales),
        tax_minor=sum(sale.tax_minor for sale in sales),
        gross_minor=sum(sale.gross_minor for sale in sales),
        credit_minor=sum(item.credit_minor for item in prepared.items),
        items=items,
        warnings=prepared.warnings,
        expires_at=expires_at,
        reserved_until=prepared.reserved_until,
    )


def with_people_warned(prepared: Prepared) -> Prepared:
    """The same, saying so if people lose their seats on the renewal day.

    Source: docs/explanation/seats.md, «Who loses a seat».
    """
    fewer = [one for item in prepared.items if (one := _fewer_seats(item)) is not None]
    held = held_seats([source for one in fewer for source in one.sources])
    for one in fewer:
        people = {seat.person for source in one.sources for seat in held.get(source, [])}
        if len(people) > one.seats_left:
            warnings = (*prepared.warnings, WarningCode.PEOPLE_LOSE_SEATS)
            return replace(prepared, warnings=warnings)
    return prepared


@dataclass(frozen=True, slots=True)
class _Fewer:
    """How many seats are left of what several subscriptions have."""

    sources: tuple[str, ...]
    seats_left: int


def _fewer_seats(item: PreparedItem) -> _Fewer | None:
    """What would be left of fewer seats; None: they stay as they are."""
    facts, plan = item.stand.facts, item.plan or item.stand.facts.plan
    if item.sale is not None and item.sale.term is not None and not item.begins:
        seats = item.sale.term.seats
    elif item.plan is not None and not plan.merged_into:
        seats = structs.replace(facts, plan=plan).seats_planned
    else:
        return None
    if seats >= facts.seats_owned and not plan.merges:
        return None
    return _Fewer((facts.id, *plan.merges), seats)


def _item_preview(item: PreparedItem, pricer: Pricer) -> ItemPreview:
    facts = item.stand.facts
    after = item.after
    if after is None and item.sale is not None:
        after = after_sale(facts, item.sale, pricer)
    if item.plan is not None:
        after = structs.replace(after or facts, plan=item.plan)
    return ItemPreview(
        subscription=facts.id,
        code=facts.code,
        lines=() if item.sale is None else item.sale.lines,
        credit_minor=item.credit_minor,
        before=None if item.begins else snapshot(facts, pricer),
        after=snapshot(after or facts, pricer),
    )
