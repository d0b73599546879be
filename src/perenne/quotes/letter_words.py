"""Puts a version of a quote into the words of a mail, in the language of who reads it."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from perenne.catalog.queries import current_catalogue, offer_key
from perenne.notices.outbox import Letter
from perenne.notices.recipients import Recipient
from perenne.notices.rendering import render_mail
from perenne.platform.display import date_text, money_text
from perenne.platform.words import language_of, term_text
from perenne.quotes.queries import OptionView, VersionView
from perenne.quotes.words import say

VERSION = "quote/1"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote, under a line that says who or what."""

    label: str = ""
    text: str = ""

    @property
    def marked(self) -> str:
        """The text as mail quotes it, line by line."""
        return "\n".join(f"> {line}".rstrip() for line in self.text.splitlines())


@dataclass(frozen=True, slots=True)
class OptionText:
    """An option in words."""

    letter: str
    title: str
    parts: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of the quote."""

    label: str
    value: str


def amount_text(option: OptionView, locale: str) -> str:
    """What an option costs, tax included."""
    return money_text(option.gross_minor, option.preview.currency, locale=locale)


def option_text(option: OptionView, locale: str) -> OptionText:
    """An option in words: what of which, for how long, for how much."""
    return OptionText(
        letter=option.letter,
        title=say("option", locale, letter=option.letter),
        parts=tuple(parts_text(option, locale)),
        total=say("option.total", locale, amount=amount_text(option, locale)),
    )


def parts_text(option: OptionView, locale: str) -> list[str]:
    """Each line of an option: product, term and seats."""
    names = current_catalogue().product_names
    found = []
    for item in option.preview.items:
        for line in item.lines:
            offer = offer_key(line.offer)
            seats = say("seats.one" if line.seats == 1 else "seats.many", locale, n=line.seats)
            found.append(
                say(
                    "option.term",
                    locale,
                    product=names[offer.product].get(locale, offer.product),
                    term=term_text(offer.months, locale=locale),
                    seats=seats,
                )
            )
    return found


def hold_text(view: VersionView, locale: str, *, key: str = "hold") -> str:
    """What the open quote holds, and what happens otherwise."""
    automatic = view.renews_automatically
    day = date_text(view.stored.valid_through, locale=locale)
    return say(key if automatic else "no_hold", locale, day=day)


class Sayer:
    """Says everything about one version to one reader, in their language."""

    def __init__(self, view: VersionView, to: Recipient) -> None:
        self.view = view
        self.to = to
        self.locale = language_of(to.locale)
        stored = view.stored
        dearest = money_text(
            max(one.gross_minor for one in view.options), stored.currency, locale=self.locale
        )
        is_choice = len(view.options) > 1
        self._facts = {
            "number": view.number,
            "version": stored.version,
            "company": stored.quote.company.name,
            "author": stored.author,
            "vendor": current_catalogue().vendor_name,
            "day": self.day(stored.valid_through),
            "amount": say("up_to", self.locale, amount=dearest) if is_choice else dearest,
        }

    def day(self, day: date) -> str:
        """A day in the reader's language."""
        return date_text(day, locale=self.locale, weekday=True)

    def say(self, key: str, **facts: object) -> str:
        """A sentence about this version."""
        return say(key, self.locale, **(self._facts | facts))

    def letter(
        self, key: str, *, path: str, why: str, said: Said = Said(), **facts: object
    ) -> Letter:
        """A mail; ``key`` names its subject, headline and text, ``path`` where its link leads."""
        options = [option_text(one, self.locale) for one in self.view.options]
        action = "approve.action" if key == "approve" else "sent.action"
        shows_options = key in ("sent", "approve", "expiring", "reopened")
        context = {
            "vendor": self._facts["vendor"],
            "dear": self.say("dear", name=self.to.name),
            "colon": self.say("colon"),
            "lang": "zh-Hant-TW" if self.locale == "zh-Hant" else "en",
            "headline": self.say(f"{key}.headline", **facts),
            "text": self.say(f"{key}.text", **facts),
            "hold": hold_text(self.view, self.locale) if shows_options else "",
            "options": options if shows_options else [],
            "said": said,
            "rows": self._rows(),
            "link": f"{settings.PERENNE_BASE_URL}{path}",
            "action": self.say(action),
            "why": self.say(f"why.{why}"),
        }
        mail = render_mail(
            "quotes/letter",
            language=self.locale,
            subject=self.say(f"{key}.subject", **facts),
            context=context,
            version=VERSION,
        )
        stored = self.view.stored
        return Letter(
            f"quote_{key}", stored.quote.company_id, self.to, mail, thread=stored.quote_id
        )

    def _rows(self) -> list[Row]:
        stored = self.view.stored
        rows = [
            ("number", f"{self.view.number} · v{stored.version}"),
            ("company", stored.quote.company.name),
            ("author", stored.author),
            ("valid", self.day(stored.valid_through)),
            ("renewals", self.say("and").join(self.view.codes)),
        ]
        return [Row(self.say(f"label.{name}"), value) for name, value in rows]
