"""Mails of one shape: a greeting, a headline, some sentences, a few facts, one thing to do.

Whoever adds a kind of mail writes its words (such as ``security_words.py``) and a writer
(``security.py``); layout, dark mode and plain text are here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from perenne.catalog.models import Vendor
from perenne.notices.rendering import Rendered
from perenne.platform.words import language_of

TEMPLATE_VERSION = "plain/1"
Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class PlainMail:
    """Which words to use, with what filled in, and where the one link leads.

    Keys of the words: ``KEY.subject``, ``KEY.headline``, ``KEY.body``, ``KEY.action`` and
    ``KEY.why``. ``facts`` are labels (keys too) with values; ``path`` begins with a slash.
    """

    key: str
    path: str
    values: Mapping[str, str]
    facts: Sequence[tuple[str, str]] = ()


def render_plain(mail: PlainMail, *, words: Words, name: str, locale: str) -> Rendered:
    """Render one mail to somebody called ``name``, in their language."""
    language = language_of(locale)
    said = words[language]
    vendor = Vendor.objects.values_list("name", flat=True).first() or "Perenne"
    values = {"vendor": vendor, **mail.values}

    def say(part: str) -> str:
        return said[f"{mail.key}.{part}"].format(**values)

    subject = say("subject")
    context = {
        "lang": "zh-Hant-TW" if language == "zh-Hant" else language,
        "vendor": vendor,
        "greeting": said["greeting"].format(name=name),
        "headline": say("headline"),
        "paragraphs": say("body").split("\n"),
        "facts": [(said[label], value) for label, value in mail.facts],
        "colon": said["colon"],
        "action": say("action"),
        "link": f"{settings.PERENNE_BASE_URL}{mail.path}",
        "why": say("why"),
    }
    return Rendered(
        locale=language,
        subject=subject,
        text=render_to_string("notices/plain.txt", context).strip() + "\n",
        html=render_to_string("notices/plain.html", {**context, "subject": subject}),
        version=TEMPLATE_VERSION,
    )
