"""Who somebody is when they act, and which companies they may see."""

from dataclasses import dataclass

from django.db.models import QuerySet

from perenne.accounts.models import Company, Person, StaffMember


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody acting in one capacity: a person of a company, a partner, or the vendor's staff."""

    id: str
    name: str
    locale: str
    company_id: str | None
    roles: frozenset[str]
    partner_id: str | None = None

    @property
    def is_staff(self) -> bool:
        """Whether they work for the vendor."""
        return self.company_id is None and self.partner_id is None

    @property
    def actor(self) -> str:
        """How the journal names them."""
        if self.partner_id is not None:
            return f"partner:{self.id}"
        return f"{'staff' if self.is_staff else 'person'}:{self.id}"


def person_member(person: Person) -> Member:
    """A person acting for their company."""
    return Member(
        id=person.pk,
        name=person.name,
        locale=person.locale,
        company_id=person.company_id,
        roles=frozenset(person.roles.values_list("role", flat=True)),
    )


def staff_member(staff: StaffMember, *, locale: str) -> Member:
    """A member of staff; ``locale`` is the vendor's, as staff have none of their own."""
    return Member(
        id=staff.pk,
        name=staff.name,
        locale=locale,
        company_id=None,
        roles=frozenset({staff.role}),
    )


def companies_visible_to(member: Member) -> QuerySet[Company]:
    """The own company of a person; for staff those that their role may see."""
    if not member.is_staff:
        return Company.objects.filter(pk=member.company_id)
    if "finance" in member.roles:
        return Company.objects.all()
    if member.roles & {"sales", "specialist"}:
        return Company.objects.filter(contracts__sales_person=member.id).distinct()
    return Company.objects.none()
