"""Laws of who holds, waits and belongs."""

from perenne.platform.invariants import Invariant, by_query

# Assignments in force, with every product that they give: that of the last term that has begun,
# and what is in it if it is a collection.
_USED = """
select a.id, a.person_id, a.granted_by, used.product_id from subscriptions_assignment a
join subscriptions_subscription s on s.id = a.subscription_id
cross join lateral (
    select o.product_id from subscriptions_term t join catalog_offer o on o.id = t.offer_id
    where t.subscription_id = s.id and t.reversed_by is null and t.starts_on <= greatest(
        a.assigned_on, (select max(day) from daily_finishedday d where d.region_id = s.region_id))
    order by t.starts_on desc limit 1) sold
cross join lateral (
    select sold.product_id union all
    select c.product_id from catalog_collectioncontent c
    where c.collection_id = sold.product_id) used
where a.released_on is null and s.ended_on is null
"""

INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "U2b",
        "Nobody holds two seats of one subscription",
        "select format('%s holds %s seats of %s', person_id, count(*), subscription_id) "
        "from subscriptions_assignment where released_on is null "
        "group by person_id, subscription_id having count(*) > 1",
    ),
    by_query(
        "U7",
        "Nobody waits for a product that their seat gives",
        "select format('%s waits for %s', w.person_id, w.product_id) "  # noqa: S608 - our own text
        f"from seats_waitingperson w join ({_USED}) u "
        "on u.person_id = w.person_id and u.product_id = w.product_id where w.ended_at is null",
    ),
    by_query(
        "U8",
        "A seat that only groups grant is one that a group of the person grants",
        "select format('%s of %s', u.id, u.person_id) "  # noqa: S608 - our own text
        f"from ({_USED}) u where u.granted_by = 'group' group by u.id, u.person_id "
        "having not bool_or(exists (select 1 from seats_groupmember m "
        "join seats_group g on g.id = m.group_id and g.ended_on is null "
        "join seats_groupproduct c on c.group_id = g.id and c.carried_until is null "
        "where m.person_id = u.person_id and m.left_on is null "
        "and c.product_id = u.product_id))",
    ),
    by_query(
        "U9",
        "Each seat that was given is told in the journal",
        "select format('%s', a.id) from subscriptions_assignment a "
        "where a.granted_by <> 'book' and not exists (select 1 from platform_journalentry j "
        "where j.subject = a.subscription_id and j.kind in ('seats.assigned', 'seats.moved') "
        "and j.business_day = a.assigned_on and j.facts->'people' ? a.person_id)",
    ),
)
