"""People of partners when they act, and which partners look after a company."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from perenne.accounts.memberships import Membership
from perenne.accounts.queries import Member
from perenne.partners.models import Partner, PartnerLink, PartnerPerson
from perenne.rules.permissions import PARTNER


def partner_member(person: PartnerPerson) -> Member:
    """Somebody acting for a partner: the whole partner is one role."""
    return Member(
        id=person.pk,
        name=person.name,
        locale=person.locale,
        company_id=None,
        roles=frozenset({PARTNER}),
        partner_id=person.partner_id,
    )


def partners_looking_after(company_id: str) -> QuerySet[Partner]:
    """The partners that have the company's consent and whose people have not all left, by name.

    Source: docs/explanation/roles.md, «What a partner sees».
    """
    return Partner.objects.exclude(is_gone(partner="pk", company=company_id)).order_by("name", "id")


def is_gone(*, partner: str, company: str | OuterRef) -> Q:
    """Whether a partner may no longer look after a company, as a condition of a query.

    A partner of whom nobody is listed has its common address, and is there.

    Args:
        partner: where the row has the partner.
        company: an id, or ``OuterRef`` of where the row has it.
    """
    links = PartnerLink.objects.filter(partner=OuterRef(partner), company=company, ended_at=None)
    people = PartnerPerson.objects.filter(partner=OuterRef(partner))
    everybody_left = Exists(people) & ~Exists(people.filter(deactivated_at=None))
    return Q(~Exists(links) | everybody_left)


class PartnerPeople:
    """How memberships of kind ``partner`` are found; handed to accounts when the apps are ready."""

    kind = "partner"

    def find(self, identity: str) -> Membership | None:
        """The membership with this id, active or not."""
        person = PartnerPerson.objects.select_related("partner").filter(pk=identity).first()
        return None if person is None else self._membership(person)

    def of_user(self, user: str) -> list[Membership]:
        """Those of one user that are active."""
        people = PartnerPerson.objects.select_related("partner").filter(
            user_id=user, deactivated_at=None
        )
        return [self._membership(person) for person in people.order_by("code")]

    def with_email(self, email: str) -> list[Membership]:
        """Those who are listed with this address."""
        people = PartnerPerson.objects.select_related("partner").filter(email__iexact=email)
        return [self._membership(person) for person in people.order_by("code")]

    def join(self, identity: str, user: str) -> None:
        """Let the user act as this person."""
        PartnerPerson.objects.filter(pk=identity).update(user_id=user)

    def rename(self, identity: str, *, name: str, locale: str) -> None:
        """Write what the person says of themselves."""
        PartnerPerson.objects.filter(pk=identity).update(name=name, locale=locale)

    def _membership(self, person: PartnerPerson) -> Membership:
        return Membership(
            member=partner_member(person),
            user=person.user_id,
            email=person.email,
            organisation=person.partner.name,
            region=person.partner.region_id,
            is_active=person.deactivated_at is None,
        )
