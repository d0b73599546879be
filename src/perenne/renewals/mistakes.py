"""What is wrong with a wish that cannot be read or prepared: facts without words."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True)
class NotReadable:
    """A value of the wrong kind; ``problem`` is what the reader of the values says, in English."""

    code: ClassVar[str] = "not_readable"
    problem: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Nothing has this code or id, or none that the asker may see."""

    code: ClassVar[str] = "not_known"
    value: str


@dataclass(frozen=True, slots=True)
class NotADay:
    """Not a day of the calendar as year-month-day."""

    code: ClassVar[str] = "not_a_day"
    value: str


@dataclass(frozen=True, slots=True)
class NamedTwice:
    """A subscription is named twice."""

    code: ClassVar[str] = "named_twice"


@dataclass(frozen=True, slots=True)
class OneAtATime:
    """Several subscriptions where one is changed at a time."""

    code: ClassVar[str] = "one_at_a_time"


@dataclass(frozen=True, slots=True)
class SeveralCompanies:
    """The subscriptions belong to different companies."""

    code: ClassVar[str] = "several_companies"


@dataclass(frozen=True, slots=True)
class SeveralCurrencies:
    """The subscriptions are sold in different regions, and so in different currencies."""

    code: ClassVar[str] = "several_currencies"


@dataclass(frozen=True, slots=True)
class SeveralDays:
    """The subscriptions renew on different days."""

    code: ClassVar[str] = "several_days"


@dataclass(frozen=True, slots=True)
class SeveralMethods:
    """The subscriptions are paid in different ways, and no method was chosen for all."""

    code: ClassVar[str] = "several_methods"


@dataclass(frozen=True, slots=True)
class NoTermSold:
    """The product is not sold for that length."""

    code: ClassVar[str] = "no_term_sold"


@dataclass(frozen=True, slots=True)
class NotChargeable:
    """The payment method cannot be charged at once."""

    code: ClassVar[str] = "not_chargeable"


@dataclass(frozen=True, slots=True)
class CardNotValid:
    """The card is no longer valid."""

    code: ClassVar[str] = "card_not_valid"


@dataclass(frozen=True, slots=True)
class AllCovered:
    """The business plan covers every seat already."""

    code: ClassVar[str] = "all_covered"


@dataclass(frozen=True, slots=True)
class NoPlanSold:
    """No business plan is sold in the region."""

    code: ClassVar[str] = "no_plan_sold"


@dataclass(frozen=True, slots=True)
class MoreThanBought:
    """More seats would come back than are left of what was bought last."""

    code: ClassVar[str] = "more_than_bought"
    wanted: int
    left: int


@dataclass(frozen=True, slots=True)
class WholeOnly:
    """Aligned dates come back for all seats."""

    code: ClassVar[str] = "whole_only"
    left: int


@dataclass(frozen=True, slots=True)
class NotEnoughToAlign:
    """One subscription alone and no day: nothing to align to."""

    code: ClassVar[str] = "not_enough_to_align"


@dataclass(frozen=True, slots=True)
class ModeNotOffered:
    """The vendor does not offer this way of aligning; ``offered`` are the ones it does."""

    code: ClassVar[str] = "mode_not_offered"
    mode: str
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayNotPossible:
    """Dates cannot be aligned to this day; both bounds are possible."""

    code: ClassVar[str] = "day_not_possible"
    day: date
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class FewerThanLargest:
    """The collection would have fewer seats than the largest subscription that goes into it."""

    code: ClassVar[str] = "fewer_than_largest"
    wanted: int
    largest: int


@dataclass(frozen=True, slots=True)
class NotDivisible:
    """So many seats cannot be traded in by whole groups."""

    code: ClassVar[str] = "not_divisible"
    seats: int
    at_a_time: int


@dataclass(frozen=True, slots=True)
class MoreThanOwned:
    """A reduction to more seats than are owned."""

    code: ClassVar[str] = "more_than_owned"
    wanted: int
    owned: int


Mistake: TypeAlias = (
    NotReadable
    | NotKnown
    | NotADay
    | NamedTwice
    | OneAtATime
    | SeveralCompanies
    | SeveralCurrencies
    | SeveralDays
    | SeveralMethods
    | NoTermSold
    | NotChargeable
    | CardNotValid
    | AllCovered
    | NoPlanSold
    | MoreThanBought
    | WholeOnly
    | NotEnoughToAlign
    | ModeNotOffered
    | DayNotPossible
    | FewerThanLargest
    | NotDivisible
    | MoreThanOwned
)
