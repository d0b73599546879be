"""What somebody may ask for: one type a kind of change, read strictly from what was sent."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec

from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.mistakes import NamedTwice, NotReadable
from perenne.rules.actions import Action

SEATS_MAX = 999_999
Seats: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=SEATS_MAX)]
Months: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=120)]
Id: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9_]+$")]
Subjects: TypeAlias = Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=500)]
Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=100)]


class _Wish(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What every wish names: the subscriptions that it is about, the first being the main one."""

    action: ClassVar[Action]
    subscriptions: Subjects


class Renew(_Wish, frozen=True, kw_only=True, tag="renew"):
    """Buy the next term now; months, seats and method are the plan's unless given."""

    action: ClassVar[Action] = Action.RENEW
    months: Months | None = None
    seats: dict[Id, Seats] = {}
    method: Id | None = None
    purchase_order: Text = ""


class AutoRenew(_Wish, frozen=True, kw_only=True, tag="auto_renew"):
    """Turn automatic renewal on or off."""

    action: ClassVar[Action] = Action.AUTO_RENEW
    on: bool


class ChangeTerm(_Wish, frozen=True, kw_only=True, tag="change_term"):
    """Renew for another number of months."""

    action: ClassVar[Action] = Action.CHANGE_TERM
    months: Months


class AddSeats(_Wish, frozen=True, kw_only=True, tag="add_seats"):
    """Buy so many more seats, from today."""

    action: ClassVar[Action] = Action.ADD_SEATS
    seats: Seats
    purchase_order: Text = ""


class ReduceSeats(_Wish, frozen=True, kw_only=True, tag="reduce_seats"):
    """Renew with so many seats; ``losing`` are the people who give theirs up."""

    action: ClassVar[Action] = Action.REDUCE_SEATS
    # 0 is a wish that has an answer of its own: do not renew.
    seats: Annotated[int, msgspec.Meta(ge=0, le=SEATS_MAX)]
    losing: tuple[Id, ...] = ()


class Align(_Wish, frozen=True, kw_only=True, tag="align"):
    """Make the renewal days one: by default the latest of them."""

    action: ClassVar[Action] = Action.ALIGN
    target: date | None = None
    mode: Literal["stretch", "at_renewal"] = "stretch"
    purchase_order: Text = ""


class Switch(_Wish, frozen=True, kw_only=True, tag="switch"):
    """Renew as a collection; several subscriptions become one."""

    action: ClassVar[Action] = Action.SWITCH
    collection: Annotated[str, msgspec.Meta(max_length=40)]
    seats: Seats | None = None


class TradeIn(_Wish, frozen=True, kw_only=True, tag="trade_in"):
    """Renew as what an open campaign gives for these seats."""

    action: ClassVar[Action] = Action.TRADE_IN


class BusinessPlan(_Wish, frozen=True, kw_only=True, tag="business_plan"):
    """Cover the company's seats with the business plan; None covers what is not covered yet."""

    action: ClassVar[Action] = Action.BUSINESS_PLAN
    seats: Seats | None = None
    method: Id | None = None
    purchase_order: Text = ""


class PayWith(_Wish, frozen=True, kw_only=True, tag="payment_method"):
    """Pay the renewals with another method of the company."""

    action: ClassVar[Action] = Action.PAYMENT_METHOD
    method: Id


class BuyAgain(_Wish, frozen=True, kw_only=True, tag="buy_again"):
    """Buy anew, from today, what has expired."""

    action: ClassVar[Action] = Action.BUY_AGAIN
    months: Months | None = None
    seats: Seats | None = None
    method: Id | None = None
    automatic: bool = False
    purchase_order: Text = ""


class Return(_Wish, frozen=True, kw_only=True, tag="return"):
    """Give back what was bought last; None gives back all seats of it."""

    action: ClassVar[Action] = Action.RETURN
    seats: Seats | None = None


class ChangePartner(_Wish, frozen=True, kw_only=True, tag="change_partner"):
    """Have another partner, or none, look after the contract from now on."""

    action: ClassVar[Action] = Action.CHANGE_PARTNER
    partner: Id | None = None


Wish: TypeAlias = (
    Renew
    | AutoRenew
    | ChangeTerm
    | AddSeats
    | ReduceSeats
    | Align
    | Switch
    | TradeIn
    | BusinessPlan
    | PayWith
    | BuyAgain
    | Return
    | ChangePartner
)


def read_wish(sent: Mapping[str, Any]) -> Wish:
    """Read a wish from what was sent, types strictly.

    Raises:
        InvalidChoicesError: naming the place and what is wrong with it.
    """
    try:
        wish: Wish = msgspec.convert(sent, Wish, strict=True)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        raise InvalidChoicesError(place.rstrip("`"), NotReadable(reason)) from error
    if len(set(wish.subscriptions)) != len(wish.subscriptions):
        raise InvalidChoicesError("subscriptions", NamedTwice())
    return wish


def wish_as_stored(wish: Wish) -> dict[str, Any]:
    """The wish as it is stored with its change; ``read_wish`` reads it back."""
    stored: dict[str, Any] = msgspec.to_builtins(wish)
    return stored
