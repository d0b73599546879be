"""More seats from today, paid by the days that are left."""

from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from perenne.billing.sales import Sale, SaleKind, SaleLine, SeatMove
from perenne.platform.bulk import select
from perenne.renewals.changes.preparing import (
    Prepared,
    PreparedItem,
    Situation,
    refused_item,
    verdict_with,
)
from perenne.renewals.changes.wishes import SEATS_MAX, AddSeats
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.facts import Method, RenewalFacts
from perenne.renewals.mistakes import OneAtATime
from perenne.renewals.pricing import Pricer, sale_line
from perenne.renewals.standings import Stand
from perenne.rules import refusals as why
from perenne.rules.actions import Action
from perenne.rules.calendar import Period
from perenne.rules.prices import OfferKey, PriceClass
from perenne.rules.refusals import Refusal
from perenne.rules.shares import PartOfTerm


def prepare_add_seats(wish: AddSeats, situation: Situation) -> Prepared:
    """So many more seats, for the rest of the running term and the next one if that is sold.

    Source: docs/explanation/pricing.md, «Adding seats».
    """
    if len(wish.subscriptions) > 1:
        raise InvalidChoicesError("subscriptions", OneAtATime())
    stand = situation.stand(wish.subscriptions[0])
    too_many = stand.facts.seats_owned + wish.seats > SEATS_MAX
    more: list[Refusal] = [why.SeatsMaximum(SEATS_MAX)] if too_many else []
    verdict = verdict_with(Action.ADD_SEATS, stand, more=more)
    if not verdict.allowed:
        return Prepared(items=(refused_item(stand, verdict),))
    method = stand.facts.plan.method
    sale = seats_sale(stand, wish.seats, situation.pricer, method=method)
    sale = replace(sale, purchase_order=wish.purchase_order)
    item = PreparedItem(stand=stand, verdict=verdict, sale=sale, method=method)
    return Prepared(items=(item,))


def seats_sale(stand: Stand, seats: int, pricer: Pricer, *, method: Method | None) -> Sale:
    """Freeze added seats: the running term's rest at the new price, a sold next one at renewal's.

    Source: docs/explanation/pricing.md, «Adding seats».
    """
    facts, today = stand.facts, stand.as_of
    lines = [_line(stand, term, seats, pricer) for term in _terms_from(facts, today)]
    sale = Sale(
        kind=SaleKind.SEATS,
        subscription=facts.id,
        company=facts.company,
        contract=facts.contract,
        channel=facts.channel,
        region=facts.region,
        currency=pricer.catalogue.regions[facts.region].currency.code,
        starts_on=today,
        lines=tuple(lines),
        method=method.id if method else None,
        method_kind=method.kind if method else "",
        plan_revision=facts.plan.revision,
        version=facts.version,
        seat_moves=(SeatMove(effective_on=today, seats=seats, reason="added"),),
    )
    return pricer.sold_online(sale, facts, on=today)


@dataclass(frozen=True, slots=True)
class _SoldTerm:
    """A term that seats join; ``whole`` is the one whose price pays for it."""

    covers: Period
    whole: Period
    offer: OfferKey
    anchor: int


def _terms_from(facts: RenewalFacts, today: date) -> list[_SoldTerm]:
    """The running term and what is sold after it, with their offers."""
    rows = select(
        "select t.starts_on, t.renews_on, coalesce(t.whole_until, t.renews_on) as whole_until, "
        "coalesce(t.anchor_day, extract(day from t.starts_on))::int as anchor, "
        "o.product_id, o.access, o.months "
        "from subscriptions_term t join catalog_offer o on o.id = t.offer_id "
        "where t.subscription_id = %s and t.reversed_by is null and t.renews_on > %s "
        "order by t.starts_on",
        [facts.id, today],
    )
    return [
        _SoldTerm(
            covers=Period(row["starts_on"], row["renews_on"]),
            whole=Period(row["starts_on"], row["whole_until"]),
            offer=OfferKey(row["product_id"], row["access"], row["months"]),
            anchor=row["anchor"],
        )
        for row in rows
    ]


def _line(stand: Stand, term: _SoldTerm, seats: int, pricer: Pricer) -> SaleLine:
    """The days that are left, of what the term's price pays for; a whole term, its whole price.

    The running term costs the new price; a later one is sold at the renewal price.
    """
    facts, today = stand.facts, stand.as_of
    if term.covers.starts_on > today and term.covers == term.whole:
        whole = pricer.term(
            facts,
            offer=term.offer,
            seats=seats,
            covers=term.covers,
            price_class=PriceClass.RENEWAL,
        )
        assert whole is not None, "what is sold has a price"
        return sale_line(whole, str(term.offer))
    is_running = term.covers.contains(today)
    part = PartOfTerm(
        term=term.whole,
        months=term.offer.months,
        anchor=term.anchor,
        starts_on=max(term.covers.starts_on, today),
        renews_on=term.covers.renews_on,
    )
    priced = pricer.part(
        facts,
        part,
        offer=term.offer,
        seats=seats,
        on=today,
        price_class=PriceClass.NEW if is_running else PriceClass.RENEWAL,
    )
    assert priced is not None, "the verdict asked for a price"
    return sale_line(priced, str(term.offer))
