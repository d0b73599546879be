"""Render the renewal reminder: subject, text and HTML, in the recipient's language."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from perenne.notices.wording import Told, told
from perenne.renewals.queries import Outlook

TEMPLATE_VERSION = "renewal_reminder/1"
LOCALES = ("en", "zh-Hant")
_WINDOW_OPENS_DAYS = 90


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as it will be sent."""

    locale: str
    subject: str
    text: str
    html: str

    @property
    def rendered_hash(self) -> str:
        """Proves later what was said."""
        said = f"{self.subject}\0{self.text}\0{self.html}"
        return hashlib.sha256(said.encode()).hexdigest()


def language_of(locale: str) -> str:
    """The language in which somebody is written to; English where we have no other."""
    return locale if locale in LOCALES else "en"


def render_reminder(
    subscriptions: Sequence[tuple[Outlook, int]], *, name: str, locale: str
) -> Rendered:
    """One mail about one or more subscriptions, each with its days before renewal."""
    language = language_of(locale)
    lines = [
        told(outlook, days=days, locale=language, base_url=settings.PERENNE_BASE_URL)
        for outlook, days in sorted(subscriptions, key=lambda one: (one[0].renews_on, one[0].code))
    ]
    context = {
        "name": name,
        "company": subscriptions[0][0].company_name,
        "lines": lines,
        "first": lines[0],
        "several": len(lines) > 1,
        "contacts": list(dict.fromkeys(line.contact for line in lines if line.contact)),
        "link": lines[0].link if len(lines) == 1 else f"{settings.PERENNE_BASE_URL}/",
        "base_url": settings.PERENNE_BASE_URL,
    }
    template = f"notices/renewal_reminder.{language}"
    return Rendered(
        locale=language,
        subject=_subject(lines, language),
        text=render_to_string(f"{template}.txt", context).strip() + "\n",
        html=render_to_string(f"{template}.html", context),
    )


def _subject(lines: Sequence[Told], language: str) -> str:
    first = lines[0]
    facts = {
        "product": first.product,
        "seats": first.seats,
        "days": first.days,
        "date": first.renews_on,
        "count": len(lines),
    }
    if len(lines) > 1:
        return _SUBJECTS[language]["several"].format(**facts)
    if first.is_automatic:
        return _SUBJECTS[language]["automatic"].format(**facts)
    if first.days == _WINDOW_OPENS_DAYS:
        return _SUBJECTS[language]["opens"].format(**facts)
    return _SUBJECTS[language]["days"].format(**facts)


_SUBJECTS = {
    "en": {
        "opens": "You can now renew {product} ({seats} seats)",
        "days": "{days} days left: {product} expires {date}",
        "automatic": "{product} renews automatically on {date}",
        "several": "{count} subscriptions to renew, the first on {date}",
    },
    "zh-Hant": {
        "opens": "「{product}」（{seats} 套）現在可以續約",
        "days": "剩 {days} 天：{product} 將於 {date} 到期",
        "automatic": "{product} 將於 {date} 自動續約",
        "several": "{count} 項訂閱即將續約，最早為 {date}",
    },
}
