"""Laws of terms, seats and assignments."""

from collections.abc import Iterator

from django.db import connection

from perenne.platform.invariants import Invariant, by_query
from perenne.rules.calendar import term_follows


def _terms_end_where_they_must() -> Iterator[str]:
    """Recompute every renewal term from its start, the anchor and the months of its offer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.id, t.starts_on, t.renews_on, s.anchor_day, o.months "
            "from subscriptions_term t join subscriptions_subscription s "
            "on s.id = t.subscription_id join catalog_offer o on o.id = t.offer_id "
            "where t.came_by in ('imported', 'renewal')"
        )
        while rows := cursor.fetchmany(1000):
            for term, starts_on, renews_on, anchor, months in rows:
                if not term_follows(starts_on, renews_on, months=months, anchor=anchor):
                    yield f"term {term} of {months} months from {starts_on} ends on {renews_on}"


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
        "A subscription renews on the end of its last unreversed term",
        "select format('%s renews on %s, its terms end on %s', s.id, s.renews_on, max(t.renews_on))"
        " from subscriptions_subscription s left join subscriptions_term t "
        "on t.subscription_id = s.id and t.reversed_by is null group by s.id "
        "having max(t.renews_on) is distinct from s.renews_on",
    ),
    Invariant(
        "T3",
        "A term's end follows from its start, the anchor and its months",
        _terms_end_where_they_must,
    ),
    by_query(
        "T10",
        "On every day of a change, the seats owned are the seats sold",
        "select format('%s owns %s seats on %s, %s are sold', subscription_id, owned, day, sold) "
        "from (select t.subscription_id, t.starts_on as day, t.seats as sold, "
        "(select coalesce(sum(c.seats), 0) from subscriptions_seatchange c "
        "where c.subscription_id = t.subscription_id and c.effective_on <= t.starts_on) as owned "
        "from subscriptions_term t where t.reversed_by is null) days where owned <> sold",
    ),
    by_query(
        "T10b",
        "Seats change only on a day on which a term begins",
        "select format('%s changes by %s seats on %s', c.subscription_id, c.seats, c.effective_on) "
        "from subscriptions_seatchange c where not exists (select 1 from subscriptions_term t "
        "where t.subscription_id = c.subscription_id and t.starts_on = c.effective_on "
        "and t.reversed_by is null)",
    ),
    by_query(
        "U1",
        "Nobody holds a seat that is not owned",
        "select format('%s: %s people hold %s seats', s.id, a.held, c.owned) "
        "from subscriptions_subscription s "
        "join lateral (select count(*) as held from subscriptions_assignment "
        "where subscription_id = s.id and released_on is null) a on true "
        "join lateral (select coalesce(sum(c.seats), 0) as owned from subscriptions_seatchange c "
        "where c.subscription_id = s.id and c.effective_on <= greatest("
        "(select max(day) from daily_finishedday d where d.region_id = s.region_id), "
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
