"""What a contact request is about, who may make one, and the steps of its life."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, TypeAlias


class Topic(StrEnum):
    """What somebody asks for, in the order in which a form offers it."""

    SEATS = "seats"
    DATES = "dates"
    BUSINESS_PLAN = "business_plan"
    COLLECTION = "collection"
    TRADE_IN = "trade_in"
    TERM = "term"
    RENEWAL = "renewal"
    QUOTE = "quote"
    PAYMENT = "payment"
    OTHER = "other"

    @property
    def is_assisted_change(self) -> bool:
        """Whether somebody is asked to make a change that the customer cannot make alone."""
        return self in _ASSISTED


_ASSISTED = frozenset(
    {
        Topic.SEATS,
        Topic.DATES,
        Topic.BUSINESS_PLAN,
        Topic.COLLECTION,
        Topic.TRADE_IN,
        Topic.TERM,
    }
)

# What somebody who was refused an action asks about.
TOPIC_OF_ACTION = {
    "renew": Topic.RENEWAL,
    "auto_renew": Topic.RENEWAL,
    "change_term": Topic.TERM,
    "add_seats": Topic.SEATS,
    "reduce_seats": Topic.SEATS,
    "align": Topic.DATES,
    "switch": Topic.COLLECTION,
    "trade_in": Topic.TRADE_IN,
    "business_plan": Topic.BUSINESS_PLAN,
    "payment_method": Topic.PAYMENT,
    "buy_again": Topic.QUOTE,
    "return": Topic.OTHER,
    "change_partner": Topic.OTHER,
    "assisted": Topic.OTHER,
}


class PreferredTime(StrEnum):
    """When somebody would like to be called, on their own clock."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class RequestState(StrEnum):
    """Whose turn it is: the owner's, the asker's, or nobody's."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Step(StrEnum):
    """What can be done to a request; the journal and the conversation name it so."""

    ANSWER = "answer"
    REPLY = "reply"
    REASSIGN = "reassign"
    CLOSE = "close"
    REOPEN = "reopen"


class Outcome(StrEnum):
    """How a request ended."""

    DONE = "done"
    QUOTED = "quoted"
    EXPLAINED = "explained"
    NOT_POSSIBLE = "not_possible"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


# The asker withdraws; the other outcomes are the owner's to state.
OUTCOMES_OF_OWNER = tuple(one for one in Outcome if one is not Outcome.WITHDRAWN)

_STEPS = {
    (RequestState.OPEN, Step.ANSWER): RequestState.ANSWERED,
    (RequestState.OPEN, Step.REPLY): RequestState.OPEN,
    (RequestState.OPEN, Step.REASSIGN): RequestState.OPEN,
    (RequestState.OPEN, Step.CLOSE): RequestState.CLOSED,
    (RequestState.ANSWERED, Step.ANSWER): RequestState.ANSWERED,
    (RequestState.ANSWERED, Step.REPLY): RequestState.OPEN,
    (RequestState.ANSWERED, Step.CLOSE): RequestState.CLOSED,
    (RequestState.ANSWERED, Step.REOPEN): RequestState.OPEN,
    (RequestState.CLOSED, Step.REPLY): RequestState.OPEN,
    (RequestState.CLOSED, Step.REOPEN): RequestState.OPEN,
}


@dataclass(frozen=True, slots=True)
class AskedTooOften:
    """One person has asked, or written, as often as a day allows."""

    code: ClassVar[str] = "contact.too_many_today"
    most: int
    again_on: date


@dataclass(frozen=True, slots=True)
class NobodyToAsk:
    """The vendor has nobody on record who could answer."""

    code: ClassVar[str] = "contact.nobody"


@dataclass(frozen=True, slots=True)
class StepImpossible:
    """Somebody else took a step before, after which this one is not possible."""

    code: ClassVar[str] = "contact.step_impossible"
    state: RequestState
    step: Step


AskRefusal: TypeAlias = AskedTooOften | NobodyToAsk | StepImpossible


def may_ask(
    *, asked_today: int, most: int, next_day: date, has_owner: bool
) -> tuple[AskRefusal, ...]:
    """What stands against one more request of a person; nothing if it is empty.

    Args:
        asked_today: requests of this person in the region's present day.
        next_day: the day on which the count begins anew.

    Source: docs/explanation/contact-requests.md, «How often».
    """
    refusals: list[AskRefusal] = []
    if asked_today >= most:
        refusals.append(AskedTooOften(most, next_day))
    if not has_owner:
        refusals.append(NobodyToAsk())
    return tuple(refusals)


def state_after(state: RequestState, step: Step) -> RequestState | StepImpossible:
    """The state that a step leads to, or why it is not possible.

    Source: docs/explanation/contact-requests.md, «The conversation».
    """
    return _STEPS.get((state, step)) or StepImpossible(state, step)


def promises_anew(state: RequestState, after: RequestState) -> bool:
    """Whether a step begins a new time to answer: a promise once given is never put off.

    Source: docs/explanation/contact-requests.md, «The conversation».
    """
    return state is not RequestState.OPEN and after is RequestState.OPEN
