"""Quotes put into words for pages: states, options side by side, and why a step is refused."""

from dataclasses import dataclass
from datetime import date
from typing import assert_never

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from perenne.catalog.queries import offer_key
from perenne.platform.display import date_text, money_text
from perenne.quotes.letter_words import parts_text
from perenne.quotes.models import Quote
from perenne.quotes.queries import OptionView, VersionView
from perenne.quotes.words import say
from perenne.rules import quotes as rules
from perenne.rules.quotes import QuoteRefusal, QuoteState, yearly_minor
from perenne.web.portal.shown import ShownItem, shown_items

_TONES = {
    QuoteState.OPEN: "warn",
    QuoteState.DRAFT: "wait",
    QuoteState.ACCEPTED: "",
}


@dataclass(frozen=True, slots=True)
class ShownOption:
    """An option in words; amounts in minor units of ``currency``."""

    letter: str
    hash: str
    title: str
    parts: tuple[str, ...]
    items: tuple[ShownItem, ...]
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    # What it is a year, before tax; None if its lines are of different lengths.
    yearly_minor: int | None
    # With the plan on file instead, tax included; None if that could not be sold.
    on_file_minor: int | None
    awaits_approval: bool


def shown_options(view: VersionView, locale: str) -> list[ShownOption]:
    """The options of a version, A first."""
    return [_shown(one, view, locale) for one in view.options]


def _shown(option: OptionView, view: VersionView, locale: str) -> ShownOption:
    preview = option.preview
    charges = [item.before.next_charge if item.before else None for item in preview.items]
    known = [one.gross_minor for one in charges if one is not None]
    lengths = {offer_key(line.offer).months for item in preview.items for line in item.lines}
    return ShownOption(
        letter=option.letter,
        hash=option.hash,
        title=say("option", locale, letter=option.letter),
        parts=tuple(parts_text(option, locale)),
        items=shown_items(preview, locale),
        currency=preview.currency,
        net_minor=preview.net_minor,
        tax_minor=preview.tax_minor,
        gross_minor=preview.gross_minor,
        yearly_minor=(
            yearly_minor(preview.net_minor, next(iter(lengths))) if len(lengths) == 1 else None
        ),
        on_file_minor=sum(known) if len(known) == len(charges) else None,
        awaits_approval=view.awaits_approval_of(option),
    )


def state_text(state: str, locale: str) -> str:
    """What has become of a version."""
    return say(f"state.{state}", locale)


def state_tone(state: str) -> str:
    """How it is coloured: what waits for somebody is warm, what is over is grey."""
    return _TONES.get(QuoteState(state), "over")


def maker_text(quote: Quote, author: str, locale: str) -> str:
    """On whose side it was made."""
    return say(f"maker.{quote.maker_kind}", locale, name=author)


def days_left_text(view: VersionView, day: date) -> str:
    """How long it can still be accepted."""
    left = view.days_left(day)
    if left == 0:
        return _("no longer valid")
    return ngettext("today is its last day", "%(n)d days left", left) % {"n": left}


def explain_quote(refusal: QuoteRefusal, currency: str, locale: str) -> str:  # noqa: C901, PLR0911 - one case a reason
    """Why a step of a quote is refused, and what helps."""
    match refusal:
        case rules.StepImpossible(state=state):
            return _("This quote is no longer to be decided: %(state)s.") % {
                "state": say(f"state.{state}", locale)
            }
        case rules.NotYourStep(who=who):
            names = say("or", locale).join(say(f"party.{one}", locale) for one in who)
            return _("This is decided by %(who)s.") % {"who": names}
        case rules.NoLongerValid(last_day=day):
            return _("It was valid through %(day)s. Have it quoted again.") % {
                "day": date_text(day, locale=locale)
            }
        case rules.ApprovalAwaited(approver=approver, limit_minor=limit):
            amount = money_text(limit, currency, locale=locale)
            return _("%(approver)s has to approve what costs more than %(amount)s first.") % {
                "approver": approver,
                "amount": amount,
            }
        case rules.ValidTooLong(latest=day):
            return _("It can be valid through %(day)s at most: then the renewal is due.") % {
                "day": date_text(day, locale=locale)
            }
        case rules.ValidInThePast(earliest=day):
            return _("It has to be valid on the day it is made, %(day)s.") % {
                "day": date_text(day, locale=locale)
            }
        case rules.AnotherOpen(number=number, subscription=code):
            return _(
                "Quote %(number)s holds the renewal of %(code)s already: decline or withdraw it "
                "first."
            ) % {"number": number, "code": code}
        case rules.TooManyRecipients(most=most):
            return _("It can go to %(most)d others at most.") % {"most": most}
        case rules.OptionsAlike(first=first, second=second):
            return _("Options %(first)s and %(second)s are the same: change or drop one.") % {
                "first": first,
                "second": second,
            }
        case rules.DecidedAlready(decision=decision):
            return _("You have decided already: %(decision)s.") % {
                "decision": say(f"decision.{decision}", locale)
            }
        case _ as unknown:
            assert_never(unknown)
