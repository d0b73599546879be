"""The doors to subscriptions: every customer-facing read starts at one of these."""

from django.db.models import QuerySet

from perenne.accounts.queries import Member
from perenne.rules.permissions import Scope
from perenne.subscriptions.models import Contract, Subscription


def subscriptions_visible_to(member: Member) -> QuerySet[Subscription]:
    """Everything that the matrix opens to ``member``, by code.

    Named users see what is assigned to them; partners what they sold to companies that consent;
    sales people their own contracts.

    Source: docs/explanation/roles.md, «What a partner sees».
    """
    opened = member.scopes("subscriptions.see")
    if member.company_id is not None:
        found = _seen_by_person(member, opened)
    elif member.partner_id is not None:
        found = _sold_by_partner(member.partner_id) if opened else Subscription.objects.none()
    else:
        found = _seen_by_staff(member, opened)
    return found.order_by("code")


def contracts_visible_to(member: Member) -> QuerySet[Contract]:
    """The contracts of the subscriptions that ``member`` may see, by code."""
    return (
        Contract.objects.filter(subscriptions__in=subscriptions_visible_to(member).order_by())
        .distinct()
        .order_by("code")
    )


def _seen_by_person(member: Member, opened: frozenset[Scope]) -> QuerySet[Subscription]:
    own = Subscription.objects.filter(company_id=member.company_id)
    if Scope.OWN in opened:
        return own
    if Scope.SELF in opened:
        return own.filter(assignments__person_id=member.id, assignments__released_on=None)
    return Subscription.objects.none()


def _sold_by_partner(partner: str) -> QuerySet[Subscription]:
    # In one filter: the live link must be that of this partner, not of any other.
    return Subscription.objects.filter(
        contract__partner_id=partner,
        company__partner_links__partner=partner,
        company__partner_links__ended_at=None,
    )


def _seen_by_staff(member: Member, opened: frozenset[Scope]) -> QuerySet[Subscription]:
    if Scope.OWN in opened:
        return Subscription.objects.all()
    if Scope.PARTNER in opened:
        return Subscription.objects.filter(contract__sales_person_id=member.id)
    return Subscription.objects.none()
