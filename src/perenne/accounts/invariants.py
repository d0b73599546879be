"""Laws of companies and people."""

from perenne.platform.invariants import Invariant, by_query

INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "U4",
        "Every company has a primary administrator",
        "select format('%s has none', c.code) from accounts_company c where not exists ("
        "select 1 from accounts_person p join accounts_personrole r on r.person_id = p.id "
        "where p.company_id = c.id and r.role = 'primary_admin')",
    ),
    by_query(
        "U3",
        "Who was deactivated holds no role, and no session without another membership",
        "select format('%s holds %s', p.code, r.role) from accounts_person p "
        "join accounts_personrole r on r.person_id = p.id where p.deactivated_at is not null "
        "union all select format('%s has a session', p.code) from accounts_person p "
        "join usersessions_usersession s on s.user_id = p.user_id "
        "where p.deactivated_at is not null and not exists (select 1 from accounts_person o "
        "where o.user_id = p.user_id and o.deactivated_at is null) and not exists ("
        "select 1 from accounts_staffmember o where o.user_id = p.user_id "
        "and o.deactivated_at is null) and not exists (select 1 from partners_partnerperson o "
        "where o.user_id = p.user_id and o.deactivated_at is null)",
    ),
    by_query(
        "X6",
        "Nobody confirmed the hand-over that they proposed",
        "select format('%s of %s', id, company_id) from accounts_rolehandover "
        "where outcome = 'accepted' and decided_by_id is not distinct from proposer_id",
    ),
)
