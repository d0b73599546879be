"""Reads the sandbox's requests strictly: every mistake is named, nothing is guessed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from perenne.billing.gateways.sandbox_server.outbox import Endpoint
from perenne.billing.gateways.sandbox_server.scripts import Method, read_method

if TYPE_CHECKING:
    from collections.abc import Mapping

# Far above any invoice, and far below where SQLite's 64-bit integers end.
AMOUNT_MINOR_MAX = 10**15
_ADDRESS_CHARACTERS_MAX = 2000
_ADDRESS = re.compile(r"https?://[!-~]+", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class InvalidRequestError(Exception):
    """A request that says something else than the sandbox understands: field and problem pairs."""

    def __init__(self, problems: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """A well-formed request to charge; ``business_day`` is an ISO date."""

    attempt_id: str
    amount_minor: int
    currency: str
    method: Method
    description: str
    business_day: str
    customer: str = ""
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """A well-formed request to give money back; an amount of 0 is everything that is left."""

    refund_id: str
    charge_id: str
    amount_minor: int
    currency: str


def read_charge_order(body: bytes) -> ChargeOrder:
    """Read the body of ``POST /v1/charges``.

    Raises:
        InvalidRequestError: with all mistakes at once.
    """
    fields = Fields(json_object(body))
    token = fields.text("method_token", most=200)
    method = read_method(token)
    if token and method is None:
        fields.refuse("method_token", "must look like card:4242:2027-05:CODE")
    order = ChargeOrder(
        attempt_id=fields.text("attempt_id", most=100),
        amount_minor=fields.whole("amount_minor", least=1, most=AMOUNT_MINOR_MAX),
        currency=fields.currency("currency"),
        method=method or Method("", "", "", ""),
        description=fields.text("description", most=500, least=0),
        business_day=fields.day("business_day"),
    )
    fields.finish()
    return order


def read_refund_order(body: bytes) -> RefundOrder:
    """Read the body of ``POST /v1/refunds``.

    Raises:
        InvalidRequestError: with all mistakes at once.
    """
    fields = Fields(json_object(body))
    order = RefundOrder(
        refund_id=fields.text("refund_id", most=100),
        charge_id=fields.text("charge_id", most=100),
        amount_minor=fields.whole("amount_minor", least=1, most=AMOUNT_MINOR_MAX),
        currency=fields.currency("currency"),
    )
    fields.finish()
    return order


def read_settlement(body: bytes) -> bool:
    """Read the body of a settlement; True if the pending charge shall succeed.

    Raises:
        InvalidRequestError: if it names neither ``succeeded`` nor ``declined``.
    """
    fields = Fields(json_object(body))
    outcome = fields.choice("outcome", ("succeeded", "declined"))
    fields.finish()
    return outcome == "succeeded"


def read_business_day(body: bytes) -> str:
    """Read the body of ``POST /v1/clock``.

    Raises:
        InvalidRequestError: if it names no day.
    """
    fields = Fields(json_object(body))
    day = fields.day("business_day")
    fields.finish()
    return day


def read_endpoint(body: bytes) -> Endpoint | None:
    """Read the body of ``POST /v1/webhook``; None if nobody shall be told any more.

    Raises:
        InvalidRequestError: with all mistakes at once.
    """
    fields = Fields(json_object(body))
    url = fields.web_address("url", may_be_empty=True)
    words = fields.choice("format", ("sandbox", "stripe"))
    fields.finish()
    return Endpoint(url, words) if url else None


def json_object(body: bytes) -> dict[str, object]:
    """Parse one JSON object in UTF-8: no name twice, no fraction, no NaN.

    Raises:
        InvalidRequestError: if ``body`` is anything else.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique_names,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _BodyError) else "is not JSON in UTF-8"
        raise InvalidRequestError((("body", reason),)) from None
    if not isinstance(value, dict):
        raise InvalidRequestError((("body", "must be a JSON object"),))
    return value


class Fields:
    """Reads named values of one object and collects what is wrong with them."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._unread = dict(values)
        self._problems: list[tuple[str, str]] = []

    def refuse(self, name: str, problem: str) -> None:
        """Note one mistake."""
        self._problems.append((name, problem))

    def text(self, name: str, *, most: int, least: int = 1) -> str:
        """Read printable text of ``least`` to ``most`` characters; empty if it is wrong."""
        value = self._unread.pop(name, None)
        if not isinstance(value, str):
            self.refuse(name, "must be text")
        elif not least <= len(value) <= most:
            self.refuse(name, f"must have {least} to {most} characters")
        elif any(not (sign.isprintable() or sign == " ") for sign in value):
            # Also turns away NUL and lone surrogates, which no database stores.
            self.refuse(name, "must have printable characters only")
        else:
            return value
        return ""

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Read one of a few words; the first of them if it is wrong."""
        value = self._unread.pop(name, None)
        if isinstance(value, str) and value in allowed:
            return value
        self.refuse(name, f"must be {' or '.join(allowed)}")
        return allowed[0]

    def choices(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Read a list of one or more of a few words, each at most once."""
        value = self._unread.pop(name, None)
        if isinstance(value, list) and value and all(word in allowed for word in value):
            return tuple(dict.fromkeys(value))
        self.refuse(name, f"must be a list of {' or '.join(allowed)}")
        return allowed

    def web_address(self, name: str, *, may_be_empty: bool = False) -> str:
        """Read an absolute address of the web; empty if it is wrong."""
        value = self._unread.pop(name, None)
        if may_be_empty and value == "":
            return ""
        if isinstance(value, str) and is_web_address(value):
            return value
        self.refuse(name, "must be an address like https://portal.example/path")
        return ""

    def whole(self, name: str, *, least: int, most: int) -> int:
        """Read a whole number, both bounds included; ``least`` if it is wrong."""
        value = self._unread.pop(name, None)
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(name, "must be a whole number")
        elif not least <= value <= most:
            self.refuse(name, f"must be from {least} to {most}")
        else:
            return value
        return least

    def currency(self, name: str) -> str:
        """Read the code of a currency: three capital letters."""
        value = self._unread.pop(name, None)
        if isinstance(value, str) and _CURRENCY.fullmatch(value):
            return value
        self.refuse(name, "must be three capital letters")
        return ""

    def day(self, name: str) -> str:
        """Read a calendar day like ``2027-05-31``."""
        value = self._unread.pop(name, None)
        if isinstance(value, str) and _DAY.fullmatch(value) and _is_day(value):
            return value
        self.refuse(name, "must be a day like 2027-05-31")
        return ""

    def finish(self) -> None:
        """End the reading; names that nobody read are mistakes too.

        Raises:
            InvalidRequestError: if anything was wrong.
        """
        unknown = [(name[:60], "is unknown") for name in list(self._unread)[:10]]
        if self._problems or unknown:
            raise InvalidRequestError((*self._problems, *unknown))


class _BodyError(ValueError):
    """A mistake in the JSON that has better words than the parser's."""


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _BodyError("has a name twice")
    return values


def _no_fraction(_text: str) -> NoReturn:
    raise _BodyError("has a number that is not whole")


def is_web_address(text: str) -> bool:
    """Whether a browser may be sent to ``text``."""
    if len(text) > _ADDRESS_CHARACTERS_MAX or not _ADDRESS.fullmatch(text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
