"""Contact requests as pages say them; the words themselves are those of the mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from perenne.catalog.queries import current_catalogue
from perenne.platform.display import date_text, moment_text
from perenne.rules.asking import (
    AskedTooOften,
    AskRefusal,
    NobodyToAsk,
    RequestState,
    StepImpossible,
)
from perenne.rules.owners import OwnerKind
from perenne.support.queries import ColleagueView, EntryView, RequestView
from perenne.support.words import say


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request in words; times are on the clock of who looks."""

    view: RequestView
    topic: str
    state: str
    tone: str
    owner: str
    owner_kind: str
    product: str
    asked_from: str
    preferred_time: str
    language: str
    asked_at: str
    answer_by: str
    is_overdue: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One step of the conversation in words."""

    who: str
    did: str
    text: str
    when: str
    is_from_asker: bool
    promised: str


def row_of(view: RequestView, *, locale: str, now: datetime, for_owner: bool = False) -> RequestRow:
    """Put one request into words, on the owner's clock or on that of the company's region."""
    zone = view.owner.zone if for_owner else view.zone
    is_overdue = view.is_overdue(now)
    state = say(f"state.{view.state}", locale)
    if view.outcome is not None:
        outcome = say(f"outcome.{view.outcome}", locale)
        state = _("%(state)s: %(outcome)s") % {"state": state, "outcome": outcome}
    return RequestRow(
        view=view,
        topic=say(f"topic.{view.topic}", locale),
        state=_("Overdue") if is_overdue else state,
        tone="warn" if is_overdue else _TONES[view.state],
        owner=view.owner.organisation or view.owner.name,
        owner_kind=say(f"owner.{view.owner.kind}", locale),
        product=view.about.product_names.get(locale, "") if view.about else "",
        asked_from=asked_from(view.action, view.reason_code, locale),
        preferred_time=say(f"time.{view.preferred_time}", locale),
        language=say(f"language.{view.language}", locale),
        asked_at=moment_text(view.asked_at, zone, locale=locale),
        answer_by=moment_text(view.answer_by, zone, locale=locale),
        is_overdue=is_overdue,
        waits=view.state is RequestState.OPEN,
    )


_TONES = {RequestState.OPEN: "wait", RequestState.ANSWERED: "", RequestState.CLOSED: "over"}


def asked_from(action: str, reason_code: str, locale: str) -> str:
    """What was refused, and the code of the reason; empty if nothing was."""
    if not action:
        return ""
    refused = say(f"action.{action}", locale)
    if not reason_code:
        return refused
    return say("refused", locale, action=refused, reason=reason_code)


@dataclass(frozen=True, slots=True)
class ColleagueRow:
    """What somebody asked of their contract managers, in words."""

    view: ColleagueView
    wanted: str
    told: str
    asked_at: str


def colleague_row(view: ColleagueView, *, locale: str) -> ColleagueRow:
    """Put one into words, on the clock of the company's region."""
    return ColleagueRow(
        view=view,
        wanted=say(f"action.{view.action}", locale),
        told=say("comma", locale).join(view.told),
        asked_at=moment_text(view.asked_at, view.zone, locale=locale),
    )


def said_of(
    entries: Sequence[EntryView], view: RequestView, *, locale: str, for_owner: bool = False
) -> list[Said]:
    """Put a conversation into words, oldest first."""
    zone = view.owner.zone if for_owner else view.zone
    return [
        Said(
            who=entry.author,
            did=_did(entry, locale),
            text=entry.text,
            when=moment_text(entry.happened_at, zone, locale=locale),
            is_from_asker=entry.is_from_asker,
            promised=_promised(entry, view, locale),
        )
        for entry in entries
    ]


def _did(entry: EntryView, locale: str) -> str:
    outcome = entry.facts.get("outcome", "")
    return say(
        f"entry.{entry.kind}",
        locale,
        to=entry.facts.get("to_name", ""),
        outcome=say(f"outcome.{outcome}", locale) if outcome else "",
    )


def _promised(entry: EntryView, view: RequestView, locale: str) -> str:
    """The time that was promised with this step; empty if none was."""
    if entry.kind not in ("asked", "replied", "reopened") or "answer_by" not in entry.facts:
        return ""
    return moment_text(datetime.fromisoformat(entry.facts["answer_by"]), view.zone, locale=locale)


def reasons_text(entries: Sequence[EntryView], locale: str) -> str:
    """Why a request came to whom it came first, in one line."""
    reasons = entries[0].facts.get("reasons", ()) if entries else ()
    return say("joint", locale).join(say(f"why.{reason}", locale) for reason in reasons)


def who_answers(kind: OwnerKind, name: str, locale: str) -> str:
    """Who answers, for who asks: a partner by its name, the vendor's people as such."""
    if kind is OwnerKind.PARTNER:
        return say("named", locale, name=name)
    vendor = current_catalogue().vendor_name
    return _("%(name)s at %(vendor)s") % {"name": name, "vendor": vendor}


def explain(refusal: AskRefusal, locale: str) -> str:
    """Why a request was not taken, and what to do instead."""
    match refusal:
        case AskedTooOften(most=most, again_on=again_on):
            day = date_text(again_on, locale=locale, weekday=True)
            return ngettext(
                "You have sent %(n)d message today, which is all a day allows. Write again from "
                "%(day)s, or add to a request that you have sent.",
                "You have sent %(n)d messages today, which is all a day allows. Write again from "
                "%(day)s, or add to a request that you have sent.",
                most,
            ) % {"n": most, "day": day}
        case NobodyToAsk():
            return _(
                "Nobody is on record who could answer. What you wrote is kept below: send it by "
                "e-mail to the contact that is named with your subscription."
            )
        case StepImpossible():
            return _("Somebody was faster: look at what has changed, and try again.")
        case _ as unknown:
            assert_never(unknown)
