"""What must be known of subscriptions before they are renewed, read for a whole set at once."""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from msgspec import Struct

from perenne.platform.bulk import as_array, select
from perenne.rules.calendar import Period
from perenne.rules.lifecycle import StageFacts
from perenne.rules.payments import DeclineKind
from perenne.rules.plans import planned_seats
from perenne.rules.prices import OfferKey


class Method(Struct, frozen=True):
    """How a plan pays."""

    id: str
    kind: str
    last4: str
    valid_through: str
    token: str


class Plan(Struct, frozen=True):
    """The revision of the renewal plan in force; ``seats`` None means all seats then owned."""

    revision: int
    renews_automatically: bool
    offer: OfferKey
    seats: int | None
    method: Method | None
    conflict: str
    campaign: str = ""
    # Seats given for seats owned: a campaign may give two for one.
    seats_in: int = 1
    seats_out: int = 1
    merges: tuple[str, ...] = ()
    merged_into: str | None = None
    # The next term ends on this day instead of being whole, and the anchor is this one from then.
    aligns_on: date | None = None
    aligns_anchor: int | None = None
    change: str = ""


class RenewalFacts(Struct, frozen=True):
    """A subscription, its last term, plan and tries; ``seats_owned`` are those on ``renews_on``."""

    id: str
    code: str
    company: str
    country: str
    tax_id_is_verified: bool
    contract: str
    channel: str
    partner: str | None
    partner_model: str
    region: str
    anchor: int
    renewable_online: bool | None
    imported_as_of: date | None
    term: Period
    months: int
    offer: OfferKey
    ended_on: date | None
    ended_because: str
    version: int
    seats_owned: int
    # Of a business plan: the company's seats that it has to cover; None for everything else.
    seats_to_cover: int | None
    plan: Plan
    tries: tuple[int, ...]
    last_decline: DeclineKind | None
    last_tried_method: str | None
    has_open_attempt: bool
    is_parked: bool
    # Due day of its oldest invoice that is not paid in full.
    unpaid_due_on: date | None
    # The first day that no quote holds its next renewal any more; None if none ever did.
    held_until: date | None = None
    # The open quote that holds it, and that quote's last day.
    quote: str = ""
    quote_last_day: date | None = None

    @property
    def seats_planned(self) -> int:
        """Seats of the next term."""
        plan = self.plan
        if self.seats_to_cover is not None:
            return planned_seats(plan.seats, max(self.seats_to_cover, 1))
        owned = self.seats_owned // plan.seats_in * plan.seats_out
        return planned_seats(plan.seats, owned)

    @property
    def plan_changes(self) -> bool:
        """Whether something else than the same again is decided for the renewal day."""
        plan = self.plan
        return (
            plan.offer != self.offer
            or (plan.seats is not None and plan.seats != self.seats_owned)
            or bool(plan.campaign or plan.merges or plan.merged_into or plan.aligns_on)
        )

    @property
    def stage_facts(self) -> StageFacts:
        """What the lifecycle asks about."""
        return StageFacts(
            renews_on=self.term.renews_on,
            months=self.months,
            tries_automatically=self.plan.renews_automatically,
            plan_conflicted=bool(self.plan.conflict),
            open_attempt=self.has_open_attempt,
            imported_as_of=self.imported_as_of,
            ended_on=self.ended_on,
            unpaid_due_on=self.unpaid_due_on,
            held_until=self.held_until,
        )


_FACTS = """
select s.id, s.code, s.company_id, c.country, c.tax_id_is_verified, s.contract_id, k.channel,
       k.partner_id, k.partner_model, s.region_id, s.anchor_day, s.renewable_online,
       s.imported_as_of, t.starts_on, s.renews_on, o.product_id, o.access, o.months, s.ended_on,
       s.ended_because, s.version,
       s.plan_revision, p.renews_automatically, po.product_id as plan_product,
       po.access as plan_access, po.months as plan_months, p.seats as plan_seats, p.conflict,
       p.campaign, g.terms->'ratio' as ratio, p.merges, p.merged_into_id, p.change,
       p.aligns_on, p.aligns_anchor,
       m.id as method_id, m.kind as method_kind, m.last4, m.valid_through, m.token,
       (select coalesce(sum(l.seats), 0) from subscriptions_seatchange l
        where l.subscription_id = s.id and l.effective_on <= s.renews_on) as seats_owned,
       case when d.kind = 'plan' then (
           select coalesce(sum(l.seats), 0) from subscriptions_subscription e
           join subscriptions_term et on et.subscription_id = e.id
             and et.renews_on = e.renews_on and et.reversed_by is null
           join catalog_offer eo on eo.id = et.offer_id
           join catalog_product ed on ed.code = eo.product_id and ed.kind <> 'plan'
           join subscriptions_seatchange l
             on l.subscription_id = e.id and l.effective_on <= s.renews_on
           where e.company_id = s.company_id and e.ended_on is null
             and e.renews_on >= s.renews_on) end as seats_to_cover,
       a.tries, a.last_decline, a.last_method, u.unpaid_due_on,
       h.held_until, h.quote, h.quote_last_day,
       exists (select 1 from billing_paymentattempt x where x.subscription_id = s.id
               and x.state in ('created', 'sent', 'pending', 'unknown')) as open,
       exists (select 1 from renewals_parkedsubscription x
               where x.subscription_id = s.id and x.unparked_at is null) as parked
from subscriptions_subscription s
join accounts_company c on c.id = s.company_id
join subscriptions_contract k on k.id = s.contract_id
join subscriptions_term t
  on t.subscription_id = s.id and t.renews_on = s.renews_on
 -- If everything was returned, what ran last is what is told.
 and case when s.ended_because <> 'returned' then t.reversed_by is null
     else t.id = (select r.id from subscriptions_term r
                  where r.subscription_id = s.id and r.renews_on = s.renews_on
                  order by r.reversed_by is null desc, r.id desc limit 1) end
join catalog_offer o on o.id = t.offer_id
join catalog_product d on d.code = o.product_id
join renewals_planrevision p on p.subscription_id = s.id and p.revision = s.plan_revision
join catalog_offer po on po.id = p.offer_id
left join catalog_campaign g on g.code = p.campaign
left join billing_paymentmethod m on m.id = p.payment_method_id
left join lateral (
    select array_agg(retry_day) filter (where retry_day is not null) as tries,
           (array_agg(decline_kind order by created_at desc, id desc))[1] as last_decline,
           (array_agg(payment_method_id order by created_at desc, id desc))[1] as last_method
    from billing_paymentattempt
    where subscription_id = s.id and term_starts_on = s.renews_on
) a on true
left join lateral (
    select min(r.due_on) as unpaid_due_on from billing_order d
    join billing_invoiceline l on l.order_id = d.id
    join billing_receivable r on r.invoice_id = l.invoice_id and r.open_minor > 0
    where d.subscription_id = s.id
) u on true
-- Quotes lie above this package; which renewals they hold is read as rows.
left join lateral (
    select max(coalesce(q.released_on, q.last_day + 1)) as held_until,
           max(q.quote) filter (where q.released_on is null) as quote,
           max(q.last_day) filter (where q.released_on is null) as quote_last_day
    from quotes_hold q where q.subscription_id = s.id and q.renews_on = s.renews_on
) h on true
where s.id = any(%s::text[])
order by s.id
"""


def renewal_facts(subscription_ids: Sequence[str]) -> list[RenewalFacts]:
    """Read the facts of these subscriptions in one query, ordered by id."""
    return [_facts(row) for row in select(_FACTS, [as_array(subscription_ids)])]


def lock_renewal_facts(subscription_ids: Sequence[str]) -> list[RenewalFacts]:
    """Lock these subscriptions in the order of their ids (no deadlocks), and read them."""
    select(
        "select id from subscriptions_subscription where id = any(%s::text[]) "
        "order by id for update",
        [as_array(subscription_ids)],
    )
    return renewal_facts(subscription_ids)


def claim_renewal_facts(subscription_ids: Sequence[str]) -> list[RenewalFacts]:
    """Lock those of these subscriptions that no other transaction holds, and read them."""
    rows = select(
        "select id from subscriptions_subscription where id = any(%s::text[]) "
        "order by id for update skip locked",
        [as_array(subscription_ids)],
    )
    return renewal_facts([row["id"] for row in rows])


# Subscriptions of a set have few offers and few terms among them.
_offer = lru_cache(maxsize=1024)(OfferKey)
_period = lru_cache(maxsize=1024)(Period)


def _facts(row: dict[str, Any]) -> RenewalFacts:
    return RenewalFacts(
        id=row["id"],
        code=row["code"],
        company=row["company_id"],
        country=row["country"],
        tax_id_is_verified=row["tax_id_is_verified"],
        contract=row["contract_id"],
        channel=row["channel"],
        partner=row["partner_id"],
        partner_model=row["partner_model"],
        region=row["region_id"],
        anchor=row["anchor_day"],
        renewable_online=row["renewable_online"],
        imported_as_of=row["imported_as_of"],
        term=_period(row["starts_on"], row["renews_on"]),
        months=row["months"],
        offer=_offer(row["product_id"], row["access"], row["months"]),
        ended_on=row["ended_on"],
        ended_because=row["ended_because"],
        version=row["version"],
        seats_owned=row["seats_owned"],
        seats_to_cover=row["seats_to_cover"],
        plan=_plan(row),
        tries=tuple(row["tries"] or ()),
        last_decline=DeclineKind(row["last_decline"]) if row["last_decline"] else None,
        last_tried_method=row["last_method"],
        has_open_attempt=bool(row["open"]),
        is_parked=row["parked"],
        unpaid_due_on=row["unpaid_due_on"],
        held_until=row["held_until"],
        quote=row["quote"] or "",
        quote_last_day=row["quote_last_day"],
    )


def _plan(row: dict[str, Any]) -> Plan:
    method = None
    if row["method_id"] is not None:
        method = Method(
            id=row["method_id"],
            kind=row["method_kind"],
            last4=row["last4"],
            valid_through=row["valid_through"],
            token=row["token"],
        )
    seats_in, seats_out = json.loads(row["ratio"]) if row["ratio"] else (1, 1)
    return Plan(
        revision=row["plan_revision"],
        renews_automatically=row["renews_automatically"],
        offer=_offer(row["plan_product"], row["plan_access"], row["plan_months"]),
        seats=row["plan_seats"],
        method=method,
        conflict=row["conflict"],
        campaign=row["campaign"],
        seats_in=seats_in,
        seats_out=seats_out,
        merges=tuple(row["merges"]),
        merged_into=row["merged_into_id"],
        aligns_on=row["aligns_on"],
        aligns_anchor=row["aligns_anchor"],
        change=row["change"],
    )
