"""When the run tries to be paid, and when it is no use to try again."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from enum import StrEnum


class DeclineKind(StrEnum):
    """Why a try to be paid failed."""

    NO_METHOD = "no_method"
    CANNOT_BE_CHARGED = "cannot_be_charged"
    CARD_EXPIRED = "card_expired"
    DECLINED = "declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LOST_CARD = "lost_card"
    METHOD_REFUSED = "method_refused"
    AUTHENTICATION_REQUIRED = "authentication_required"
    # The gateway has no trace of it: nothing was ever collected.
    NOT_COLLECTED = "not_collected"
    # An invoice of the subscription is unpaid after its due day: nothing more is sold on it.
    INVOICE_OVERDUE = "invoice_overdue"
    # The money that a change was reserved for did not come in time.
    TRANSFER_LAPSED = "transfer_lapsed"

    @property
    def hard(self) -> bool:
        """Whether the same method will be declined again: only another method helps."""
        return self in (
            DeclineKind.CARD_EXPIRED,
            DeclineKind.LOST_CARD,
            DeclineKind.METHOD_REFUSED,
        )


def tries_due(*, renews_on: date, day: date, retry_days: Sequence[int]) -> int | None:
    """The try that falls on ``day``, as days after ``renews_on``; None if none does.

    Source: docs/explanation/lifecycle.md, «Tries to be paid».
    """
    after = (day - renews_on).days
    return after if after in retry_days else None


def retry_allowed(last: DeclineKind | None, *, method_changed: bool) -> bool:
    """Whether trying makes sense: after a hard decline only with another method.

    Source: docs/explanation/lifecycle.md, «Tries to be paid».
    """
    return last is None or not last.hard or method_changed


def card_valid_on(valid_through: str, day: date) -> bool:
    """Whether a card that is valid through the month ``YYYY-MM`` can be charged on ``day``.

    Source: docs/explanation/lifecycle.md, «Tries to be paid».
    """
    year, month = (int(part) for part in valid_through.split("-"))
    return day <= date(year, month, monthrange(year, month)[1])
