"""The facts of quotes, as the journal tells them; never what was written."""

from datetime import date

from perenne.platform.journal import Fact
from perenne.quotes.models import QuoteVersion


def fact_of(
    version: QuoteVersion,
    *,
    kind: str,
    day: date,
    actor: str,
    once_key: str | None = None,
    **facts: object,
) -> Fact:
    """What happened to a version; the subject is its quote."""
    quote = version.quote
    return Fact(
        kind=kind,
        subject=quote.pk,
        company=quote.company_id,
        region=quote.region_id,
        business_day=day,
        actor=actor,
        facts={"number": quote.number, "version": version.version, **facts},
        once_key=once_key,
    )
