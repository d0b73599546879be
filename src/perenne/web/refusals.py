"""Why something cannot be done, and what to do instead, for pages: words with their links."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from perenne.renewals.naming import naming_of
from perenne.renewals.queries import Outlook
from perenne.renewals.wording import Naming, fixer_text, reason_text, step_text
from perenne.rules.actions import Action
from perenne.rules.refusals import Refusal
from perenne.rules.remedies import Remedy, Step
from perenne.rules.verdict import Verdict

# Steps that lead to a page of this subscription's own actions.
_ACTIONS = {
    Step.RENEW: Action.RENEW,
    Step.BUY_AGAIN: Action.BUY_AGAIN,
    Step.TURN_ON_AUTOMATIC: Action.AUTO_RENEW,
    Step.TURN_OFF_AUTOMATIC: Action.AUTO_RENEW,
    Step.CHANGE_TERM: Action.CHANGE_TERM,
    Step.UNIFY_METHOD: Action.PAYMENT_METHOD,
    Step.ADD_METHOD: Action.PAYMENT_METHOD,
    Step.UPDATE_METHOD: Action.PAYMENT_METHOD,
    Step.SWITCH: Action.SWITCH,
    Step.TRADE_IN: Action.TRADE_IN,
    Step.COVER_ALL: Action.BUSINESS_PLAN,
}
_PAGES = {
    Step.VIEW_CALENDAR: "calendar",
    Step.VIEW_SUBSCRIPTIONS: "subscriptions",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A next step; without ``href`` it is an instruction."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A reason in words, whose move it is, and the next steps."""

    code: str
    reason: str
    fixer: str
    steps: tuple[Link, ...]


def explain(verdict: Verdict, outlook: Outlook, locale: str) -> list[Explained]:
    """The reasons of a verdict in words, at most three, most fixable first."""
    naming = naming_of(outlook, locale)
    return [_explained(refusal, remedy, naming, outlook) for refusal, remedy in verdict.shown]


def _explained(refusal: Refusal, remedy: Remedy, naming: Naming, outlook: Outlook) -> Explained:
    return Explained(
        refusal.code,
        reason_text(refusal, naming),
        fixer_text(remedy.fixer, naming),
        tuple(Link(step_text(step, naming), _href(step, outlook)) for step in remedy.steps),
    )


def _href(step: Step, outlook: Outlook) -> str:
    if step in _ACTIONS:
        return reverse("action", args=[outlook.subscription_id, _ACTIONS[step].value])
    if step in _PAGES:
        return reverse(_PAGES[step])
    if step is Step.ASK_CONTACT and outlook.contact:
        return f"mailto:{outlook.contact.email}"
    return ""


def ask_text(outlook: Outlook) -> str:
    """Whom to ask, and how to reach them."""
    contact = outlook.contact
    if contact is None:
        return _("Ask us.")
    reach = ", ".join(one for one in (contact.email, contact.phone) if one)
    name = contact.organisation or contact.name
    return _("Ask %(name)s: %(reach)s") % {"name": name, "reach": reach}
