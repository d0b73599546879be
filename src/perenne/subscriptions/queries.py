"""The doors to subscriptions: every customer-facing read starts at one of these."""

from django.db.models import QuerySet

from perenne.accounts.queries import Member
from perenne.subscriptions.models import Contract, Subscription

ROLES_THAT_SEE_SUBSCRIPTIONS = frozenset({"contract_manager", "primary_admin", "viewer"})


def subscriptions_visible_to(member: Member) -> QuerySet[Subscription]:
    """Everything ``member`` may see, by code; named users see what is assigned to them."""
    if member.is_staff:
        return _seen_by_staff(member).order_by("code")
    own = Subscription.objects.filter(company_id=member.company_id)
    if not member.roles & ROLES_THAT_SEE_SUBSCRIPTIONS:
        own = own.filter(assignments__person_id=member.id, assignments__released_on=None)
    return own.order_by("code")


def contracts_visible_to(member: Member) -> QuerySet[Contract]:
    """The contracts of the subscriptions that ``member`` may see, by code."""
    return (
        Contract.objects.filter(subscriptions__in=subscriptions_visible_to(member).order_by())
        .distinct()
        .order_by("code")
    )


def _seen_by_staff(member: Member) -> QuerySet[Subscription]:
    if "finance" in member.roles:
        return Subscription.objects.all()
    if member.roles & {"sales", "specialist"}:
        return Subscription.objects.filter(contract__sales_person_id=member.id)
    return Subscription.objects.none()
