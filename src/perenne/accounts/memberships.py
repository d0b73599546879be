"""In which capacities a user may act: as a person of a company, for a partner, or as staff.

A session acts in one of them at a time. Packages above add their kinds through ``register`` when
the apps are ready, because accounts cannot import them.
"""

from dataclasses import dataclass
from typing import Protocol

from perenne.accounts.models import Person, StaffMember
from perenne.accounts.queries import Member, person_member, staff_member
from perenne.catalog.models import Vendor

# Staff have no language of their own; the back office is written in English.
STAFF_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Membership:
    """One capacity: who acts in it, which user may, and for which organisation.

    ``user`` is None until somebody joined; ``region`` gives the zone of the days of its facts.
    """

    member: Member
    user: str | None
    email: str
    organisation: str
    region: str
    is_active: bool

    @property
    def key(self) -> str:
        """How the session names it, such as ``person:prs_…``."""
        return self.member.actor


class MembershipKind(Protocol):
    """How memberships of one kind are found and joined."""

    kind: str

    def find(self, identity: str) -> Membership | None:
        """The membership with this id, active or not."""
        ...

    def of_user(self, user: str) -> list[Membership]:
        """Those of one user that are active."""
        ...

    def with_email(self, email: str) -> list[Membership]:
        """Those who are listed with this address."""
        ...

    def join(self, identity: str, user: str) -> None:
        """Let the user act in it."""
        ...

    def rename(self, identity: str, *, name: str, locale: str) -> None:
        """Write what its holder says of themselves."""
        ...


class _People:
    kind = "person"

    def find(self, identity: str) -> Membership | None:
        person = Person.objects.select_related("company").filter(pk=identity).first()
        return None if person is None else self._membership(person)

    def of_user(self, user: str) -> list[Membership]:
        people = Person.objects.select_related("company").filter(user_id=user, deactivated_at=None)
        return [self._membership(person) for person in people.order_by("company__code")]

    def with_email(self, email: str) -> list[Membership]:
        people = Person.objects.select_related("company").filter(email__iexact=email)
        return [self._membership(person) for person in people.order_by("company__code")]

    def join(self, identity: str, user: str) -> None:
        Person.objects.filter(pk=identity).update(user_id=user)

    def rename(self, identity: str, *, name: str, locale: str) -> None:
        Person.objects.filter(pk=identity).update(name=name, locale=locale)

    def _membership(self, person: Person) -> Membership:
        return Membership(
            member=person_member(person),
            user=person.user_id,
            email=person.email,
            organisation=person.company.name,
            region=person.company.region_id,
            is_active=person.deactivated_at is None,
        )


class _Staff:
    kind = "staff"

    def find(self, identity: str) -> Membership | None:
        staff = StaffMember.objects.filter(pk=identity).first()
        return None if staff is None else self._membership(staff)

    def of_user(self, user: str) -> list[Membership]:
        staff = StaffMember.objects.filter(user_id=user, deactivated_at=None)
        return [self._membership(one) for one in staff.order_by("code")]

    def with_email(self, email: str) -> list[Membership]:
        return [self._membership(one) for one in StaffMember.objects.filter(email__iexact=email)]

    def join(self, identity: str, user: str) -> None:
        StaffMember.objects.filter(pk=identity).update(user_id=user)

    def rename(self, identity: str, *, name: str, locale: str) -> None:  # noqa: ARG002 - no language
        StaffMember.objects.filter(pk=identity).update(name=name)

    def _membership(self, staff: StaffMember) -> Membership:
        vendor = Vendor.objects.values_list("name", flat=True).first()
        return Membership(
            member=staff_member(staff, locale=STAFF_LOCALE),
            user=staff.user_id,
            email=staff.email,
            organisation=vendor or "Perenne",
            region=staff.region_id or "",
            is_active=staff.deactivated_at is None,
        )


_kinds: dict[str, MembershipKind] = {"person": _People(), "staff": _Staff()}


def register(kind: MembershipKind) -> None:
    """Make another kind of membership known."""
    _kinds[kind.kind] = kind


def kind_of(key: str) -> MembershipKind | None:
    """The kind that a key such as ``person:prs_…`` names; None if it is none of ours."""
    return _kinds.get(key.partition(":")[0])


def membership(key: str) -> Membership | None:
    """The membership that a key names, active or not; None if there is none."""
    kind = kind_of(key)
    return None if kind is None else kind.find(key.partition(":")[2])


def memberships_of(user: str) -> list[Membership]:
    """Every capacity in which the user may act now: companies first, then partners and staff."""
    order = ("person", "partner", "staff")
    kinds = sorted(_kinds.values(), key=lambda one: order.index(one.kind))
    return [found for kind in kinds for found in kind.of_user(user)]


def memberships_with(email: str) -> list[Membership]:
    """Everybody who is on file with this address."""
    return [found for kind in _kinds.values() for found in kind.with_email(email)]
