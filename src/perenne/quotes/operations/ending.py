"""Decline a quote, or take it back: the renewal goes its own way again."""

from datetime import datetime

from perenne.accounts.queries import Member
from perenne.notices.outbox import post
from perenne.platform.writing import atomic
from perenne.quotes.letters import declined_letters, withdrawn_letters
from perenne.quotes.operations.turns import locked_quote, require_possible, turn_of
from perenne.rules.quotes import QuoteState, QuoteStep


def decline_quote(number: str, reason: str, *, member: Member, now: datetime) -> None:
    """Say no as the company's contract manager; who made it is told, and why.

    The plan on file is executed on its day; in the next run if that day has passed.

    Raises:
        UnknownQuoteError: if it is not there for them.
        QuoteRefusedError: if it is not theirs to decline, or has ended.

    Source: docs/explanation/quotes.md, «The life of a version».
    """
    with atomic("quote.declined"):
        quote = locked_quote(number, member=member)
        turn = turn_of(quote, QuoteStep.DECLINE, member=member, now=now)
        turn.release()
        turn.move(require_possible(turn.version, QuoteStep.DECLINE), reason=reason)
        post(declined_letters(turn.version, by=member), day=turn.day, now=now)
        turn.tell(kind="quote.declined")


def withdraw_quote(
    number: str, reason: str, *, member: Member, now: datetime, version: int | None = None
) -> None:
    """Take back what one's own side offered, or drop a draft; who was told of it is told.

    Args:
        version: None for what was sent, or for the draft if nothing was.

    Raises:
        UnknownQuoteError: if it is not there for them.
        QuoteRefusedError: if it is not theirs to withdraw, or has ended.

    Source: docs/explanation/quotes.md, «The life of a version».
    """
    with atomic("quote.withdrawn"):
        quote = locked_quote(number, member=member)
        turn = turn_of(quote, QuoteStep.WITHDRAW, member=member, now=now, version=version)
        was_open = turn.version.state == QuoteState.OPEN
        turn.release()
        turn.move(require_possible(turn.version, QuoteStep.WITHDRAW), reason=reason)
        if was_open:
            post(withdrawn_letters(turn.version, by=member), day=turn.day, now=now)
        turn.tell(kind="quote.withdrawn")
