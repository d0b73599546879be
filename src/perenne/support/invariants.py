"""Laws of contact requests: none without an owner and a promise, none forgotten."""

from perenne.platform.invariants import Invariant, by_query

# A day begins at midnight in the region's zone; what was promised before it is told in its run.
_UNTOLD = """
select format('%s was promised by %s', r.reference, r.answer_by)
from support_contactrequest r join catalog_region g on g.code = r.region_id
join (select region_id, max(day) as day from daily_finishedday where was_run group by 1) d
  on d.region_id = r.region_id
where r.state = 'open' and r.answer_by < (d.day::timestamp at time zone g.time_zone)
  and r.overdue_told_for is distinct from r.answer_by
"""

_LAST = """
select format('%s is %s after %s', r.reference, r.state, e.kind)
from support_contactrequest r left join lateral (
    select kind, facts from support_contactentry where request_id = r.id
    order by id desc limit 1) e on true
where r.state is distinct from case e.kind
        when 'answered' then 'answered' when 'closed' then 'closed' else 'open' end
   or (e.kind is null)
   or (r.state = 'closed' and r.outcome is distinct from e.facts->>'outcome')
   or (r.state = 'open' and r.answer_by is distinct from (e.facts->>'answer_by')::timestamptz)
"""

INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "C1",
        "Every open contact request has an owner and a time by which it is answered",
        "select reference from support_contactrequest where state = 'open' and (answer_by is null "
        "or answer_by <= asked_at or (partner_id is null) = (staff_id is null) "
        "or (owner_kind = 'partner') <> (partner_id is not null))",
    ),
    by_query(
        "C2",
        "Every broken promise of an answer was told, and told once",
        _UNTOLD + "union all select format('%s told %s times of %s', subject, count(*), once_key) "
        "from platform_journalentry where kind = 'contact_request.overdue' "
        "group by subject, once_key having count(*) > 1",
    ),
    by_query("C3", "State, outcome and promise of a request are those of its last entry", _LAST),
    by_query(
        "C4",
        "Each entry of a contact request is one fact in the journal, and the other way round",
        "select format('%s: %s entries, %s facts', coalesce(e.id, j.id), e.n, j.n) from ("
        "select request_id as id, count(*) as n from support_contactentry group by 1) e "
        "full join (select subject as id, count(*) as n from platform_journalentry "
        "where kind like 'contact_request.%' "
        "and kind not in ('contact_request.overdue', 'contact_request.reminded') group by 1) j "
        "on j.id = e.id where e.n is distinct from j.n",
    ),
    by_query(
        "C5",
        "Whoever was asked by a colleague was told by mail, and it is a fact in the journal",
        "select format('%s told %s by %s mails, %s facts', r.id, r.told, m.n, j.n) "
        "from support_colleaguerequest r left join (select thread, count(*) as n "
        "from notices_mail where kind = 'contact_colleague' group by 1) m on m.thread = r.id "
        "left join (select subject, count(*) as n from platform_journalentry "
        "where kind = 'colleague_request.made' group by 1) j on j.subject = r.id "
        "where m.n is distinct from jsonb_array_length(r.told) or j.n is distinct from 1",
    ),
)
