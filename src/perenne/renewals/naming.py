"""What the reader of a subscription calls the things around it."""

from perenne.platform.display import region_text
from perenne.renewals.queries import Outlook
from perenne.renewals.wording import Naming


def naming_of(outlook: Outlook, locale: str) -> Naming:
    """What the reader calls things around a subscription."""
    contact = outlook.contact
    return Naming(
        locale=locale,
        product=outlook.product_names.get(locale, outlook.offer.product),
        partner=contact.organisation if contact else "",
        contact=contact.name if contact and contact.kind != "specialist" else "",
        region=region_text(outlook.region, locale=locale),
        currency=outlook.currency.code,
    )
