"""What can be done with a subscription; each of these has a verdict."""

from collections.abc import Mapping
from enum import StrEnum


class Action(StrEnum):
    """A change that its customer may ask for; the values are stable codes."""

    RENEW = "renew"
    AUTO_RENEW = "auto_renew"
    CHANGE_TERM = "change_term"
    ADD_SEATS = "add_seats"
    REDUCE_SEATS = "reduce_seats"
    ALIGN = "align"
    SWITCH = "switch"
    TRADE_IN = "trade_in"
    BUSINESS_PLAN = "business_plan"
    PAYMENT_METHOD = "payment_method"
    BUY_AGAIN = "buy_again"
    RETURN = "return"
    CHANGE_PARTNER = "change_partner"
    ASSISTED = "assisted"


# Nothing but a missing role can refuse these: they are the way out of every other refusal.
ALWAYS_OPEN = frozenset({Action.BUY_AGAIN, Action.ASSISTED})
# What a subscription whose term is over, or that may not be used, still allows.
REPAIRS = frozenset({Action.RENEW, Action.PAYMENT_METHOD})
# Who may do it: the row of the permission matrix (rules/matrix.py).
MATRIX_ROWS: Mapping[Action, str] = {
    Action.RENEW: "quote.accept",  # renewing by hand accepts what was quoted on the page
    Action.AUTO_RENEW: "auto_renew.toggle",
    Action.CHANGE_TERM: "term.change",
    Action.ADD_SEATS: "seats.add",
    Action.REDUCE_SEATS: "seats.reduce",
    Action.ALIGN: "dates.align",
    Action.SWITCH: "collection.switch",
    Action.TRADE_IN: "trade_in.make",
    Action.BUSINESS_PLAN: "business_plan.change",
    Action.PAYMENT_METHOD: "subscription.change_method",
    Action.BUY_AGAIN: "subscription.buy_again",
    Action.RETURN: "subscription.return",
    Action.CHANGE_PARTNER: "partner.link",
    Action.ASSISTED: "contact.make",
}
