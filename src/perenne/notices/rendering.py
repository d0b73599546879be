"""Render the mails of a run: subject, text and HTML, in the recipient's language."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from perenne.notices.wording import Outcome, Told, told
from perenne.notices.words import WORDS
from perenne.platform.display import date_text, money_text
from perenne.platform.words import language_of
from perenne.renewals.queries import Outlook

_VERSION = "renewal_reminder/2"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a mail is written to; ``manages`` False for who is told because nobody else can be."""

    name: str
    locale: str
    manages: bool = True


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as it will be sent; ``version`` names the words and templates that made it."""

    locale: str
    subject: str
    text: str
    html: str
    version: str = _VERSION

    @property
    def rendered_hash(self) -> str:
        """Proves later what was said."""
        said = f"{self.subject}\0{self.text}\0{self.html}"
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Section:
    """Subscriptions of one mail with the same outcome; ``total`` is empty for a single amount."""

    outcome: Outcome
    heading: str
    explanation: str
    lines: Sequence[Told]
    total: str


def render_reminder(
    subscriptions: Sequence[tuple[Outlook, int]], *, reader: Reader, vendor: str
) -> Rendered:
    """One mail about the subscriptions of one company, each with its days before renewal.

    The sooner comes first; in a mail about several, what fails without action comes before what
    renews by itself.

    Raises:
        ValueError: if there is no subscription to tell of.

    Source: docs/explanation/time.md, «Reminders».
    """
    if not subscriptions:
        raise ValueError("a reminder tells of at least one subscription")
    language = language_of(reader.locale)
    ordered = sorted(subscriptions, key=lambda one: (one[0].renews_on, one[0].code))
    lines = [
        told(outlook, days=days, locale=language, base_url=settings.PERENNE_BASE_URL)
        for outlook, days in ordered
    ]
    home = f"{settings.PERENNE_BASE_URL}/"
    context = {
        "vendor": vendor,
        "reader": reader,
        "company": ordered[0][0].company_name,
        "line": lines[0] if len(lines) == 1 else None,
        "count": len(lines),
        "sections": _sections(lines, language),
        "contacts": list(dict.fromkeys(line.contact for line in lines if line.contact)),
        "link": lines[0].link if len(lines) == 1 else home,
        "milestones": _listed(lines[0].reminder_days, language),
    }
    first_on = date_text(ordered[0][0].renews_on, locale=language, weekday=True)
    return _rendered("renewal_reminder", language, _subject(lines, language, first_on), context)


def render_unmanaged(*, company: str, name: str, vendor: str, told_others: bool) -> Rendered:
    """Tell the vendor's specialist that nobody at a company manages its contracts."""
    context = {"vendor": vendor, "company": company, "name": name, "told_others": told_others}
    context["link"] = f"{settings.PERENNE_BASE_URL}/"
    subject = WORDS["en"]["subject.unmanaged"].format(company=company)
    return _rendered("unmanaged", "en", subject, context)


def _rendered(template: str, language: str, subject: str, context: dict[str, object]) -> Rendered:
    name = f"notices/{template}.{language}"
    return render_mail(name, language=language, subject=subject, context=context, version=_VERSION)


def render_mail(
    template: str, *, language: str, subject: str, context: dict[str, object], version: str
) -> Rendered:
    """A mail of any kind from ``TEMPLATE.txt`` and ``TEMPLATE.html``.

    Args:
        version: of words and templates; raised when either changes.
    """
    return Rendered(
        locale=language,
        subject=subject,
        text=render_to_string(f"{template}.txt", context).strip() + "\n",
        html=render_to_string(f"{template}.html", {**context, "subject": subject}),
        version=version,
    )


def _sections(lines: Sequence[Told], language: str) -> list[Section]:
    words = WORDS[language]
    sections = []
    for outcome in Outcome:
        own = [line for line in lines if line.outcome is outcome]
        if own:
            sections.append(
                Section(
                    outcome,
                    words[f"heading.{outcome.value}"],
                    words[f"section.{outcome.value}"],
                    own,
                    _total(own, language),
                )
            )
    return sections


def _total(lines: Sequence[Told], language: str) -> str:
    amounts = [line.gross_minor for line in lines if line.gross_minor is not None]
    currencies = {line.currency for line in lines}
    if len(amounts) < 2 or len(amounts) != len(lines) or len(currencies) > 1:  # noqa: PLR2004
        return ""
    return money_text(sum(amounts), currencies.pop(), locale=language)


def _listed(days: Sequence[int], language: str) -> str:
    """Milestones in words: ``90, 60 and 30``, ``90、60、30``."""
    earliest_first = [str(n) for n in sorted(days, reverse=True)]
    if language == "zh-Hant":
        return "、".join(earliest_first)
    return " and ".join(filter(None, (", ".join(earliest_first[:-1]), earliest_first[-1])))


def _subject(lines: Sequence[Told], language: str, first_on: str) -> str:
    words, first = WORDS[language], lines[0]
    if len(lines) > 1:
        needing = sum(1 for line in lines if line.outcome is not Outcome.AUTO)
        key = {0: "auto", len(lines): "act"}.get(needing, "mixed")
        return words[f"subject.several.{key}"].format(
            count=len(lines), needing=needing, date=first_on
        )
    key = "days"
    if first.outcome is Outcome.AUTO:
        key = "auto"
    elif first.outcome is Outcome.MANUAL and first.opens_today:
        key = "opens"
    return words[f"subject.{key}"].format(
        product=first.product, seats=first.seats, days=first.days_text, date=first_on
    )
