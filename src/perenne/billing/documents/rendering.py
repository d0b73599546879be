"""Render a document as PDF: archivable, tagged, in its customer's language, the same every time."""

import json

from perenne.billing.documents.compiling import compiled, compiled_apart
from perenne.billing.documents.content import DocumentContent
from perenne.billing.documents.sheet import sheet_of

_LINES_MAX_HERE = 20


def render_pdf(content: DocumentContent) -> bytes:
    """The document as a file; the same content gives the same bytes, on every machine.

    Its template gets finished texts as data: nothing in them is evaluated.

    Raises:
        FontsMissingError: if the fonts were not built.
        DocumentTooLargeError: if it takes more than a minute or 3 GB; 2,000 lines take seconds.

    Source: docs/explanation/documents.md, «The file».
    """
    sheet = json.dumps(sheet_of(content), ensure_ascii=False)
    is_small = len(content.lines) + len(content.settled) <= _LINES_MAX_HERE
    return (compiled if is_small else compiled_apart)(sheet, issued_on=content.issued_on)
