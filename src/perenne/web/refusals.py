"""Why something cannot be done, and what to do instead, for pages: words with their links."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from perenne.accounts.queries import Member
from perenne.renewals.errors import ChangeRefusedError
from perenne.renewals.naming import naming_of
from perenne.renewals.queries import Outlook, outlooks
from perenne.renewals.wording import Naming, fixer_text, reason_text, step_text
from perenne.rules.actions import Action
from perenne.rules.asking import Topic
from perenne.rules.remedies import Fixer, Remedy, Step
from perenne.rules.verdict import Verdict
from perenne.web.permissions import is_open_to

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


def explain(
    verdict: Verdict, outlook: Outlook, *, action: Action, member: Member, locale: str
) -> list[Explained]:
    """The reasons of a verdict in words, at most three, most fixable first.

    Each reason that somebody can mend leads somewhere: where its steps have no page, to a person.
    """
    naming = naming_of(outlook, locale)
    return [
        Explained(
            refusal.code,
            reason_text(refusal, naming),
            fixer_text(remedy.fixer, naming),
            _links(remedy, naming, _Place(outlook, action, refusal.code, member)),
        )
        for refusal, remedy in verdict.shown
    ]


def refused_texts(refused: ChangeRefusedError, *, now: datetime, locale: str) -> list[str]:
    """The reasons alone, of each subscription, for where there is no room for next steps."""
    return [
        reason_text(refusal, naming_of(outlook, locale))
        for outlook in outlooks(refused.verdicts, now=now)
        for refusal, _remedy in refused.verdicts[outlook.subscription_id].shown
    ]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reason stands: the subscription, the action, its code, and who looks."""

    outlook: Outlook
    action: Action
    code: str
    member: Member


def _links(remedy: Remedy, naming: Naming, place: _Place) -> tuple[Link, ...]:
    links = [Link(step_text(step, naming), _href(step, place)) for step in remedy.steps]
    if remedy.fixer is not Fixer.NOBODY and not any(link.href for link in links):
        ask = Step.ASK_CONTACT
        links.append(Link(step_text(ask, naming), _href(ask, place)))
    return tuple(links)


def _href(step: Step, place: _Place) -> str:
    if step in _ACTIONS:
        return _action_href(_ACTIONS[step], place)
    if step in _PAGES:
        return reverse(_PAGES[step])
    if step is Step.VIEW_QUOTE:
        return _quote_href(place)
    if step in (Step.ASK_CONTACT, Step.REQUEST_QUOTE):
        return _ask_href(step, place)
    if step is Step.ASK_ROLE_HOLDERS:
        return _colleagues_href(place)
    return ""


def _quote_href(place: _Place) -> str:
    """The quote that holds it, for those who see prices."""
    if not is_open_to(place.member, "quotes") or not place.outlook.quote:
        return ""
    return reverse("quote", args=[place.outlook.quote])


def _action_href(action: Action, place: _Place) -> str:
    """The page of an action; the vendor's staff have none."""
    if place.member.company_id is None:
        return ""
    return reverse("action", args=[place.outlook.subscription_id, action.value])


def _ask_href(step: Step, place: _Place) -> str:
    """The form for people of the company; the vendor's staff write to who looks after it."""
    if place.member.company_id is not None:
        topic = Topic.QUOTE if step is Step.REQUEST_QUOTE else None
        identity = place.outlook.subscription_id
        return ask_url(identity, action=place.action, reason=place.code, topic=topic)
    contact = place.outlook.contact
    return f"mailto:{contact.email}" if contact else ""


def _colleagues_href(place: _Place) -> str:
    """The form to the company's own contract managers; the vendor's staff have none."""
    if place.member.company_id is None:
        return ""
    given = {
        "subscription": place.outlook.subscription_id,
        "action": place.action.value,
        "reason": place.code,
    }
    return f"{reverse('ask-colleagues')}?{urlencode(given)}"


def ask_url(
    subscription_id: str, *, action: Action, reason: str = "", topic: Topic | None = None
) -> str:
    """The form of a contact request, filled in with what was refused and why.

    Args:
        topic: None for that of the action.
    """
    given = {
        "subscription": subscription_id,
        "action": action.value,
        "reason": reason,
        "topic": "" if topic is None else topic.value,
    }
    return f"{reverse('ask')}?{urlencode({name: one for name, one in given.items() if one})}"


def ask_text(outlook: Outlook) -> str:
    """Whom to ask, and how to reach them."""
    contact = outlook.contact
    if contact is None:
        return _("Ask us.")
    reach = ", ".join(one for one in (contact.email, contact.phone) if one)
    name = contact.organisation or contact.name
    return _("Ask %(name)s: %(reach)s") % {"name": name, "reach": reach}
