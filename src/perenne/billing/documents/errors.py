"""Why a document cannot be made.

PerenneError
├── FontsMissingError       the fonts were not built into this installation
└── DocumentTooLargeError   it takes more time or memory than a document may
"""

from perenne.platform.errors import PerenneError


class FontsMissingError(PerenneError):
    """The fonts were not built into this installation, so no document can be made."""

    code = "documents.fonts_missing"


class DocumentTooLargeError(PerenneError):
    """The document takes more time or memory than one may."""

    code = "documents.too_large"
