"""What the sandbox does with a payment method: its token carries the script.

A token is ``kind:last4:valid_through:code``, for example ``card:4242:2027-05:M00001``. Cards with
other last digits than those in the table succeed, like 4242.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.rules.payments import DeclineKind

_TOKEN = re.compile(
    r"(?P<kind>card|direct_debit):(?P<last4>[0-9]{4})?:"
    r"(?P<valid_through>[0-9]{4}-(?:0[1-9]|1[0-2]))?:(?P<code>.{1,128})",
)


class Fault(StrEnum):
    """What goes wrong around a charge or a refund of it, and around the webhook about it.

    All but the lies and ``ALWAYS_FAILS`` happen once per key.
    """

    FAILS_BEFORE = "500_before"
    FAILS_AFTER = "500_after"
    CLOSES_AFTER = "close_after_charge"
    HANGS_AFTER = "hang_after_charge"
    ALWAYS_FAILS = "always_500"
    SLOW = "slow"
    CONFLICT = "409_before"
    TOO_MANY = "429_before"
    LIES_ABOUT_AMOUNT = "lies_about_amount"
    LIES_ABOUT_CURRENCY = "lies_about_currency"
    LIES_ABOUT_ATTEMPT = "lies_about_attempt"
    HTML_ANSWER = "html_answer"
    EMPTY_ANSWER = "empty_answer"
    HUGE_ANSWER = "huge_answer"
    AMOUNT_AS_TEXT = "amount_as_text"
    AMOUNT_AS_FRACTION = "amount_as_fraction"
    NO_ID = "no_id"
    UNKNOWN_OUTCOME = "unknown_outcome"
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_OLD = "webhook_old"
    WEBHOOK_FORGED = "webhook_forged"
    WEBHOOKS_REORDERED = "webhooks_reordered"
    WEBHOOK_FIRST = "webhook_first"


@dataclass(frozen=True, slots=True)
class Script:
    """The outcome of each charge of a method, and the fault it meets on the way.

    ``bounces`` is why a pending charge is declined when its day comes; None if it succeeds.
    """

    outcome: ChargeOutcome = ChargeOutcome.SUCCEEDED
    decline: DeclineKind | None = None
    fault: Fault | None = None
    bounces: DeclineKind | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """A payment method as its token spells it; ``valid_through`` is a month like ``2027-05``."""

    kind: str
    last4: str
    valid_through: str
    code: str

    @property
    def token(self) -> str:
        """The text that ``read_method`` takes apart."""
        return f"{self.kind}:{self.last4}:{self.valid_through}:{self.code}"


def _declined(kind: DeclineKind) -> Script:
    return Script(ChargeOutcome.DECLINED, kind)


# The digits of the declines are those that payment people know from Stripe's test cards.
# docs/reference/sandbox-gateway.md shows the same table, and a test compares them.
SCRIPTS = {
    "4242": Script(),
    "0002": _declined(DeclineKind.DECLINED),
    "9995": _declined(DeclineKind.INSUFFICIENT_FUNDS),
    "9987": _declined(DeclineKind.LOST_CARD),
    "0069": _declined(DeclineKind.CARD_EXPIRED),
    "0019": _declined(DeclineKind.METHOD_REFUSED),
    "3184": _declined(DeclineKind.AUTHENTICATION_REQUIRED),
    "3220": Script(ChargeOutcome.PENDING, bounces=DeclineKind.AUTHENTICATION_REQUIRED),
    "5000": Script(ChargeOutcome.PENDING, bounces=DeclineKind.INSUFFICIENT_FUNDS),
    "5001": Script(fault=Fault.FAILS_BEFORE),
    "5002": Script(fault=Fault.FAILS_AFTER),
    "5003": Script(fault=Fault.CLOSES_AFTER),
    "5004": Script(fault=Fault.HANGS_AFTER),
    "5005": Script(fault=Fault.ALWAYS_FAILS),
    "5006": Script(fault=Fault.SLOW),
    "5007": Script(fault=Fault.CONFLICT),
    "5008": Script(fault=Fault.TOO_MANY),
    "5011": Script(fault=Fault.LIES_ABOUT_AMOUNT),
    "5012": Script(fault=Fault.LIES_ABOUT_CURRENCY),
    "5013": Script(fault=Fault.LIES_ABOUT_ATTEMPT),
    "5021": Script(fault=Fault.HTML_ANSWER),
    "5022": Script(fault=Fault.EMPTY_ANSWER),
    "5023": Script(fault=Fault.HUGE_ANSWER),
    "5024": Script(fault=Fault.AMOUNT_AS_TEXT),
    "5025": Script(fault=Fault.AMOUNT_AS_FRACTION),
    "5026": Script(fault=Fault.NO_ID),
    "5027": Script(fault=Fault.UNKNOWN_OUTCOME),
    "5031": Script(fault=Fault.WEBHOOK_TWICE),
    "5032": Script(fault=Fault.WEBHOOK_LATE),
    "5033": Script(fault=Fault.WEBHOOK_OLD),
    "5034": Script(fault=Fault.WEBHOOK_FORGED),
    "5035": Script(ChargeOutcome.PENDING, fault=Fault.WEBHOOKS_REORDERED),
    "5036": Script(fault=Fault.WEBHOOK_FIRST),
}
_SUCCEEDS = Script()
_EXPIRED = _declined(DeclineKind.CARD_EXPIRED)


def read_method(token: str) -> Method | None:
    """Take a token apart; None if it is not one the sandbox can charge.

    A card needs its month; the last digits may be unknown, and a direct debit has neither.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    method = Method(
        kind=match["kind"],
        last4=match["last4"] or "",
        valid_through=match["valid_through"] or "",
        code=match["code"],
    )
    if method.kind == "card" and not method.valid_through:
        return None
    return method


def script_for(method: Method, *, business_month: str) -> Script:
    """Decide what a charge in ``business_month`` (like ``2027-05``) does.

    A card is good through the last day of its month. A fault of an invalid card still happens,
    around the decline. What a direct debit does not refuse at once is pending.

    Source: docs/reference/sandbox-gateway.md, «Payment methods».
    """
    script = SCRIPTS.get(method.last4, _SUCCEEDS)
    if method.kind == "direct_debit":
        is_refused = script.outcome is ChargeOutcome.DECLINED
        return script if is_refused else replace(script, outcome=ChargeOutcome.PENDING)
    # Both are zero-padded ISO months, so their texts are in the order of time.
    if method.valid_through < business_month:
        return replace(_EXPIRED, fault=script.fault)
    return script
