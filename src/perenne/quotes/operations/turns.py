"""One step of a quote: find it through a door, lock it, ask the rules, write, tell."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from perenne.accounts.queries import Member
from perenne.platform import journal
from perenne.quotes.errors import QuoteRefusedError, UnknownQuoteError
from perenne.quotes.facts import day_of, is_own, next_run_day, parties_of
from perenne.quotes.models import Hold, Quote, QuoteVersion
from perenne.quotes.queries import quotes_visible_to, versions_visible_to
from perenne.quotes.telling import fact_of
from perenne.rules.quotes import QuoteState, QuoteStep, StepImpossible, role_refusals, state_after

WRITTEN = (
    "state",
    "issued_on",
    "issued_at",
    "seal",
    "ended_on",
    "ended_at",
    "ended_by",
    "reason",
    "accepted_option",
    "change",
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A step under way: the locked version, who takes the step, and when."""

    version: QuoteVersion
    actor: str
    now: datetime
    day: date

    @property
    def quote(self) -> Quote:
        """What it is a version of."""
        return self.version.quote

    def move(self, state: QuoteState, *, reason: str = "") -> None:
        """Write the version in its new state."""
        version = self.version
        version.state = state
        is_over = state not in (QuoteState.DRAFT, QuoteState.OPEN)
        version.ended_on = self.day if is_over else None
        version.ended_at = self.now if is_over else None
        version.ended_by = self.actor if is_over else ""
        version.reason = reason
        version.save(update_fields=WRITTEN)

    def tell(self, *, kind: str, **facts: Any) -> None:  # noqa: ANN401 - JSON values
        """Write the fact."""
        fact = fact_of(self.version, kind=kind, day=self.day, actor=self.actor, **facts)
        journal.record_all([fact], at=self.now)

    def release(self, *, on: date | None = None) -> None:
        """Let go of the renewals: the run tries them from its next day on."""
        day = on or next_run_day(self.quote.region_id, self.now)
        Hold.objects.filter(version=self.version, released_on=None).update(released_on=day)


def locked_quote(number: str, *, member: Member) -> Quote:
    """A quote that the member may see, locked in the caller's transaction.

    Raises:
        UnknownQuoteError: if it is not there for them.
    """
    quotes = quotes_visible_to(member).select_for_update(of=("self",), no_key=True)
    quote = quotes.filter(number=number).first()
    if quote is None:
        raise UnknownQuoteError(f"quote {number!r} is not there for {member.actor}")
    return quote


def turn_of(
    quote: Quote, step: QuoteStep, *, member: Member, now: datetime, version: int | None = None
) -> Turn:
    """A version that the member sees, locked for a step.

    Args:
        version: None for the one that the step is about: the draft to send, else what was sent.

    Raises:
        QuoteRefusedError: if the step is not theirs, or makes no sense any more.
    """
    require_role(quote, step, member=member)
    found = _version_for(quote, step, member=member, version=version)
    require_possible(found, step)
    found.quote = quote
    return Turn(found, member.actor, now, day_of(quote.region_id, now))


def require_role(quote: Quote, step: QuoteStep, *, member: Member) -> None:
    """Whether a step is this member's at all.

    Raises:
        QuoteRefusedError: if it is somebody else's.
    """
    refusals = role_refusals(step, parties_of(member), is_own=is_own(quote, member))
    if refusals:
        raise QuoteRefusedError(refusals)


def require_possible(version: QuoteVersion, step: QuoteStep) -> QuoteState:
    """The state after a step.

    Raises:
        QuoteRefusedError: if the state of the version does not allow it.
    """
    after = state_after(QuoteState(version.state), step)
    if isinstance(after, StepImpossible):
        raise QuoteRefusedError((after,))
    return after


def _version_for(
    quote: Quote, step: QuoteStep, *, member: Member, version: int | None
) -> QuoteVersion:
    """Sending is of the draft; everything else of what was sent, or of the draft if nothing was."""
    seen = versions_visible_to(member).filter(quote=quote)
    if version is not None:
        seen = seen.filter(version=version)
    locked = list(seen.select_for_update(of=("self",)).order_by("-version"))
    if not locked:
        raise UnknownQuoteError(f"quote {quote.number!r} has nothing to see")
    if step is QuoteStep.SEND:
        return locked[0]
    issued = [one for one in locked if one.state in (QuoteState.OPEN, QuoteState.ACCEPTED)]
    return (issued or locked)[0]
