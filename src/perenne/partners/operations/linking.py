"""Let a partner look after a company."""

from datetime import datetime

from perenne.partners.models import PartnerLink
from perenne.platform.ids import new_id


def give_consent(partner: str, company: str, *, by: str, now: datetime) -> None:
    """Note the company's consent that a partner looks after what it sold; given already, it stays.

    Args:
        by: actor, as in the journal.

    Source: docs/explanation/roles.md, «What a partner sees».
    """
    link = PartnerLink(
        id=new_id("lnk"),
        partner_id=partner,
        company_id=company,
        consented_at=now,
        consented_by=by,
    )
    # Two at once note it once: the live link of the two is unique.
    PartnerLink.objects.bulk_create([link], ignore_conflicts=True)
