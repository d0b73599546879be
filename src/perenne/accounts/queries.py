"""Who somebody is when they act, and which companies they may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from perenne.accounts.models import (
    Company,
    Invitation,
    Person,
    PersonRole,
    RoleHandover,
    StaffMember,
)
from perenne.rules.permissions import Scope, may, needs_confirmation, scopes
from perenne.rules.roles import PRIMARY_ADMIN, RoleFacts


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody acting in one capacity: for a company, for a partner, or for the vendor."""

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
        """How the journal names them, and the session too."""
        if self.is_staff:
            return f"staff:{self.id}"
        return f"{'person' if self.partner_id is None else 'partner'}:{self.id}"

    def may(self, action: str) -> bool:
        """Whether the matrix has a cell for them: to some object at least."""
        return may(self.roles, action)

    def scopes(self, action: str) -> frozenset[Scope]:
        """To which objects."""
        return scopes(self.roles, action)

    def needs_confirmation(self, action: str) -> bool:
        """Whether they must have confirmed who they are."""
        return needs_confirmation(self.roles, action)


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
    """The companies that the matrix opens to ``member``, by code.

    A person's own; a partner's, where the company consents and bought from it; for staff all, or
    those whose contracts are theirs.

    Source: docs/explanation/roles.md, «What a partner sees».
    """
    found = Company.objects.none()
    opened = member.scopes("account.see")
    if member.company_id is not None and opened:
        found = Company.objects.filter(pk=member.company_id)
    elif member.partner_id is not None and opened:
        found = Company.objects.filter(
            partner_links__partner=member.partner_id,
            partner_links__ended_at=None,
            contracts__partner=member.partner_id,
        ).distinct()
    elif member.is_staff and Scope.OWN in opened:
        found = Company.objects.all()
    elif member.is_staff and Scope.PARTNER in opened:
        found = Company.objects.filter(contracts__sales_person=member.id).distinct()
    return found.order_by("code")


def people_visible_to(member: Member) -> QuerySet[Person]:
    """The people whom an administrator looks after, by name: those of the own company."""
    if member.company_id is None or not member.may("person.invite"):
        return Person.objects.none()
    return Person.objects.filter(company_id=member.company_id).order_by("name", "code")


def takers_visible_to(member: Member) -> QuerySet[Person]:
    """To whom the contract manager's role can be handed over: active people of the company."""
    if member.company_id is None or not member.may("contract_manager.hand_over"):
        return Person.objects.none()
    return Person.objects.filter(company_id=member.company_id, deactivated_at=None)


def invitations_open_to(member: Member, *, now: datetime) -> frozenset[str]:
    """The people of the own company whose invitation waits to be accepted, by id."""
    if member.company_id is None or not member.may("person.invite"):
        return frozenset()
    found = Invitation.objects.filter(
        company_id=member.company_id,
        accepted_at=None,
        revoked_at=None,
        expires_at__gt=now,
    )
    return frozenset(key.removeprefix("person:") for key in found.values_list("member", flat=True))


def holders_visible_to(
    member: Member, roles: Sequence[str]
) -> list[tuple[Person, tuple[str, ...]]]:
    """Who at the own company holds one of these roles, by name: whom one can ask for something."""
    if member.company_id is None:
        return []
    held: dict[Person, list[str]] = {}
    found = PersonRole.objects.filter(
        person__company_id=member.company_id, person__deactivated_at=None, role__in=roles
    )
    for one in found.select_related("person").order_by("person__name", "person_id", "role"):
        held.setdefault(one.person, []).append(one.role)
    return [(person, tuple(own)) for person, own in held.items()]


def handovers_seen_by(member: Member) -> QuerySet[RoleHandover]:
    """The hand-overs of the contract manager's role that concern ``member``, newest first.

    Contract managers and primary administrators see their company's, everybody what is addressed
    to them.
    """
    if member.company_id is None:
        return RoleHandover.objects.none()
    found = RoleHandover.objects.filter(company_id=member.company_id)
    if not member.may("contract_manager.hand_over"):
        found = found.filter(taker_id=member.id)
    return found.order_by("-proposed_at", "-id")


def handovers_answered_by(member: Member) -> QuerySet[RoleHandover]:
    """Those that ``member`` may accept, decline or withdraw.

    Its taker and its proposer; where administrators name somebody, every primary administrator.
    """
    answers = Q(taker_id=member.id, giver__isnull=False) | Q(proposer_id=member.id)
    if PRIMARY_ADMIN in member.roles:
        answers |= Q(giver__isnull=True)
    return handovers_seen_by(member).filter(answers)


def role_facts(company: str) -> RoleFacts:
    """Who is active at a company, and who holds which role there."""
    people = Person.objects.filter(company_id=company, deactivated_at=None)
    holders: dict[str, set[str]] = {}
    held = PersonRole.objects.filter(person__in=people).values_list("role", "person_id")
    for role, person in held:
        holders.setdefault(role, set()).add(person)
    return RoleFacts(
        people=frozenset(people.values_list("pk", flat=True)),
        holders={role: frozenset(who) for role, who in holders.items()},
    )
