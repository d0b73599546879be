"""Hand a request over to somebody else who can answer it; the promise stays."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from perenne.accounts.models import StaffMember
from perenne.accounts.queries import Member
from perenne.partners.queries import partners_looking_after
from perenne.rules.asking import Step
from perenne.rules.owners import OwnerKind, owner_for
from perenne.support.errors import UnknownRequestError
from perenne.support.facts import desk_facts, owner_columns
from perenne.support.letters import handed_letter
from perenne.support.models import ContactRequest
from perenne.support.operations.turns import turn
from perenne.support.queries import contact_requests_worked_by

_DESKS = [one.value for one in OwnerKind if one is not OwnerKind.PARTNER]


@dataclass(frozen=True, slots=True)
class OwnerChoice:
    """Somebody to whom a request can be handed."""

    kind: OwnerKind
    id: str
    name: str


def possible_owners(request_id: str, *, member: Member) -> list[OwnerChoice]:
    """To whom ``member`` may hand a request over, by capacity and name; never its present owner.

    Staff hand over to colleagues who answer requests, and to the company's partners. A partner
    hands back to the vendor's renewals desk.

    Source: docs/explanation/contact-requests.md, «Handing over».
    """
    request = contact_requests_worked_by(member).filter(pk=request_id).first()
    if request is None:
        return []
    found = _back_to_vendor(request) if member.partner_id else _colleagues_and_partners(request)
    present = request.partner_id or request.staff_id
    return [one for one in found if one.id != present]


def reassign(
    request_id: str, owner_id: str, text: str, *, member: Member, now: datetime
) -> OwnerChoice:
    """Hand a request over with a word to the new owner, who is told by mail; return who it is.

    Raises:
        UnknownRequestError: if ``member`` does not work it, or may not hand it to that one.
        ContactRefusedError: if nobody waits for an answer: reopen it first.

    Source: docs/explanation/contact-requests.md, «Handing over».
    """
    mine = contact_requests_worked_by(member)
    with turn(Step.REASSIGN, request_id, among=mine, member=member, now=now) as taken:
        choices = {one.id: one for one in possible_owners(request_id, member=member)}
        chosen = choices.get(owner_id)
        if chosen is None:
            raise UnknownRequestError(f"{owner_id!r} cannot be handed request {request_id!r}")
        for column, value in owner_columns(chosen.kind, chosen.id).items():
            setattr(taken.request, column, value)
        view = taken.record(
            kind="contact_request.reassigned",
            entry="reassigned",
            text=text,
            to=chosen.id,
            to_name=chosen.name,
        )
        taken.send(handed_letter(view, text, author=taken.author))
    return chosen


def _back_to_vendor(request: ContactRequest) -> list[OwnerChoice]:
    owner = owner_for(desk_facts(request.region_id))
    if owner is None:
        return []
    desk = StaffMember.objects.get(pk=owner.id)
    return [OwnerChoice(owner.kind, desk.pk, desk.name)]


def _colleagues_and_partners(request: ContactRequest) -> list[OwnerChoice]:
    working = StaffMember.objects.filter(role__in=_DESKS, deactivated_at=None)
    staff = working.order_by("role", "name", "id")
    sold = Q(contracts__company_id=request.company_id)
    if request.subscription_id is not None:
        sold = Q(contracts__subscriptions=request.subscription_id)
    partners = partners_looking_after(request.company_id).filter(sold).distinct()
    return [
        *(OwnerChoice(OwnerKind.PARTNER, one.pk, one.name) for one in partners),
        *(OwnerChoice(OwnerKind(one.role), one.pk, one.name) for one in staff),
    ]
