"""Errors of renewing and of changes.

PerenneError
└── ChangeError
    ├── InvalidChoicesError   what was sent is not a wish: place and mistake
    ├── ChangeRefusedError    refused, with the verdict of each subscription
    ├── ChangedSinceError     what was shown is no longer so: the differences
    ├── PreviewExpiredError   what was shown is too old to be bought
    └── NotUndoableError      it was executed, or replaced, in the meantime
"""

from collections.abc import Mapping

from perenne.platform.errors import PerenneError
from perenne.renewals.mistake_words import mistake_text
from perenne.renewals.mistakes import Mistake
from perenne.rules.verdict import Verdict


class ChangeError(PerenneError):
    """A change that was not made; nothing has happened."""

    code = "change"


class InvalidChoicesError(ChangeError):
    """What was sent is not a wish; ``place`` is a field, empty for the whole."""

    code = "choices.invalid"

    def __init__(self, place: str, mistake: Mistake) -> None:
        super().__init__(f"{place or 'the change'}: {mistake_text(mistake, locale='en')}")
        self.place = place
        self.mistake = mistake


class ChangeRefusedError(ChangeError):
    """Asked for what the verdict refuses; ``verdicts`` are by subscription."""

    code = "change.refused"

    def __init__(self, verdicts: Mapping[str, Verdict]) -> None:
        codes = sorted({one.code for verdict in verdicts.values() for one in verdict.refusals})
        super().__init__(", ".join(codes))
        self.verdicts = verdicts


class ChangedSinceError(ChangeError):
    """A fact changed since the preview; ``differences`` are place, shown and present value."""

    code = "change.changed_since"

    def __init__(self, differences: tuple[tuple[str, str, str], ...]) -> None:
        places = ", ".join(place for place, _, _ in differences)
        super().__init__(f"what was shown is no longer so: {places}")
        self.differences = differences


class PreviewExpiredError(ChangeError):
    """The preview is over; make a new one."""

    code = "change.expired"


class NotUndoableError(ChangeError):
    """It can no longer be taken back."""

    code = "change.not_undoable"
