"""Who is told of renewals: contract managers, or who stands in where nobody holds that role."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from perenne.platform.bulk import select


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell; ``manages`` False for an administrator who stands in."""

    id: str
    name: str
    email: str
    locale: str
    manages: bool = True


_PEOPLE = """
select p.company_id, p.id, p.name, p.email, p.locale, r.role from accounts_person p
join accounts_personrole r on r.person_id = p.id
where p.company_id = any(%s) and r.role in ('contract_manager', 'primary_admin') order by p.id
"""

_SPECIALIST = """
select id, name, email from accounts_staffmember
where role = 'specialist' and deactivated_at is null order by code limit 1
"""


def recipients_of(companies: Sequence[str]) -> dict[str, list[Recipient]]:
    """Contract managers by company; where nobody holds the role, the primary administrators.

    A company where nobody holds either is left out.

    Source: docs/explanation/time.md, «Reminders».
    """
    by_role: dict[tuple[str, str], list[Recipient]] = defaultdict(list)
    for row in select(_PEOPLE, [list(companies)]):
        manages = row["role"] == "contract_manager"
        person = Recipient(row["id"], row["name"], row["email"], row["locale"], manages)
        by_role[row["company_id"], row["role"]].append(person)
    found = {}
    for company in companies:
        people = by_role[company, "contract_manager"] or by_role[company, "primary_admin"]
        if people:
            found[company] = people
    return found


def specialist() -> Recipient | None:
    """The vendor's specialist who is told of companies that nobody manages; None without one."""
    row = next(iter(select(_SPECIALIST)), None)
    return None if row is None else Recipient(row["id"], row["name"], row["email"], "en")
