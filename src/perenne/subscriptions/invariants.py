"""Laws of terms, seats and assignments."""

from collections.abc import Iterator

from django.db import connection

from perenne.platform.invariants import Invariant, by_query
from perenne.rules.calendar import term_follows


def _terms_end_where_they_must() -> Iterator[str]:
    """Recompute every renewal term from its start, the anchor and the months of its offer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.id, t.starts_on, t.renews_on, t.anchor_day, o.months "
            "from subscriptions_term t join catalog_offer o on o.id = t.offer_id "
            "where t.anchor_day is not null"
        )
        while rows := cursor.fetchmany(1000):
            for term, starts_on, renews_on, anchor, months in rows:
                if not term_follows(starts_on, renews_on, months=months, anchor=anchor):
                    yield f"term {term} of {months} months from {starts_on} ends on {renews_on}"


# Paid are imported terms and the lines of orders, less what was returned of them. After the last
# term nothing is owned, whatever the ledger says: it is asked only within terms.
_SEAT_DAYS = """
with paid as (
    select t.subscription_id, t.starts_on, t.renews_on, t.seats from subscriptions_term t
    where t.order_id = '' and t.reversed_by is null
    union all
    select o.subscription_id, l.covers_from, l.covers_until, l.seats - coalesce(
        (select sum(v.seats) from renewals_reversal v where v.order_id = o.id), 0)
    from billing_orderline l join billing_order o on o.id = l.order_id
    where not exists (select 1 from renewals_reversal v where v.order_id = o.id and v.is_whole)
), days as (
    select subscription_id, starts_on as day from paid
    union select subscription_id, effective_on from subscriptions_seatchange
)
select format('%s owns %s seats on %s, %s are paid', d.subscription_id, owned.seats, d.day,
              coalesce(sold.seats, 0))
from days d
join lateral (select coalesce(sum(c.seats), 0) as seats from subscriptions_seatchange c
              where c.subscription_id = d.subscription_id and c.effective_on <= d.day) owned on true
left join lateral (select sum(p.seats) as seats from paid p
                   where p.subscription_id = d.subscription_id
                     and p.starts_on <= d.day and d.day < p.renews_on) sold on true
where owned.seats <> coalesce(sold.seats, 0)
  and exists (select 1 from subscriptions_term t where t.subscription_id = d.subscription_id
              and t.reversed_by is null and t.starts_on <= d.day and d.day < t.renews_on)
"""

INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "T1",
        "Terms follow each other without gap or overlap",
        "select format('term %s of %s starts on %s, the one before ends on %s', id, "
        "subscription_id, starts_on, before) from (select id, subscription_id, starts_on, "
        "lag(renews_on) over (partition by subscription_id order by starts_on) as before "
        "from subscriptions_term where reversed_by is null) chain where starts_on <> before",
    ),
    by_query(
        "T2",
        "A subscription renews on the end of its last unreversed term; without one it has ended",
        "select format('%s renews on %s, its terms end on %s', s.id, s.renews_on, max(t.renews_on))"
        " from subscriptions_subscription s left join subscriptions_term t "
        "on t.subscription_id = s.id and t.reversed_by is null group by s.id "
        "having max(t.renews_on) is distinct from s.renews_on "
        "and (max(t.renews_on) is not null or s.ended_on is null)",
    ),
    Invariant(
        "T3",
        "A term's end follows from its start, the anchor and its months",
        _terms_end_where_they_must,
    ),
    by_query(
        "T10",
        "Seat-day law: on every day of a change, the seats owned are the seats paid for",
        _SEAT_DAYS,
    ),
    by_query(
        "U1",
        "Nobody holds a seat that is not owned",
        "select format('%s: %s people hold %s seats', s.id, a.held, c.owned) "
        "from subscriptions_subscription s "
        "join lateral (select count(*) as held, max(assigned_on) as last_on "
        "from subscriptions_assignment "
        "where subscription_id = s.id and released_on is null) a on true "
        "join lateral (select coalesce(sum(c.seats), 0) as owned from subscriptions_seatchange c "
        "where c.subscription_id = s.id and c.effective_on <= greatest("
        "(select max(day) from daily_finishedday d where d.region_id = s.region_id), a.last_on, "
        "(select min(starts_on) from subscriptions_term t where t.subscription_id = s.id))) c "
        "on true "
        "where a.held > c.owned and s.ended_on is null",
    ),
    by_query(
        "U2",
        "Seats are held by people of the subscription's own company",
        "select format('%s of %s holds a seat of %s', a.person_id, p.company_id, s.company_id) "
        "from subscriptions_assignment a join accounts_person p on p.id = a.person_id "
        "join subscriptions_subscription s on s.id = a.subscription_id "
        "where p.company_id <> s.company_id or a.company_id <> s.company_id",
    ),
)
