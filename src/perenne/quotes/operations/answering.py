"""What somebody answers who got a quote by a signed link, with or without an account."""

from dataclasses import dataclass
from datetime import datetime

from perenne.notices.outbox import post
from perenne.platform.writing import atomic
from perenne.quotes.errors import QuoteRefusedError, UnknownQuoteError
from perenne.quotes.facts import day_of
from perenne.quotes.letters import answered_letters
from perenne.quotes.models import DECISIONS, QuoteAnswer, QuoteRecipient, QuoteVersion
from perenne.quotes.operations.turns import Turn, require_possible
from perenne.quotes.sealing import recipient_of_token
from perenne.rules.quotes import DecidedAlready, NoLongerValid, QuoteStep, role_refusals


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision of ``DECISIONS`` with a word; ``asked`` decides nothing yet."""

    decision: str
    note: str = ""


def answer_quote(token: str, answer: Answer, *, now: datetime) -> QuoteAnswer:
    """Approve, decline or ask about what was addressed to the bearer of a link.

    The contract managers are told at once; they decide. A decision is made once: the same one
    again changes nothing.

    Raises:
        UnknownQuoteError: if the link was not made here.
        QuoteRefusedError: if it was sent to be read only, has ended, or was decided otherwise.

    Source: docs/explanation/quotes.md, «Approving».
    """
    if answer.decision not in DECISIONS:
        raise ValueError(f"{answer.decision!r} is none of {', '.join(DECISIONS)}")
    with atomic("quote.answered"):
        recipient, version = _locked(token)
        if recipient.kind != "approver" and answer.decision != "asked":
            raise QuoteRefusedError(role_refusals(QuoteStep.APPROVE, frozenset(), is_own=False))
        before = recipient.answers.exclude(decision="asked").first()
        if before is not None and before.decision == answer.decision:
            return before
        require_possible(version, QuoteStep.APPROVE)
        day = day_of(version.quote.region_id, now)
        if day > version.valid_through:
            raise QuoteRefusedError((NoLongerValid(version.valid_through),))
        if before is not None and answer.decision != "asked":
            raise QuoteRefusedError((DecidedAlready(before.decision),))
        made = QuoteAnswer.objects.create(
            recipient=recipient,
            decision=answer.decision,
            note=answer.note,
            answered_at=now,
            business_day=day,
        )
        turn = Turn(version, f"recipient:{recipient.pk}", now, day)
        post(answered_letters(version, made), day=day, now=now)
        turn.tell(kind="quote.answered", decision=answer.decision, recipient=recipient.pk)
    return made


def _locked(token: str) -> tuple[QuoteRecipient, QuoteVersion]:
    recipient = QuoteRecipient.objects.filter(pk=recipient_of_token(token) or "").first()
    if recipient is None:
        raise UnknownQuoteError("this link was not made here")
    versions = QuoteVersion.objects.select_for_update(of=("self",)).select_related("quote")
    return recipient, versions.get(pk=recipient.version_id)
