"""Why a seat is not given, taken or decided about: one value a reason, with its facts."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True)
class AdministratorsOnly:
    """Primary and secondary administrators look after seats; who does so here, by name."""

    code: ClassVar[str] = "seats.administrators_only"
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NobodyHere:
    """Nobody at the company is meant, or they have left it."""

    code: ClassVar[str] = "seats.nobody_here"
    person: str


@dataclass(frozen=True, slots=True)
class NotOwned:
    """No running subscription of the company gives the product."""

    code: ClassVar[str] = "seats.not_owned"
    product: str


@dataclass(frozen=True, slots=True)
class NoneFree:
    """More seats are needed than are free."""

    code: ClassVar[str] = "seats.none_free"
    product: str
    missing: int


@dataclass(frozen=True, slots=True)
class SeatGone:
    """The seat was given back already, or was never the company's; the assignment's id."""

    code: ClassVar[str] = "seats.gone"
    assignment: str


@dataclass(frozen=True, slots=True)
class GrantedByGroups:
    """Groups give the seat; whoever leaves them gives it back."""

    code: ClassVar[str] = "seats.granted_by_groups"
    person: str
    product: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupNameTaken:
    """The company has a group of that name."""

    code: ClassVar[str] = "group.name_taken"
    name: str


@dataclass(frozen=True, slots=True)
class GroupGone:
    """The group has ended, or was never the company's."""

    code: ClassVar[str] = "group.gone"


@dataclass(frozen=True, slots=True)
class GroupIsSynced:
    """The company's directory decides about the group."""

    code: ClassVar[str] = "group.synced"
    name: str


@dataclass(frozen=True, slots=True)
class GroupTooLarge:
    """The group takes nobody for whom there is no seat."""

    code: ClassVar[str] = "group.too_large"
    product: str
    missing: int


@dataclass(frozen=True, slots=True)
class NothingToDecide:
    """No seat is going to be lost."""

    code: ClassVar[str] = "reduction.nothing_to_decide"


@dataclass(frozen=True, slots=True)
class TooManyChosen:
    """More people were chosen than lose a seat."""

    code: ClassVar[str] = "reduction.too_many_chosen"
    chosen: int
    losing: int


@dataclass(frozen=True, slots=True)
class HoldsNoSeat:
    """Somebody was chosen who holds no seat of the subscription."""

    code: ClassVar[str] = "reduction.holds_no_seat"
    person: str


@dataclass(frozen=True, slots=True)
class DeciderOnly:
    """Contract managers and administrators decide who loses a seat."""

    code: ClassVar[str] = "reduction.deciders_only"


AssignmentRefusal: TypeAlias = (
    AdministratorsOnly | NobodyHere | NotOwned | NoneFree | SeatGone | GrantedByGroups
)
GroupRefusal: TypeAlias = GroupNameTaken | GroupGone | GroupIsSynced | GroupTooLarge
ReductionRefusal: TypeAlias = NothingToDecide | TooManyChosen | HoldsNoSeat | DeciderOnly
SeatRefusal: TypeAlias = AssignmentRefusal | GroupRefusal | ReductionRefusal
