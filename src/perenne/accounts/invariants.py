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
)
