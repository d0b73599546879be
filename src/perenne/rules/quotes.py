"""Quotes: how long they are valid, who may take which step, and what follows from it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, TypeAlias

LETTERS = ("A", "B", "C")
RECIPIENTS_MAX = 5
_ONE_DAY = timedelta(1)


class QuoteState(StrEnum):
    """What has become of one version of a quote."""

    DRAFT = "draft"
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class QuoteStep(StrEnum):
    """What can be done with a version."""

    SEND = "send"
    REVISE = "revise"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    # What nobody decides: time, another version, another renewal, a payment that failed.
    EXPIRE = "expire"
    SUPERSEDE = "supersede"
    REOPEN = "reopen"


class QuoteParty(StrEnum):
    """In which capacity somebody looks at a quote."""

    MANAGER = "manager"
    PAYER = "payer"
    # The partner or sales person who sold what is quoted, or a specialist.
    SELLER = "seller"
    # Whoever has the signed link, with or without an account.
    APPROVER = "approver"


_AFTER: Mapping[tuple[QuoteState, QuoteStep], QuoteState] = {
    (QuoteState.DRAFT, QuoteStep.SEND): QuoteState.OPEN,
    (QuoteState.DRAFT, QuoteStep.REVISE): QuoteState.DRAFT,
    (QuoteState.DRAFT, QuoteStep.WITHDRAW): QuoteState.WITHDRAWN,
    (QuoteState.DRAFT, QuoteStep.SUPERSEDE): QuoteState.SUPERSEDED,
    # A revision is another version: the open one stays until that one is sent.
    (QuoteState.OPEN, QuoteStep.REVISE): QuoteState.OPEN,
    (QuoteState.OPEN, QuoteStep.APPROVE): QuoteState.OPEN,
    (QuoteState.OPEN, QuoteStep.ACCEPT): QuoteState.ACCEPTED,
    (QuoteState.OPEN, QuoteStep.DECLINE): QuoteState.DECLINED,
    (QuoteState.OPEN, QuoteStep.WITHDRAW): QuoteState.WITHDRAWN,
    (QuoteState.OPEN, QuoteStep.EXPIRE): QuoteState.EXPIRED,
    (QuoteState.OPEN, QuoteStep.SUPERSEDE): QuoteState.SUPERSEDED,
    (QuoteState.ACCEPTED, QuoteStep.REOPEN): QuoteState.OPEN,
    # What ended without a purchase can be quoted again.
    (QuoteState.DECLINED, QuoteStep.REVISE): QuoteState.DECLINED,
    (QuoteState.EXPIRED, QuoteStep.REVISE): QuoteState.EXPIRED,
    (QuoteState.WITHDRAWN, QuoteStep.REVISE): QuoteState.WITHDRAWN,
}
_MAY: Mapping[QuoteStep, frozenset[QuoteParty]] = {
    QuoteStep.SEND: frozenset({QuoteParty.MANAGER, QuoteParty.SELLER}),
    QuoteStep.REVISE: frozenset({QuoteParty.MANAGER, QuoteParty.SELLER}),
    QuoteStep.WITHDRAW: frozenset({QuoteParty.MANAGER, QuoteParty.SELLER}),
    QuoteStep.ACCEPT: frozenset({QuoteParty.MANAGER, QuoteParty.PAYER}),
    QuoteStep.DECLINE: frozenset({QuoteParty.MANAGER}),
    QuoteStep.APPROVE: frozenset({QuoteParty.APPROVER}),
}
# Steps of who made it: a customer revises the own quote, and declines a seller's.
_OF_ITS_SIDE = frozenset({QuoteStep.SEND, QuoteStep.REVISE, QuoteStep.WITHDRAW})


@dataclass(frozen=True, slots=True)
class StepImpossible:
    """The version is in a state in which the step makes no sense, such as accepted already."""

    code: ClassVar[str] = "quote.step_impossible"
    state: QuoteState


@dataclass(frozen=True, slots=True)
class NotYourStep:
    """Somebody else decides; ``who`` names the parties that may."""

    code: ClassVar[str] = "quote.role_missing"
    who: tuple[QuoteParty, ...]


@dataclass(frozen=True, slots=True)
class NoLongerValid:
    """The last day on which it could be accepted is over."""

    code: ClassVar[str] = "quote.no_longer_valid"
    last_day: date


@dataclass(frozen=True, slots=True)
class ApprovalAwaited:
    """It costs more than the company's limit, and its approver has not approved this version."""

    code: ClassVar[str] = "quote.approval_awaited"
    approver: str
    limit_minor: int


@dataclass(frozen=True, slots=True)
class ValidTooLong:
    """It may be valid through ``latest`` at most; with ``latest`` in the past, not at all."""

    code: ClassVar[str] = "quote.valid_too_long"
    latest: date


@dataclass(frozen=True, slots=True)
class ValidInThePast:
    """Its last day lies before the day on which it is made."""

    code: ClassVar[str] = "quote.valid_in_the_past"
    earliest: date


@dataclass(frozen=True, slots=True)
class AnotherOpen:
    """Another open quote covers a subscription of it: one at a time holds a renewal."""

    code: ClassVar[str] = "quote.another_open"
    number: str
    subscription: str


@dataclass(frozen=True, slots=True)
class TooManyRecipients:
    """It goes to the contract managers and to at most so many others."""

    code: ClassVar[str] = "quote.too_many_recipients"
    most: int


@dataclass(frozen=True, slots=True)
class OptionsAlike:
    """Two options are the same: there is nothing to choose."""

    code: ClassVar[str] = "quote.options_alike"
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class DecidedAlready:
    """Whoever has the link decided otherwise before."""

    code: ClassVar[str] = "quote.decided_already"
    decision: str


QuoteRefusal: TypeAlias = (
    StepImpossible
    | NotYourStep
    | NoLongerValid
    | ApprovalAwaited
    | ValidTooLong
    | ValidInThePast
    | AnotherOpen
    | TooManyRecipients
    | OptionsAlike
    | DecidedAlready
)


@dataclass(frozen=True, slots=True)
class Covered:
    """A subscription that a quote covers; ``hold_days`` are the policy's after ``renews_on``."""

    renews_on: date
    automatic: bool
    hold_days: int

    @property
    def last_day(self) -> date:
        """The last day on which a quote can be accepted for it.

        Without automatic renewal it ends on its renewal day. With it the renewal waits for the
        quote, at the longest until ``hold_days`` after that day.
        """
        waits_days = self.hold_days if self.automatic else 0
        return self.renews_on + timedelta(waits_days) - _ONE_DAY


def latest_validity(covered: Sequence[Covered]) -> date:
    """The last day through which a quote of these subscriptions may be valid.

    Source: docs/explanation/quotes.md, «How long it is valid».
    """
    return min(one.last_day for one in covered)


def default_validity(issued_on: date, covered: Sequence[Covered], *, valid_days: int) -> date:
    """The last day of a quote for which nobody named one; the day of issue counts.

    Source: docs/explanation/quotes.md, «How long it is valid».
    """
    return min(issued_on + timedelta(valid_days) - _ONE_DAY, latest_validity(covered))


def validity_refusals(
    valid_through: date, covered: Sequence[Covered], *, issued_on: date
) -> tuple[QuoteRefusal, ...]:
    """What stands against a last day, that day included.

    Source: docs/explanation/quotes.md, «How long it is valid».
    """
    latest = latest_validity(covered)
    if latest < issued_on or valid_through > latest:
        return (ValidTooLong(latest),)
    return (ValidInThePast(issued_on),) if valid_through < issued_on else ()


def state_after(state: QuoteState, step: QuoteStep) -> QuoteState | StepImpossible:
    """The state of a version after a step.

    Source: docs/explanation/quotes.md, «The life of a version».
    """
    return _AFTER.get((state, step), StepImpossible(state))


def open_steps(
    state: QuoteState, parties: frozenset[QuoteParty], *, is_own: bool
) -> set[QuoteStep]:
    """What somebody in these capacities may do with a version in this state."""
    return {
        step
        for step in _MAY
        if (state, step) in _AFTER and not role_refusals(step, parties, is_own=is_own)
    }


def role_refusals(
    step: QuoteStep, parties: frozenset[QuoteParty], *, is_own: bool
) -> tuple[QuoteRefusal, ...]:
    """Whether somebody may take a step at all.

    Args:
        is_own: their side made the quote.

    Source: docs/explanation/quotes.md, «Who may do what».
    """
    needed = _MAY[step]
    if parties & needed and (is_own or step not in _OF_ITS_SIDE):
        return ()
    return (NotYourStep(tuple(sorted(needed))),)


@dataclass(frozen=True, slots=True)
class Approved:
    """What a company wants to have approved, and whether its approver has approved the version."""

    approver: str
    limit_minor: int
    is_approved: bool


def acceptance_refusals(
    *, as_of: date, valid_through: date, amount_minor: int, approval: Approved | None
) -> tuple[QuoteRefusal, ...]:
    """What stands against accepting an open version on a day.

    Source: docs/explanation/quotes.md, «Accepting».
    """
    if as_of > valid_through:
        return (NoLongerValid(valid_through),)
    if approval is None or approval.is_approved or amount_minor <= approval.limit_minor:
        return ()
    return (ApprovalAwaited(approval.approver, approval.limit_minor),)


def recipient_refusals(how_many: int) -> tuple[QuoteRefusal, ...]:
    """Whether so many others may get it."""
    return (TooManyRecipients(RECIPIENTS_MAX),) if how_many > RECIPIENTS_MAX else ()


def option_refusals(hashes: Sequence[str]) -> tuple[QuoteRefusal, ...]:
    """Whether the options, A first, differ.

    Raises:
        ValueError: if there is none, or more than there are letters.
    """
    if not 1 <= len(hashes) <= len(LETTERS):
        raise ValueError(f"{len(hashes)} options; a quote has 1 to {len(LETTERS)}")
    first: dict[str, str] = {}
    for letter, shown in zip(LETTERS, hashes, strict=False):
        if shown in first:
            return (OptionsAlike(first[shown], letter),)
        first[shown] = letter
    return ()


def expiring_milestone(valid_through: date, *, day: date, days: Sequence[int]) -> int | None:
    """Which reminder falls due: so many days are left on ``day``; a missed one is not sent late.

    Source: docs/explanation/quotes.md, «Mails».
    """
    left = (valid_through - day).days
    return left if left in days else None


def yearly_minor(amount_minor: int, months: int) -> int:
    """An amount for so many months as an amount a year, rounded half up, to compare options.

    Source: docs/explanation/quotes.md, «Comparing options».
    """
    return math.floor(Fraction(amount_minor * 12, months) + Fraction(1, 2))
