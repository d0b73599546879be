"""Why something cannot be done, and what to do instead, in the words of the pages."""

from dataclasses import dataclass
from typing import assert_never

from django.utils.translation import gettext as _

from perenne.platform.display import date_text
from perenne.renewals.queries import Outlook
from perenne.rules.eligibility import (
    AlreadyDone,
    Expired,
    InProgress,
    ManagedByPartner,
    ManagedBySales,
    MethodMissing,
    MethodUnsupported,
    OfferRetired,
    PriceMissing,
    Refusal,
    RoleMissing,
    WindowClosed,
    WindowNotOpen,
)


@dataclass(frozen=True, slots=True)
class Explained:
    """A reason in words, and the next step."""

    code: str
    reason: str
    next_step: str


def explain(refusal: Refusal, outlook: Outlook, locale: str) -> Explained:
    """Put a refusal into words."""
    reason, next_step = _words(refusal, outlook, locale)
    return Explained(refusal.code, reason, next_step)


def _words(  # noqa: C901, PLR0911, PLR0912 - one case a refusal; mypy sees to it that none is missing
    refusal: Refusal, outlook: Outlook, locale: str
) -> tuple[str, str]:
    ask = ask_text(outlook)
    match refusal:
        case WindowNotOpen(opens_on=opens_on):
            day = date_text(opens_on, locale=locale, weekday=True)
            return _("Renewal opens on %(day)s.") % {"day": day}, _(
                "We remind the contract manager by e-mail on that day."
            )
        case WindowClosed(last_day=last_day):
            day = date_text(last_day, locale=locale, weekday=True)
            return _("Renewal was possible until %(day)s.") % {"day": day}, ask
        case AlreadyDone(renews_on=renews_on):
            day = date_text(renews_on, locale=locale, weekday=True)
            return _("Already renewed until %(day)s.") % {"day": day}, _(
                "The next term can be bought once the following one has begun."
            )
        case InProgress():
            return _("A payment for this renewal is being confirmed."), _(
                "Come back in some minutes; you cannot pay twice."
            )
        case Expired(last_day=last_day):
            day = date_text(last_day, locale=locale, weekday=True)
            return _("It expired after %(day)s and cannot be reactivated.") % {"day": day}, ask
        case ManagedByPartner():
            return _("%(partner)s renews this subscription for you.") % {
                "partner": _name(outlook)
            }, ask
        case ManagedBySales():
            return _("%(name)s renews this subscription with you.") % {"name": _name(outlook)}, ask
        case RoleMissing():
            return _("Only a contract manager of your company can renew."), _(
                "Ask your contract manager."
            )
        case OfferRetired():
            return _("This way of use is no longer sold; it cannot be renewed."), ask
        case PriceMissing():
            return _("The planned offer has no price in your region."), ask
        case MethodMissing():
            return _("There is no payment method for it yet."), ask
        case MethodUnsupported():
            return _("A bank transfer cannot be charged at once."), ask
        case _ as unknown:
            assert_never(unknown)


def _name(outlook: Outlook) -> str:
    contact = outlook.contact
    return "" if contact is None else contact.organisation or contact.name


def ask_text(outlook: Outlook) -> str:
    """Whom to ask, and how to reach them."""
    contact = outlook.contact
    if contact is None:
        return _("Ask us.")
    reach = ", ".join(one for one in (contact.email, contact.phone) if one)
    return _("Ask %(name)s: %(reach)s") % {"name": _name(outlook), "reach": reach}
