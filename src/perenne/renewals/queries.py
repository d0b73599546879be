"""What pages and mails tell of subscriptions: stage, route, plan, price and whom to ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.renewals.facts import Method, RenewalFacts, renewal_facts
from perenne.renewals.marks import finished_through
from perenne.renewals.pricing import PricedTerm, Pricer
from perenne.rules.calendar import Period
from perenne.rules.lifecycle import Stage, access_on, stage_on
from perenne.rules.money import Currency
from perenne.rules.payments import card_valid_on
from perenne.rules.plans import PlanProblem
from perenne.rules.policy import Policy
from perenne.rules.prices import OfferKey
from perenne.rules.routes import Route, RouteFacts, renewable_online, route_of


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody outside the company who can act: a partner, a sales person or the renewals desk."""

    kind: str
    name: str
    organisation: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """What is on file for the renewal day."""

    offer: OfferKey
    seats: int
    seats_explicit: bool
    conflict: str
    problem: PlanProblem | None
    # The common day on which the next term ends, if dates are aligned with it.
    aligns_on: date | None = None


@dataclass(frozen=True, slots=True)
class MethodView:
    """How the renewal is paid; cards have a last month, and may end before they are needed."""

    kind: str
    last4: str
    valid_through: str
    valid_on_renewal: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """One subscription as its customer sees it on a day; amounts in minor units before tax."""

    subscription_id: str
    code: str
    company_id: str
    company_name: str
    contract_code: str
    channel: str
    region: str
    zone: ZoneInfo
    currency: Currency
    offer: OfferKey
    product_names: dict[str, str]
    planned_product_names: dict[str, str]
    term: Period
    seats_owned: int
    seats_assigned: int
    as_of: date
    stage: Stage
    access: str
    route: Route
    renews_automatically: bool
    plan: PlanView
    method: MethodView | None
    renewal: PricedTerm | None
    new: PricedTerm | None
    contact: Contact | None
    policy: Policy
    ended_on: date | None
    parked: bool
    # The number of the open quote that holds the renewal, and its last day; empty without one.
    quote: str = ""
    quote_last_day: date | None = None

    @property
    def renews_on(self) -> date:
        """First day not covered by the term."""
        return self.term.renews_on


_AROUND = """
select s.id, c.name as company_name, k.code as contract_code,
       pt.name as partner_name, pt.contact_name, pt.email as partner_email,
       pt.phone as partner_phone, sf.name as sales_name, sf.email as sales_email,
       sf.phone as sales_phone,
       (select count(*) from subscriptions_assignment a
        where a.subscription_id = s.id and a.released_on is null) as seats_assigned,
       (select coalesce(sum(l.seats), 0) from subscriptions_seatchange l
        where l.subscription_id = s.id and l.effective_on <= y.day) as seats_owned_today
from subscriptions_subscription s
join unnest(%(regions)s::text[], %(days)s::date[]) as y(region, day) on y.region = s.region_id
join accounts_company c on c.id = s.company_id
join subscriptions_contract k on k.id = s.contract_id
left join partners_partner pt on pt.id = k.partner_id
left join accounts_staffmember sf on sf.id = k.sales_person_id
where s.id = any(%(ids)s)
"""

_DESK = """
select name, email, phone from accounts_staffmember where role = 'specialist' order by code limit 1
"""


def _days(pricer: Pricer, now: datetime) -> dict[str, list[Any]]:
    """Today in each region: a contract's day is its region's, wherever the server stands."""
    days = {code: today(now, region.zone) for code, region in pricer.catalogue.regions.items()}
    return {"regions": list(days), "days": list(days.values())}


def outlooks(subscription_ids: Iterable[str], *, now: datetime) -> list[Outlook]:
    """The outlook of each subscription, in the order given, in a constant number of queries."""
    ids = list(subscription_ids)
    facts = {one.id: one for one in renewal_facts(ids)}
    pricer = Pricer()
    around = {row["id"]: row for row in select(_AROUND, {"ids": ids, **_days(pricer, now)})}
    desk = next(iter(select(_DESK)), None)
    finished = finished_through()
    names = pricer.catalogue.product_names
    return [
        _outlook(
            facts[identity],
            around[identity],
            pricer=pricer,
            names=names,
            contact=_contact(around[identity], desk),
            finished=finished.get(facts[identity].region),
            now=now,
        )
        for identity in ids
    ]


def _outlook(  # noqa: PLR0913 - what was read once for the whole set is handed in
    facts: RenewalFacts,
    around: dict[str, Any],
    *,
    pricer: Pricer,
    names: dict[str, dict[str, str]],
    contact: Contact | None,
    finished: date | None,
    now: datetime,
) -> Outlook:
    region = pricer.catalogue.regions[facts.region]
    as_of = today(now, region.zone)
    policy = pricer.policy(facts, on=as_of)
    stage = stage_on(facts.stage_facts, as_of=as_of, finished_through=finished, policy=policy)
    plan = facts.plan
    method = _method(plan.method, facts.term.renews_on)
    return Outlook(
        subscription_id=facts.id,
        code=facts.code,
        company_id=facts.company,
        company_name=around["company_name"],
        contract_code=around["contract_code"],
        channel=facts.channel,
        region=facts.region,
        zone=region.zone,
        currency=region.currency,
        offer=facts.offer,
        product_names=names[facts.offer.product],
        planned_product_names=names[plan.offer.product],
        term=facts.term,
        seats_owned=around["seats_owned_today"],
        seats_assigned=around["seats_assigned"],
        as_of=as_of,
        stage=stage,
        access=access_on(facts.stage_facts, as_of=as_of, finished_through=finished, policy=policy),
        route=_route(facts, method),
        renews_automatically=plan.renews_automatically,
        plan=_plan_view(facts, pricer),
        method=method,
        renewal=pricer.planned_term(facts) if facts.seats_planned else None,
        new=pricer.planned_term_bought_new(facts) if facts.seats_planned else None,
        contact=contact,
        policy=policy,
        ended_on=facts.ended_on,
        parked=facts.is_parked,
        quote=facts.quote,
        quote_last_day=facts.quote_last_day,
    )


def _plan_view(facts: RenewalFacts, pricer: Pricer) -> PlanView:
    plan = facts.plan
    return PlanView(
        offer=plan.offer,
        seats=facts.seats_planned,
        seats_explicit=plan.seats is not None,
        conflict=plan.conflict,
        problem=pricer.problem(facts, plan.offer, facts.seats_planned),
        aligns_on=plan.aligns_on,
    )


def _route(facts: RenewalFacts, method: MethodView | None) -> Route:
    return route_of(
        RouteFacts(
            automatic=facts.plan.renews_automatically,
            method_valid=method is not None and method.valid_on_renewal,
            renewable_online=renewable_online(facts.channel, stated=facts.renewable_online),
            has_partner=facts.partner is not None,
        )
    )


def _method(method: Method | None, renews_on: date) -> MethodView | None:
    if method is None:
        return None
    return MethodView(
        kind=method.kind,
        last4=method.last4,
        valid_through=method.valid_through,
        valid_on_renewal=_pays_on(method, renews_on),
    )


def _pays_on(method: Method, day: date) -> bool:
    """Whether the run can have the renewal paid with it on ``day``."""
    if method.kind == "card":
        return card_valid_on(method.valid_through, day)
    return method.kind in ("direct_debit", "invoice")


def _contact(around: dict[str, Any], desk: dict[str, Any] | None) -> Contact | None:
    if around["partner_name"]:
        return Contact(
            kind="partner",
            name=around["contact_name"],
            organisation=around["partner_name"],
            email=around["partner_email"],
            phone=around["partner_phone"],
        )
    if around["sales_name"]:
        return Contact(
            kind="sales",
            name=around["sales_name"],
            organisation="",
            email=around["sales_email"],
            phone=around["sales_phone"],
        )
    if desk is None:
        return None
    return Contact(
        kind="specialist",
        name=desk["name"],
        organisation="",
        email=desk["email"],
        phone=desk["phone"],
    )


_CONTACTS = """
select distinct pt.name as partner_name, pt.contact_name, pt.email as partner_email,
       pt.phone as partner_phone, sf.name as sales_name, sf.email as sales_email,
       sf.phone as sales_phone
from subscriptions_subscription s
join subscriptions_contract k on k.id = s.contract_id
left join partners_partner pt on pt.id = k.partner_id
left join accounts_staffmember sf on sf.id = k.sales_person_id
where s.id = any(%s) order by pt.name, sf.name
"""


def contacts(subscription_ids: Iterable[str]) -> list[Contact]:
    """Who can act for these subscriptions, each once: partners, sales, the renewals desk.

    Without any subscription it is the renewals desk. In two queries.
    """
    desk = next(iter(select(_DESK)), None)
    sold = select(_CONTACTS, [list(subscription_ids)])
    online = {"partner_name": None, "sales_name": None}
    found = [_contact(row, desk) for row in sold or [online]]
    return [one for one in found if one is not None]


@dataclass(frozen=True, slots=True)
class Parked:
    """A subscription that the run set aside, and why."""

    code: str
    company_name: str
    region: str
    reason: str
    business_day: date


def parked_subscriptions() -> list[Parked]:
    """What waits for a person, oldest first."""
    rows = select(
        "select s.code, c.name, s.region_id, x.reason, x.business_day "
        "from renewals_parkedsubscription x "
        "join subscriptions_subscription s on s.id = x.subscription_id "
        "join accounts_company c on c.id = s.company_id "
        "where x.unparked_at is null order by x.parked_at, s.code"
    )
    return [Parked(*row.values()) for row in rows]


@dataclass(frozen=True, slots=True)
class Conflicted:
    """A subscription that is past due because its plan cannot be executed; a person decides."""

    subscription_id: str
    code: str
    company_name: str
    region: str
    problem: PlanProblem
    renews_on: date


def conflicted_subscriptions() -> list[Conflicted]:
    """What waits for a decision about its plan, the earliest first."""
    rows = select(
        "select s.id, s.code, c.name, s.region_id, p.conflict, s.renews_on "
        "from subscriptions_subscription s join renewals_planrevision p "
        "on p.subscription_id = s.id and p.revision = s.plan_revision "
        "join accounts_company c on c.id = s.company_id "
        "where p.conflict <> '' and s.ended_on is null order by s.renews_on, s.code"
    )
    return [
        Conflicted(
            row["id"],
            row["code"],
            row["name"],
            row["region_id"],
            PlanProblem(row["conflict"]),
            row["renews_on"],
        )
        for row in rows
    ]
