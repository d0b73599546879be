"""Puts a contact request into the words of a mail, in the language of who reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings

from perenne.catalog.queries import current_catalogue
from perenne.notices.outbox import Letter
from perenne.notices.recipients import Recipient
from perenne.notices.rendering import render_mail
from perenne.platform.display import date_text, moment_text
from perenne.platform.words import language_of
from perenne.rules.owners import OwnerKind
from perenne.support.queries import AskedAbout, RequestView
from perenne.support.words import say

VERSION = "contact_request/1"


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody to write to; ``zone`` None for who looks after the whole world."""

    recipient: Recipient
    zone: ZoneInfo | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody wrote, under a line that says who or what."""

    label: str = ""
    text: str = ""

    @property
    def marked(self) -> str:
        """The text as mail quotes it, line by line."""
        return "\n".join(f"> {line}".rstrip() for line in self.text.splitlines())


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of the request."""

    label: str
    value: str


def page_url(path: str) -> str:
    """The address of a page, as mails carry it."""
    return f"{settings.PERENNE_BASE_URL}/{path}/"


def letter_of(
    key: str,
    *,
    company: str,
    to: Recipient,
    thread: str,
    subject: str,
    context: dict[str, object],
) -> Letter:
    """A mail in the form that all mails of this package have, in the language of who reads it."""
    locale = language_of(to.locale)
    frame = {
        "vendor": current_catalogue().vendor_name,
        "dear": say("dear", locale, name=to.name),
        "colon": say("colon", locale),
        "lang": "zh-Hant-TW" if locale == "zh-Hant" else "en",
    }
    mail = render_mail(
        "support/letter",
        language=locale,
        subject=subject,
        context={**frame, **context},
        version=VERSION,
    )
    return Letter(f"contact_{key}", company, to, mail, thread=thread)


class Sayer:
    """Says everything about one request to one reader, on their clock and in their language."""

    def __init__(self, view: RequestView, to: Addressee, *, vendor: str) -> None:
        self.view = view
        self.to = to.recipient
        self.vendor = vendor
        self.locale = language_of(to.recipient.locale)
        owner = view.owner
        is_partner = owner.kind is OwnerKind.PARTNER
        # A name stands in quotation marks in Chinese, which writes no spaces around it.
        self.owner_name = say("named", self.locale, name=owner.organisation or owner.name)
        self._facts = {
            "ref": view.reference,
            "company": view.company_name,
            "topic": say(f"topic.{view.topic}", self.locale),
            "time": moment_text(view.answer_by, to.zone or view.zone, locale=self.locale),
            "who": self.owner_name if is_partner else say("we", self.locale),
            "owner": self.owner_name,
            "outcome": say(f"outcome.{view.outcome}", self.locale) if view.outcome else "",
            "vendor": vendor,
        }

    def say(self, key: str, **facts: str) -> str:
        """A sentence about this request."""
        return say(key, self.locale, **(self._facts | facts))

    @property
    def readers(self) -> str:
        """Who can read it, beside the company that asked."""
        is_partner = self.view.owner.kind is OwnerKind.PARTNER
        names = [self.owner_name] if is_partner else []
        return self.say("comma").join([*names, say("named", self.locale, name=self.vendor)])

    def to_asker(self, key: str, text: str, *, quote: Quote = Quote(), why: str = "") -> Letter:
        """A mail to who asked; ``key`` names its subject and headline."""
        rows = [row for row in self._rows() if row.label not in self._known_to_asker()]
        return self._letter(
            key,
            text,
            quote=quote,
            rows=rows,
            link=page_url(f"requests/{self.view.id}"),
            action=self.say("asker.action"),
            why=why or self.say("asker.why"),
        )

    def to_owner(self, key: str, text: str, *, quote: Quote = Quote()) -> Letter:
        """A mail to who answers, with how to reach who asked."""
        return self._letter(
            key,
            text,
            quote=quote,
            rows=list(self._rows()),
            link=page_url(f"desk/requests/{self.view.id}"),
            action=self.say("owner.action"),
            why=self.say("owner.why"),
        )

    def _known_to_asker(self) -> frozenset[str]:
        names = ("company", "asker", "mail", "language")
        return frozenset(self.say(f"label.{name}") for name in names)

    def _letter(self, key: str, text: str, **context: object) -> Letter:
        return letter_of(
            key,
            company=self.view.company_id,
            to=self.to,
            thread=self.view.id,
            subject=self.say(f"{key}.subject"),
            context={"headline": self.say(f"{key}.headline"), "text": text, **context},
        )

    def _rows(self) -> Iterator[Row]:
        view = self.view
        yield self._row("reference", view.reference)
        company = self.say("company", name=view.company_name, code=view.company_code)
        yield self._row("company", company)
        yield self._row("asker", view.asker_name)
        yield self._row("mail", view.asker_email)
        if view.phone:
            yield self._row("phone", view.phone)
        yield self._row("time", self.say(f"time.{view.preferred_time}"))
        yield self._row("language", self.say(f"language.{view.language}"))
        yield self._row("topic", self.say(f"topic.{view.topic}"))
        if view.about is not None:
            yield from self._rows_about(view.about)
        if view.action:
            action = self.say(f"action.{view.action}")
            refused = self.say("refused", action=action, reason=view.reason_code)
            yield self._row("refused", refused if view.reason_code else action)

    def _rows_about(self, about: AskedAbout) -> Iterator[Row]:
        seats = "seats.one" if about.seats_owned == 1 else "seats.many"
        yield self._row(
            "subscription",
            self.say(
                "subscription",
                product=about.product_names.get(self.locale, ""),
                seats=self.say(seats, n=str(about.seats_owned)),
                contract=about.contract_code,
                code=about.code,
            ),
        )
        day = date_text(about.renews_on, locale=self.locale, weekday=True)
        yield self._row("ended" if about.has_ended else "renews_on", day)

    def _row(self, name: str, value: str) -> Row:
        return Row(self.say(f"label.{name}"), value)
