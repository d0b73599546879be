"""What a document's file is called where it is kept."""

import re

from perenne.billing.documents.content import DocumentContent
from perenne.billing.documents.words import WORDS
from perenne.platform.words import language_of

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def file_name(content: DocumentContent, *, language: str | None = None) -> str:
    """``Invoice-R-000042.pdf``, in the document's language or another.

    Of the number only letters, digits, ``-`` and ``_`` are kept, so it names no folder.
    """
    words = WORDS[language_of(content.language if language is None else language)]
    kind = words[f"title.{content.kind.value}"].replace(" ", "-")
    number = _UNSAFE.sub("-", content.number).strip("-")
    return f"{'-'.join(part for part in (kind, number) if part)}.pdf"
