"""The facts of contact requests, as the journal tells them; never what was written."""

from datetime import date

from perenne.platform.journal import Fact
from perenne.support.models import ContactRequest


def fact_of(
    request: ContactRequest,
    *,
    kind: str,
    day: date,
    actor: str,
    once_key: str | None = None,
    **facts: str | None,
) -> Fact:
    """What happened to a request, with its owner and promise after it."""
    return Fact(
        kind=kind,
        subject=request.pk,
        company=request.company_id,
        region=request.region_id,
        business_day=day,
        actor=actor,
        facts={
            "reference": request.reference,
            "owner": request.partner_id or request.staff_id,
            "answer_by": request.answer_by.isoformat(),
            **facts,
        },
        once_key=once_key,
    )
