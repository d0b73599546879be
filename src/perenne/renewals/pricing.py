"""Price the next term of subscriptions, with one look at each price list."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from perenne.billing.sales import PlanAfter, Sale, SaleKind, SaleLine, SeatMove, SoldTerm
from perenne.catalog.queries import current_catalogue, offer_key
from perenne.renewals.facts import RenewalFacts
from perenne.renewals.partner_terms import sold_by_agency, sold_through_partner
from perenne.rules.calendar import Period, following_period
from perenne.rules.campaigns import traded_line
from perenne.rules.plans import PlanFacts, PlanProblem, plan_problem
from perenne.rules.policy import Policy
from perenne.rules.prices import Line, OfferKey, PriceClass, UnitPrice, price_line
from perenne.rules.proration import prorated_line
from perenne.rules.shares import PartOfTerm, stretch
from perenne.rules.tax import TaxLine, tax_on
from perenne.rules.trace import to_json


@dataclass(frozen=True, slots=True)
class PricedTerm:
    """A term that could be sold, with its price before tax and the tax."""

    line: Line
    tax: TaxLine
    currency: str

    @property
    def gross_minor(self) -> int:
        """What is to be paid."""
        return self.line.net_minor + self.tax.tax_minor


class Billing(Struct, frozen=True):
    """Through whom a sale is billed, and how many days its invoice may stay open."""

    partner: str | None = None
    partner_model: str = ""
    due_days: int = 30


_DIRECT = Billing()
# Subscriptions that renew on one day have few terms among them.
_following = lru_cache(maxsize=1024)(following_period)


class Pricer:
    """Answers prices from what was published when it was made; make a new one for each batch.

    Args:
        quoted_on: the day of a quote, whose prices hold for the next term; None for those of the
            term's first day.
    """

    def __init__(self, *, quoted_on: date | None = None) -> None:
        self.catalogue = current_catalogue()
        self._quoted_on = quoted_on
        # In a batch the same offer, seats and days come again and again.
        self._terms: dict[tuple[object, ...], PricedTerm | None] = {}
        self._problems: dict[tuple[object, ...], PlanProblem | None] = {}
        self._lines: dict[tuple[int, str], SaleLine] = {}

    def offer(self, identity: str) -> OfferKey:
        """An offer's id as its parts."""
        return offer_key(identity)

    def policy(self, facts: RenewalFacts, *, on: date) -> Policy:
        """The policy in force for the subscription on a day."""
        return self.catalogue.policy_for(facts.region, facts.channel, facts.months, on)

    def problem(self, facts: RenewalFacts, offer: OfferKey, seats: int) -> PlanProblem | None:
        """Why the term after the running one cannot be sold with this offer, if so."""
        first_day = facts.term.renews_on
        key = (facts.region, offer, seats, first_day)
        if key not in self._problems:
            self._problems[key] = self._problem(facts, offer, seats, first_day)
        return self._problems[key]

    def _problem(
        self, facts: RenewalFacts, offer: OfferKey, seats: int, first_day: date
    ) -> PlanProblem | None:
        return plan_problem(
            PlanFacts(
                first_day=first_day,
                seats=seats,
                retired_on=self.catalogue.access_retirements.get((offer.product, offer.access)),
                is_priced=self._unit_price(facts, offer, first_day) is not None,
            )
        )

    def next_term(
        self,
        facts: RenewalFacts,
        *,
        offer: OfferKey,
        seats: int,
        price_class: PriceClass = PriceClass.RENEWAL,
    ) -> PricedTerm | None:
        """The term that follows the running one, priced by its first day; None without a price.

        Source: docs/explanation/pricing.md, «Renewing».
        """
        covers = _following(facts.term, months=offer.months, anchor=facts.anchor)
        return self.term(facts, offer=offer, seats=seats, covers=covers, price_class=price_class)

    def term(
        self,
        facts: RenewalFacts,
        *,
        offer: OfferKey,
        seats: int,
        covers: Period,
        price_class: PriceClass,
    ) -> PricedTerm | None:
        """A term that covers ``covers``, at the prices in force on its first day."""
        key = (
            facts.region,
            facts.country,
            facts.tax_id_is_verified,
            offer,
            seats,
            covers,
            price_class,
        )
        if key not in self._terms:
            self._terms[key] = self._term(facts, offer, seats, covers, price_class)
        return self._terms[key]

    def _term(
        self,
        facts: RenewalFacts,
        offer: OfferKey,
        seats: int,
        covers: Period,
        price_class: PriceClass,
    ) -> PricedTerm | None:
        unit = self._unit_price(facts, offer, covers.starts_on)
        if unit is None:
            return None
        return self.taxed(
            facts, price_line(unit, price_class=price_class, seats=seats, covers=covers)
        )

    def _unit_price(self, facts: RenewalFacts, offer: OfferKey, day: date) -> UnitPrice | None:
        """The price in force on a day; of a quote, on that of its issue."""
        return self.catalogue.unit_price(facts.region, offer, self._quoted_on or day)

    def taxed(self, facts: RenewalFacts, line: Line) -> PricedTerm:
        """A line with the tax that its customer pays."""
        currency = self.catalogue.regions[facts.region].currency.code
        return PricedTerm(line, self._tax(facts, line.net_minor), currency)

    def part(
        self,
        facts: RenewalFacts,
        part: PartOfTerm,
        *,
        offer: OfferKey,
        seats: int,
        on: date,
        price_class: PriceClass,
    ) -> PricedTerm | None:
        """A part of a term at the prices in force on a day, by the policy's calculation."""
        unit = self._unit_price(facts, offer, on)
        if unit is None:
            return None
        line = prorated_line(
            unit,
            part,
            price_class=price_class,
            seats=seats,
            calculation=self.policy(facts, on=on).calculation,
            currency=self.catalogue.regions[facts.region].currency,
        )
        return self.taxed(facts, line)

    def planned_term(self, facts: RenewalFacts) -> PricedTerm | None:
        """The next term as the plan on file has it, its campaign included; None without a price.

        One that is aligned ends on the common day, and is priced by its days.

        Source: docs/explanation/alignment.md, «At the next renewal».
        """
        if facts.plan.campaign:
            return self._traded_term(facts)
        return self._planned(facts, PriceClass.RENEWAL)

    def planned_term_bought_new(self, facts: RenewalFacts) -> PricedTerm | None:
        """What the same term would cost if it were bought new; None without a price."""
        return self._planned(facts, PriceClass.NEW)

    def _planned(self, facts: RenewalFacts, price_class: PriceClass) -> PricedTerm | None:
        offer, seats = facts.plan.offer, facts.seats_planned
        part = aligned_part(facts)
        if part is None:
            return self.next_term(facts, offer=offer, seats=seats, price_class=price_class)
        first_day = part.starts_on
        return self.part(
            facts, part, offer=offer, seats=seats, on=first_day, price_class=price_class
        )

    def _traded_term(self, facts: RenewalFacts) -> PricedTerm | None:
        plan = facts.plan
        campaign = self.catalogue.campaign(plan.campaign)
        covers = following_period(facts.term, months=plan.offer.months, anchor=facts.anchor)
        unit = self._unit_price(facts, facts.offer, covers.starts_on)
        if campaign is None or unit is None:
            return None
        currency = self.catalogue.regions[facts.region].currency
        seats = facts.seats_owned
        return self.taxed(
            facts, traded_line(campaign, unit, seats=seats, covers=covers, currency=currency)
        )

    def _line(self, priced: PricedTerm, offer: str) -> SaleLine:
        """The line of a priced term; terms are kept, so their identity names them."""
        key = (id(priced), offer)
        if key not in self._lines:
            self._lines[key] = sale_line(priced, offer)
        return self._lines[key]

    def planned_sale(self, facts: RenewalFacts, *, billing: Billing = _DIRECT) -> Sale:
        """Freeze the next term as the plan on file has it.

        Raises:
            ValueError: if it has no price (ask ``problem`` first).
        """
        plan = facts.plan
        priced = self.planned_term(facts)
        if priced is None:
            raise ValueError(f"no price for {plan.offer} in {facts.region}")
        method = plan.method.id if plan.method else None
        offer = str(plan.offer)
        covers, seats = priced.line.covers, priced.line.seats
        part = aligned_part(facts)
        moved = seats - facts.seats_owned
        return Sale(
            kind=SaleKind.RENEWAL,
            subscription=facts.id,
            company=facts.company,
            contract=facts.contract,
            channel=facts.channel,
            region=facts.region,
            currency=self.catalogue.regions[facts.region].currency.code,
            starts_on=covers.starts_on,
            lines=(self._line(priced, offer),),
            method=method,
            method_kind=plan.method.kind if plan.method else "",
            plan_revision=plan.revision,
            version=facts.version,
            term=SoldTerm(
                starts_on=covers.starts_on,
                renews_on=covers.renews_on,
                offer=offer,
                seats=seats,
                anchor=facts.anchor if part is None else None,
                whole_until=None if part is None else part.term.renews_on,
            ),
            seat_moves=_moves(moved, on=covers.starts_on),
            plan=PlanAfter(offer=offer, seats=None, method=method),
            merges=plan.merges,
            campaign=plan.campaign,
            anchor=plan.aligns_anchor,
            anchor_before=None if part is None else facts.anchor,
            partner=billing.partner,
            partner_model=billing.partner_model,
            due_days=billing.due_days,
        )

    def sold_by_run(self, facts: RenewalFacts) -> Sale:
        """The planned sale as it is billed if nobody asked for it: to a reseller, if one sold it.

        Raises:
            ValueError: as ``planned_sale``.

        Source: docs/explanation/money.md, «Partners».
        """
        policy = self.policy(facts, on=facts.term.renews_on)
        billing = Billing(facts.partner, facts.partner_model, policy.invoice_due_days)
        return sold_through_partner(
            self.planned_sale(facts, billing=billing),
            policy=policy,
            step_minor=self._step_minor(facts),
            taxed=lambda net_minor: self._tax(facts, net_minor),
        )

    def sold_online(self, sale: Sale, facts: RenewalFacts, *, on: date) -> Sale:
        """The sale as it is billed if its customer asked for it, by the policy of a day.

        Who pays is billed: what the customer of a reseller buys here is the vendor's own sale, at
        the price that was shown.

        Source: docs/explanation/money.md, «Partners».
        """
        policy = self.policy(facts, on=on)
        sale = replace(sale, due_days=policy.invoice_due_days)
        if facts.partner_model != "agency":
            return sale
        agency = replace(sale, partner=facts.partner, partner_model="agency")
        return sold_by_agency(agency, policy=policy, step_minor=self._step_minor(facts))

    def _step_minor(self, facts: RenewalFacts) -> int:
        return self.catalogue.regions[facts.region].currency.billing_step_minor

    def _tax(self, facts: RenewalFacts, net_minor: int) -> TaxLine:
        region = self.catalogue.regions[facts.region]
        return tax_on(
            net_minor,
            rule=region.tax_rule,
            country=facts.country,
            tax_id_verified=facts.tax_id_is_verified,
            step_minor=self._step_minor(facts),
        )


def aligned_part(facts: RenewalFacts) -> PartOfTerm | None:
    """The next term up to the common day that the plan names; None if it is whole.

    Source: docs/explanation/alignment.md, «At the next renewal».
    """
    plan = facts.plan
    if plan.aligns_on is None:
        return None
    return stretch(
        facts.term.renews_on, months=plan.offer.months, anchor=facts.anchor, target=plan.aligns_on
    )


def sale_line(priced: PricedTerm, offer: str) -> SaleLine:
    """A priced line as it is sold."""
    line, tax = priced.line, priced.tax
    return SaleLine(
        offer=offer,
        seats=line.seats,
        unit_minor=line.unit_minor,
        net_minor=line.net_minor,
        tax_minor=tax.tax_minor,
        tax_rate=str(tax.rate),
        price_class=line.price_class.value,
        covers_from=line.covers.starts_on,
        covers_until=line.covers.renews_on,
        trace=to_json(line.trace),
        tax_trace=to_json(tax.trace),
    )


def _moves(seats: int, *, on: date) -> tuple[SeatMove, ...]:
    """What a renewal adds to the seats owned, or takes from them."""
    return (SeatMove(effective_on=on, seats=seats, reason="renewal"),) if seats else ()
