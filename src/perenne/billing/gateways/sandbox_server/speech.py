"""The sandbox's own words: JSON objects, and problem documents (RFC 9457) for refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from perenne.billing.gateways.sandbox_server.charging import Refusal
from perenne.billing.gateways.sandbox_server.http import Reply, json_reply, problem
from perenne.billing.gateways.sandbox_server.scripts import Fault

if TYPE_CHECKING:
    from perenne.billing.gateways.sandbox_server.book import Charge, Refund
    from perenne.billing.gateways.sandbox_server.setup_book import EnteredMethod, Setup

_SHOWN = (
    "id",
    "attempt_id",
    "amount_minor",
    "currency",
    "outcome",
    "decline",
    "description",
    "business_day",
    "refunded_minor",
)
# What stands in the way now and will be gone in a moment.
PASSING = frozenset({Refusal.CONFLICT, Refusal.KEY_IN_USE, Refusal.TOO_MANY})
_REFUSALS = {
    Refusal.SCRIPTED_FAILURE: (500, "nothing was charged"),
    Refusal.OUTCOME_LOST: (500, "nobody can tell whether it was charged"),
    Refusal.CONFLICT: (409, "another request is at work on this"),
    Refusal.TOO_MANY: (429, "too many requests in this second"),
    Refusal.KEY_IN_USE: (409, "the same key is being worked on"),
    Refusal.KEY_MISUSED: (409, "the key was used for another request before"),
    Refusal.NO_CHARGE: (404, "there is no such charge"),
    Refusal.NOT_REFUNDABLE: (422, "only a succeeded charge goes back, in its own currency"),
    Refusal.REFUND_EXCEEDS: (422, "more would go back than was collected"),
}
assert set(_REFUSALS) == set(Refusal), "every refusal has words"


class OwnSpeech:
    """Words for the sandbox's own client; ``address`` is where this server is reached."""

    keeps_failures = False

    def __init__(self, address: str) -> None:
        self._address = address

    def key(self, key: str) -> str:
        """Name the key in the book as it came."""
        return key

    def charge(self, charge: Charge) -> dict[str, object]:
        """Show a charge, with the page where its payer confirms it, if it waits for that."""
        shown = charge._asdict()
        url = f"{self._address}/authenticate/{charge.id}" if charge.waits_for_payer else ""
        return {**{name: shown[name] for name in _SHOWN}, "authenticate_url": url}

    def charged(self, charge: Charge, fault: Fault | None) -> Reply:
        """Tell a charge, or lie about it."""
        told = self.charge(charge)
        if fault is Fault.LIES_ABOUT_ATTEMPT:
            told["attempt_id"] = f"not_{charge.attempt_id}"
        elif fault is Fault.UNKNOWN_OUTCOME:
            told["outcome"] = "reticulating"
        return json_reply(200, twisted(told, fault, amount="amount_minor"))

    def refunded(self, refund: Refund, fault: Fault | None) -> Reply:
        """Tell a refund, or lie about it."""
        told: dict[str, object] = dict(refund._asdict())
        if fault is Fault.LIES_ABOUT_ATTEMPT:
            told["charge_id"] = f"not_{refund.charge_id}"
        return json_reply(200, twisted(told, fault, amount="amount_minor"))

    def setup(self, setup: Setup, method: EnteredMethod | None) -> dict[str, object]:
        """Show a set-up, with the method that was entered."""
        shown: dict[str, object] = {
            "id": setup.id,
            "company_id": setup.company_id,
            "state": setup.state,
            "url": f"{self._address}/setup/{setup.id}",
            "method": None,
        }
        if method is not None:
            kind, last4, valid_through, _ = method.token.split(":", 3)
            shown["method"] = {
                "kind": kind,
                "last4": last4,
                "valid_through": valid_through,
                "token": method.token,
            }
        return shown

    def refused(self, refusal: Refusal, key: str) -> Reply:  # noqa: ARG002 - other formats name it
        """Say why nothing was done, or that nobody knows."""
        status, detail = _REFUSALS[refusal]
        reply = problem(status, refusal, detail)
        return replace(reply, headers={"Retry-After": "1"}) if refusal in PASSING else reply


def twisted(told: dict[str, object], fault: Fault | None, *, amount: str) -> dict[str, object]:
    """Twist what is told in the way that ``fault`` asks for.

    Args:
        told: the true object; it has ``currency`` and ``id``.
        fault: others than lies and broken fields change nothing.
        amount: the name of the field with the amount.
    """
    true_minor = told[amount]
    assert isinstance(true_minor, int), "the book has whole numbers only"
    match fault:
        case Fault.LIES_ABOUT_AMOUNT:
            return {**told, amount: true_minor + 1}
        case Fault.LIES_ABOUT_CURRENCY:
            is_dollar = str(told["currency"]).upper() == "USD"
            return {**told, "currency": "EUR" if is_dollar else "USD"}
        case Fault.AMOUNT_AS_TEXT:
            return {**told, amount: str(true_minor)}
        case Fault.AMOUNT_AS_FRACTION:
            return {**told, amount: float(true_minor)}
        case Fault.NO_ID:
            return {name: value for name, value in told.items() if name != "id"}
        case _:
            return told
