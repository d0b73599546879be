"""Contact requests for tests: who asks, who works them, and what went out."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from perenne.accounts.queries import staff_member
from perenne.notices.models import Mail
from perenne.partners.queries import partner_member
from perenne.rules.asking import Topic
from perenne.support.models import ContactRequest
from perenne.support.operations.making import Asking, make
from tests.support.builders import a_partner_person, contract_manager_of

if TYPE_CHECKING:
    from datetime import datetime

    from perenne.accounts.models import Company, StaffMember
    from perenne.accounts.queries import Member
    from perenne.partners.models import Partner

_forms = count(1)


def asking(**given: object) -> Asking:
    """Five more seats, in English, from a form of its own."""
    return Asking(
        **(
            {
                "topic": Topic.SEATS,
                "message": "We need five more seats.",
                "form_key": f"form_{next(_forms):026d}",
                "language": "en",
            }
            | given
        )
    )


def a_request(
    company: Company, *, now: datetime, member: Member | None = None, **given: object
) -> ContactRequest:
    """What the company's contract manager, or another member, asks."""
    made = make(asking(**given), member=member or contract_manager_of(company), now=now)
    return ContactRequest.objects.get(pk=made)


def acting(staff: StaffMember) -> Member:
    """A member of staff, acting."""
    return staff_member(staff, locale="en")


def acting_for(partner: Partner, *, name: str = "Søren Ødegård") -> Member:
    """Somebody of a partner, acting."""
    return partner_member(a_partner_person(partner, name=name))


def mails() -> list[tuple[str, str, str]]:
    """Kind, recipient and subject of what was written since the first, oldest first."""
    return list(Mail.objects.order_by("id").values_list("kind", "to_name", "subject"))
