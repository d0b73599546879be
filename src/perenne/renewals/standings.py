"""How subscriptions stand for somebody on a day: a whole set in a constant number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from perenne.accounts.queries import Member
from perenne.billing.numbering import number_sql
from perenne.catalog.queries import Catalogue
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.renewals.facts import Method, RenewalFacts, renewal_facts
from perenne.renewals.marks import finished_through
from perenne.renewals.pricing import Pricer
from perenne.rules.campaigns import Campaign
from perenne.rules.eligibility.standing import (
    Approval,
    Asker,
    Hold,
    Paying,
    Peer,
    PlanCover,
    Standing,
)
from perenne.rules.lifecycle import Stage, end_after, is_overdue, stage_on
from perenne.rules.plans import PlanFacts, PlanProblem, plan_problem
from perenne.rules.policy import Policy
from perenne.rules.prices import OfferKey
from perenne.rules.receivables import suspends_from
from perenne.rules.returns import last_day_to_return
from perenne.rules.routes import renewable_online


@dataclass(frozen=True, slots=True)
class Stand:
    """A subscription with everything that decides about it on a day."""

    facts: RenewalFacts
    standing: Standing
    policy: Policy
    as_of: date


_COMPANIES = """
select c.id, c.kind, r.limit_minor, a.name as approver,
       (select array_agg(distinct p.name order by p.name) from accounts_person p
        join accounts_personrole pr on pr.person_id = p.id
        where p.company_id = c.id and pr.role = 'contract_manager') as managers
from accounts_company c
left join accounts_approvalrule r on r.company_id = c.id
left join accounts_person a on a.id = r.approver_id
where c.id = any(%s)
"""

_LIVING = """
select s.id, s.company_id, s.region_id, k.channel, s.renews_on, o.product_id, o.access, o.months,
       p.payment_method_id as method, t.starts_on,
       coalesce((select oo.months from subscriptions_term tt
                 join catalog_offer oo on oo.id = tt.offer_id
                 where tt.subscription_id = s.id and tt.reversed_by is null
                   and tt.starts_on <= d.day and d.day < tt.renews_on), o.months)
         as months_running,
       (select coalesce(sum(l.seats), 0) from subscriptions_seatchange l
        where l.subscription_id = s.id and l.effective_on <= d.day) as seats,
       p.offer_id <> t.offer_id or p.campaign <> '' or p.merges <> '{}'
         or p.merged_into_id is not null or p.seats is not null or p.aligns_on is not null
         as plan_changes
from subscriptions_subscription s
join unnest(%(regions)s::text[], %(days)s::date[]) as d(region, day) on d.region = s.region_id
join subscriptions_contract k on k.id = s.contract_id
join subscriptions_term t
  on t.subscription_id = s.id and t.renews_on = s.renews_on and t.reversed_by is null
join catalog_offer o on o.id = t.offer_id
join renewals_planrevision p on p.subscription_id = s.id and p.revision = s.plan_revision
where s.company_id = any(%(companies)s) and s.ended_on is null and s.renews_on > d.day
order by s.id
"""

_BOUGHT = """
select o.subscription_id, bool_or(o.campaign <> '') as traded_in,
       (array_agg(o.business_day order by o.id desc))[1] as ordered_on,
       (array_agg(o.term_starts_on order by o.id desc))[1] as starts_on,
       (array_agg(f.months order by o.id desc))[1] as months,
       (array_agg(case o.kind when 'alignment' then o.change else '' end
                  order by o.id desc))[1] as aligned_by
from billing_order o join lateral (select l.offer_id from billing_orderline l
     where l.order_id = o.id order by l.id limit 1) l on true
join catalog_offer f on f.id = l.offer_id
where o.subscription_id = any(%s)
  and not exists (select 1 from renewals_reversal v where v.order_id = o.id and v.is_whole)
group by o.subscription_id
"""

# Of changes that aligned dates: a subscription of theirs for which something was bought later.
_BOUGHT_SINCE = """
select o.change, min(s.code) as code from billing_order o
join billing_order l on l.subscription_id = o.subscription_id and l.id > o.id
join subscriptions_subscription s on s.id = l.subscription_id
where o.change = any(%s) and o.kind = 'alignment'
  and not exists (select 1 from renewals_reversal v where v.order_id = l.id and v.is_whole)
group by o.change
"""

_UNPAID = f"""
select distinct on (o.subscription_id) o.subscription_id, {number_sql("i")} as number
from billing_order o join billing_invoiceline l on l.order_id = o.id
join billing_invoice i on i.id = l.invoice_id
join billing_receivable r on r.invoice_id = i.id and r.open_minor > 0
where o.subscription_id = any(%s) order by o.subscription_id, r.due_on, i.id
"""  # noqa: S608 - our own constants


class Standings:
    """Reads once what the subscriptions of a set share, then answers for each of them."""

    def __init__(
        self, facts: Sequence[RenewalFacts], *, member: Member, pricer: Pricer, now: datetime
    ) -> None:
        self.facts = facts
        self.member = member
        self.pricer = pricer
        self.now = now
        companies = sorted({one.company for one in facts})
        self._companies = {row["id"]: row for row in select(_COMPANIES, [companies])}
        self._living: dict[str, list[dict[str, Any]]] = defaultdict(list)
        regions = pricer.catalogue.regions
        self._days = {code: today(now, region.zone) for code, region in regions.items()}
        known = {"regions": list(self._days), "days": list(self._days.values())}
        for row in select(_LIVING, {"companies": companies, **known}):
            self._living[row["company_id"]].append(row)
        self._changing_length = {
            row["id"]
            for rows in self._living.values()
            for row in rows
            if row["months_running"] != row["months"]
        }
        self._company_peers = self._peers_by_region()
        self._bought = {
            row["subscription_id"]: row for row in select(_BOUGHT, [[one.id for one in facts]])
        }
        aligned_by = [row["aligned_by"] for row in self._bought.values() if row["aligned_by"]]
        self._bought_since = {
            row["change"]: row["code"]
            for row in (select(_BOUGHT_SINCE, [aligned_by]) if aligned_by else ())
        }
        owing = [one.id for one in facts if one.unpaid_due_on is not None]
        self._unpaid = {
            row["subscription_id"]: row["number"]
            for row in (select(_UNPAID, [owing]) if owing else ())
        }
        self._finished = finished_through()

    def all(self) -> list[Stand]:
        """Each of the set, in its order."""
        return [self._stand(facts) for facts in self.facts]

    def _stand(self, facts: RenewalFacts) -> Stand:
        catalogue = self.pricer.catalogue
        as_of = _not_before_the_run(
            today(self.now, catalogue.regions[facts.region].zone),
            self._finished.get(facts.region),
            ended_on=facts.ended_on,
        )
        policy = self.pricer.policy(facts, on=as_of)
        return Stand(facts, self._standing(facts, policy, as_of), policy, as_of)

    def _stage(self, facts: RenewalFacts, policy: Policy, as_of: date) -> Stage:
        finished = self._finished.get(facts.region)
        return stage_on(facts.stage_facts, as_of=as_of, finished_through=finished, policy=policy)

    def _standing(self, facts: RenewalFacts, policy: Policy, as_of: date) -> Standing:
        catalogue = self.pricer.catalogue
        company = self._companies[facts.company]
        plan = facts.plan
        stage = self._stage(facts, policy, as_of)
        sold_then = catalogue.offers_sold(facts.region, facts.term.renews_on)
        bought = self._bought.get(facts.id)
        return Standing(
            stage=stage,
            term=facts.term,
            months=facts.months,
            offer=facts.offer,
            last_day_of_access=_last_day_of_access(facts, policy),
            suspended_since=_suspended_since(facts, stage, policy, as_of),
            in_progress=facts.has_open_attempt,
            region=facts.region,
            actions_enabled=catalogue.regions[facts.region].actions_enabled,
            sold_online=facts.channel == "online",
            renewable_online=renewable_online(facts.channel, stated=facts.renewable_online),
            has_partner=facts.partner is not None,
            automatic=plan.renews_automatically,
            plan_problem=self.pricer.problem(facts, plan.offer, facts.seats_planned),
            plan_conflict=plan.conflict,
            plan_changes=facts.plan_changes,
            hold=_hold(facts),
            method=None if plan.method is None else plan.method.id,
            paying=_paying(plan.method),
            overdue_invoice=self._overdue_invoice(facts, as_of),
            renewal_minor=self._renewal_minor(facts),
            approval=_approval(company),
            asker=Asker(self.member.roles, {"contract_manager": tuple(company["managers"] or ())}),
            seats_owned=facts.seats_owned,
            months_offered=_months_offered(facts.offer, sold_then),
            is_self_service=catalogue.products[facts.offer.product].is_self_service,
            adds_seats=_adds_seats(facts.offer, policy),
            is_priced_now=facts.offer in catalogue.offers_sold(facts.region, as_of),
            retired_on=catalogue.access_retirements.get((plan.offer.product, plan.offer.access)),
            successor_access=_successor(plan.offer, sold_then),
            peers=self._peers(facts),
            collections=_collections(facts, catalogue, sold_then),
            campaigns=catalogue.campaigns,
            targets_priced=_targets_priced(facts, catalogue.campaigns, sold_then),
            has_traded_in=bool(bought and bought["traded_in"]),
            cover=self._cover(facts.company, company["kind"], catalogue),
            returnable_until=_returnable_until(bought, policy),
            bought_since=self._bought_since.get(bought["aligned_by"]) if bought else None,
            joins_others=bool(plan.merges or plan.merged_into),
            term_begins_on=facts.term.starts_on if facts.id in self._changing_length else None,
            stretch_problem=self._stretch_problem(facts.offer, facts.region, facts.term.renews_on),
        )

    def _overdue_invoice(self, facts: RenewalFacts, as_of: date) -> str | None:
        """The number of its oldest invoice that is overdue."""
        return self._unpaid[facts.id] if is_overdue(facts.stage_facts, as_of=as_of) else None

    def _renewal_minor(self, facts: RenewalFacts) -> int:
        renewal = self.pricer.planned_term(facts) if facts.seats_planned else None
        return 0 if renewal is None else renewal.gross_minor

    def _peers(self, facts: RenewalFacts) -> tuple[Peer, ...]:
        known = self._company_peers.get((facts.company, facts.region), ())
        return tuple(peer for peer in known if peer.id != facts.id)

    def _peers_by_region(self) -> dict[tuple[str, str], tuple[Peer, ...]]:
        found = defaultdict(list)
        for company, rows in self._living.items():
            for row in rows:
                found[company, row["region_id"]].append(self._peer(row))
        return {place: tuple(peers) for place, peers in found.items()}

    def _peer(self, row: Mapping[str, Any]) -> Peer:
        offer = OfferKey(row["product_id"], row["access"], row["months"])
        return Peer(
            id=row["id"],
            months=row["months"],
            method=row["method"],
            renews_on=row["renews_on"],
            sold_online=row["channel"] == "online",
            may_move=not row["plan_changes"] and row["months_running"] == row["months"],
            extends=self._stretch_problem(offer, row["region_id"], row["renews_on"]) is None,
        )

    def _stretch_problem(self, offer: OfferKey, region: str, renews_on: date) -> PlanProblem | None:
        """Why nothing of the offer can follow the renewal day at the price of today, if so."""
        catalogue = self.pricer.catalogue
        today = self._days[region]
        return plan_problem(
            PlanFacts(
                first_day=renews_on,
                seats=1,
                retired_on=catalogue.access_retirements.get((offer.product, offer.access)),
                is_priced=catalogue.unit_price(region, offer, today) is not None,
            )
        )

    def _cover(self, company: str, kind: str, catalogue: Catalogue) -> PlanCover:
        plans = [one for one in catalogue.products.values() if one.threshold is not None]
        basis, at_least = (plans[0].threshold if plans else None) or ("seats", 0)
        living = self._living[company]
        covered = [row for row in living if catalogue.products[row["product_id"]].kind == "plan"]
        eligible = [row for row in living if catalogue.products[row["product_id"]].kind != "plan"]
        seats = sum(row["seats"] for row in eligible)
        return PlanCover(
            is_business=kind == "business",
            at_least=at_least,
            counted=seats if basis == "seats" else len(eligible),
            eligible_seats=seats,
            covered_seats=sum(row["seats"] for row in covered),
            plan=covered[0]["id"] if covered else None,
        )


def stands(subscription_ids: Sequence[str], *, member: Member, now: datetime) -> dict[str, Stand]:
    """How these subscriptions stand for ``member``, by id; a constant number of queries."""
    facts = renewal_facts(subscription_ids)
    found = Standings(facts, member=member, pricer=Pricer(), now=now).all()
    return {stand.facts.id: stand for stand in found}


def _not_before_the_run(
    as_of: date, finished_through: date | None, *, ended_on: date | None
) -> date:
    """``as_of``, or how far the run has come if later; it ends some on the day after the mark.

    A clock that went back opens nothing again: what a run has ended has ended.
    """
    if finished_through is None:
        return as_of
    run_on = finished_through + timedelta(1)
    if ended_on is not None and ended_on <= run_on:
        return max(as_of, ended_on)
    return max(as_of, finished_through)


def _last_day_of_access(facts: RenewalFacts, policy: Policy) -> date:
    end = end_after(facts.term.renews_on, months=facts.months, policy=policy)
    return (facts.ended_on or end) - timedelta(1)


def _suspended_since(facts: RenewalFacts, stage: Stage, policy: Policy, as_of: date) -> date | None:
    if stage is not Stage.SUSPENDED:
        return None
    if as_of < facts.term.renews_on and facts.unpaid_due_on is not None:
        return suspends_from(facts.unpaid_due_on, grace_days=policy.payment_grace_days)
    day = facts.term.renews_on
    for rule in policy.stages:
        if rule.stage == "suspended":
            break
        day += timedelta(rule.days.of(facts.months))
    return day


def _hold(facts: RenewalFacts) -> Hold | None:
    last_day = facts.quote_last_day
    return None if last_day is None else Hold(facts.quote, last_day)


def _paying(method: Method | None) -> Paying | None:
    return None if method is None else Paying(method.kind, method.last4, method.valid_through)


def _approval(company: Mapping[str, Any]) -> Approval | None:
    if company["limit_minor"] is None:
        return None
    return Approval(company["approver"], company["limit_minor"])


def _months_offered(offer: OfferKey, sold: frozenset[OfferKey]) -> tuple[int, ...]:
    return tuple(
        sorted(
            one.months for one in sold if (one.product, one.access) == (offer.product, offer.access)
        )
    )


def _adds_seats(offer: OfferKey, policy: Policy) -> bool:
    allowed = policy.add_seats_offers
    return allowed == "all" or offer.product in allowed or str(offer) in allowed


def _successor(offer: OfferKey, sold: frozenset[OfferKey]) -> str:
    """Another way in which the same product is sold, for the same months."""
    ways = [
        one.access
        for one in sold
        if (one.product, one.months) == (offer.product, offer.months) and one.access != offer.access
    ]
    return min(ways, default="")


def _collections(
    facts: RenewalFacts, catalogue: Catalogue, sold: frozenset[OfferKey]
) -> dict[str, bool]:
    """The collections that contain the product, and whether each is sold for the same months."""
    return {
        collection: OfferKey(collection, "named_user", facts.months) in sold
        for collection, products in catalogue.contents.items()
        if facts.offer.product in products
    }


def _targets_priced(
    facts: RenewalFacts, campaigns: Sequence[Campaign], sold: frozenset[OfferKey]
) -> frozenset[str]:
    return frozenset(one.code for one in campaigns if one.target_of(facts.offer) in sold)


def _returnable_until(bought: Mapping[str, Any] | None, policy: Policy) -> date | None:
    if bought is None:
        return None
    return last_day_to_return(
        ordered_on=bought["ordered_on"],
        starts_on=bought["starts_on"],
        window_days=policy.return_window_days.of(bought["months"]),
    )
