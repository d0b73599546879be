"""Buying what begins today: anew after the end, or the business plan."""

from dataclasses import replace
from datetime import date

from msgspec import structs

from perenne.billing.sales import Opening, PlanAfter, Sale, SaleKind, SeatMove, SoldTerm
from perenne.platform.ids import new_id
from perenne.renewals.changes.adding import seats_sale
from perenne.renewals.changes.preparing import (
    Prepared,
    PreparedItem,
    Situation,
    after_sale,
    refused_item,
    verdict_with,
)
from perenne.renewals.changes.wishes import BusinessPlan, BuyAgain
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.facts import Method, Plan, RenewalFacts
from perenne.renewals.mistakes import (
    AllCovered,
    CardNotValid,
    NoPlanSold,
    NotChargeable,
    NoTermSold,
)
from perenne.renewals.pricing import PricedTerm, Pricer, sale_line
from perenne.renewals.standings import Stand
from perenne.rules.actions import Action
from perenne.rules.calendar import Period, month_later
from perenne.rules.eligibility.general import payment_refusals
from perenne.rules.eligibility.moving import cover_refusals
from perenne.rules.eligibility.standing import Paying
from perenne.rules.prices import OfferKey, PriceClass


def prepare_buy_again(wish: BuyAgain, situation: Situation) -> Prepared:
    """A new subscription at the new price, the successor of one that has expired.

    Source: docs/explanation/changes.md, «Buying again».
    """
    return Prepared(
        items=tuple(
            _bought_again(wish, situation.stand(identity), situation)
            for identity in wish.subscriptions
        )
    )


def _bought_again(wish: BuyAgain, stand: Stand, situation: Situation) -> PreparedItem:
    verdict = verdict_with(Action.BUY_AGAIN, stand)
    if not verdict.allowed:
        return refused_item(stand, verdict)
    facts = stand.facts
    offer = _offer_sold(facts, wish.months, situation.pricer, on=stand.as_of)
    method = _method_that_pays(situation.method(wish.method, facts.plan.method), stand)
    seats = wish.seats or max(facts.seats_owned, 1)
    priced = _first_term(facts, offer, seats, situation.pricer, on=stand.as_of)
    sale = _purchase(facts, priced, offer, method, automatic=wish.automatic)
    sale = structs.replace(sale, purchase_order=wish.purchase_order)
    return _beginning(stand, sale, method, situation.pricer)


def _beginning(stand: Stand, sale: Sale, method: Method, pricer: Pricer) -> PreparedItem:
    due_days = pricer.policy(stand.facts, on=stand.as_of).invoice_due_days
    sale = structs.replace(sale, due_days=due_days)
    assert sale.plan is not None
    blank = structs.replace(
        stand.facts,
        seats_owned=0,
        seats_to_cover=None,
        plan=Plan(0, bool(sale.plan.automatic), stand.facts.offer, None, method, ""),
    )
    verdict = verdict_with(Action.BUY_AGAIN, stand)
    return PreparedItem(
        stand=stand,
        verdict=verdict,
        sale=sale,
        method=method,
        after=after_sale(blank, sale, pricer),
        begins=True,
    )


def _offer_sold(facts: RenewalFacts, months: int | None, pricer: Pricer, *, on: date) -> OfferKey:
    """The same offer, or the one nearest to it that is sold on a day.

    Raises:
        InvalidChoicesError: if the product is not sold, or not for so many months.
    """
    sold = [
        offer
        for offer in pricer.catalogue.offers_sold(facts.region, on)
        if offer.product == facts.offer.product and months in (None, offer.months)
    ]
    if not sold:
        raise InvalidChoicesError("months", NoTermSold())
    return min(
        sold,
        key=lambda offer: (
            offer.access != facts.offer.access,
            abs(offer.months - facts.offer.months),
            offer,
        ),
    )


def _method_that_pays(method: Method | None, stand: Stand) -> Method:
    """A method that can be charged today.

    Raises:
        InvalidChoicesError: if it is none, or one that cannot be charged at once.
    """
    paying = None if method is None else Paying(method.kind, method.last4, method.valid_through)
    standing = replace(stand.standing, paying=paying)
    if method is None or payment_refusals(standing, lasts=False):
        raise InvalidChoicesError("method", NotChargeable())
    if paying is not None and not paying.is_valid_on(stand.as_of):
        raise InvalidChoicesError("method", CardNotValid())
    return method


def _first_term(
    facts: RenewalFacts, offer: OfferKey, seats: int, pricer: Pricer, *, on: date
) -> PricedTerm:
    covers = Period(on, month_later(on, offer.months, anchor=on.day))
    priced = pricer.term(facts, offer=offer, seats=seats, covers=covers, price_class=PriceClass.NEW)
    assert priced is not None, "an offer that is sold has a price"
    return priced


def _purchase(
    facts: RenewalFacts, priced: PricedTerm, offer: OfferKey, method: Method, *, automatic: bool
) -> Sale:
    covers, seats = priced.line.covers, priced.line.seats
    identity = str(offer)
    # What a partner sold is bought from the vendor, by a contract of its own.
    opens_contract = facts.channel == "partner"
    return Sale(
        kind=SaleKind.PURCHASE,
        subscription=new_id("sub"),
        company=facts.company,
        contract=new_id("ctr") if opens_contract else facts.contract,
        channel="online" if opens_contract else facts.channel,
        region=facts.region,
        currency=priced.currency,
        starts_on=covers.starts_on,
        lines=(sale_line(priced, identity),),
        method=method.id,
        method_kind=method.kind,
        plan_revision=0,
        version=0,
        term=SoldTerm(
            starts_on=covers.starts_on,
            renews_on=covers.renews_on,
            offer=identity,
            seats=seats,
            anchor=covers.starts_on.day,
        ),
        seat_moves=(SeatMove(effective_on=covers.starts_on, seats=seats, reason="bought"),),
        plan=PlanAfter(offer=identity, seats=None, method=method.id, automatic=automatic),
        opens=Opening(
            anchor=covers.starts_on.day,
            renewable_online=None,
            successor_of=facts.id if offer.product == facts.offer.product else None,
            opens_contract=opens_contract,
        ),
    )


def prepare_business_plan(wish: BusinessPlan, situation: Situation) -> Prepared:
    """Cover every eligible seat: a plan of twelve months from today, or more of the one that runs.

    Source: docs/explanation/changes.md, «Business plan».
    """
    stand = situation.stand(wish.subscriptions[0])
    cover = stand.standing.cover
    missing = max(cover.eligible_seats - cover.covered_seats, 0)
    chosen = missing if wish.seats is None else wish.seats
    method = situation.method(wish.method, stand.facts.plan.method)
    verdict = verdict_with(
        Action.BUSINESS_PLAN,
        stand,
        more=cover_refusals(stand.standing, chosen),
        paying=None if method is None else Paying(method.kind, method.last4, method.valid_through),
    )
    if not verdict.allowed or method is None:
        return Prepared(items=(refused_item(stand, verdict),))
    if chosen < 1:
        raise InvalidChoicesError("seats", AllCovered())
    if cover.plan is not None:
        running = situation.stand(cover.plan)
        sale = seats_sale(running, chosen, situation.pricer, method=method)
        item = PreparedItem(stand=running, verdict=verdict, sale=sale, method=method)
        return Prepared(items=(item,))
    offer = _plan_offer(stand, situation.pricer)
    priced = _first_term(stand.facts, offer, chosen, situation.pricer, on=stand.as_of)
    sale = _purchase(stand.facts, priced, offer, method, automatic=True)
    return Prepared(items=(_beginning(stand, sale, method, situation.pricer),))


def _plan_offer(stand: Stand, pricer: Pricer) -> OfferKey:
    products = pricer.catalogue.products
    sold = pricer.catalogue.offers_sold(stand.facts.region, stand.as_of)
    plans = [offer for offer in sold if products[offer.product].kind == "plan"]
    if not plans:
        raise InvalidChoicesError("subscriptions", NoPlanSold())
    return min(plans)
