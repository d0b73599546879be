"""For what money on a bank statement was sent: by number, by reference, or by who sent how much."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from perenne.rules.transfers import references_in

_NUMBER = re.compile(r"(?<![A-Z0-9])([A-Z])[^A-Z0-9]{0,3}0*([1-9][0-9]{0,9})(?![0-9])", re.ASCII)


class MatchedBy(StrEnum):
    """How it was known what money is for."""

    NUMBER = "number"
    REFERENCE = "reference"
    AMOUNT = "amount"
    HAND = "hand"


class NoMatch(StrEnum):
    """Why a person has to say what money is for."""

    NOTHING_NAMED = "nothing_named"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankMoney:
    """Money that came in, as the bank tells of it; ``amount_minor`` is positive."""

    amount_minor: int
    currency: str
    payer: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """An invoice, or a reserved change that waits for its money.

    ``name`` is the invoice's number such as ``R-000012``, or the reference. ``holder`` is whose
    credit pays for it. ``payers`` are the names under which its buyer sends money.
    """

    id: str
    is_transfer: bool
    name: str
    currency: str
    open_minor: int
    due_on: date
    holder: str
    payers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """What the money is for, in the order in which it is paid."""

    payables: tuple[Payable, ...]
    by: MatchedBy


Found: TypeAlias = Match | NoMatch


def numbers_in(text: str) -> tuple[tuple[str, int], ...]:
    """Numbers of invoices in a bank's text, as series and number; zeros and spacing don't matter.

    Source: docs/explanation/money.md, «Bank statements».
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    return tuple(
        dict.fromkeys((found[1], int(found[2])) for found in _NUMBER.finditer(plain)),
    )


def payer_key(name: str) -> str:
    """A name as it is compared: letters and digits alone, in one case and one width."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if char.isalnum())


def match_money(money: BankMoney, payables: Sequence[Payable]) -> Found:
    """Find what money is for: what its text names, else what its sender owes to the unit.

    A number that two sellers gave is told apart by the payer, then by the amount. Nothing is
    guessed: what stays ambiguous waits for a person.

    Source: docs/explanation/money.md, «Bank statements».
    """
    known = [one for one in payables if one.currency == money.currency]
    wanted = {f"{series}-{number:06d}" for series, number in numbers_in(money.text)}
    references = set(references_in(money.text))
    named = [one for one in known if one.name in (references if one.is_transfer else wanted)]
    if named:
        return _told_apart(money, named)
    exact = [
        one
        for one in known
        if one.open_minor == money.amount_minor and payer_key(money.payer) in one.payers
    ]
    if not exact:
        return NoMatch.NOTHING_NAMED
    return Match(tuple(exact), MatchedBy.AMOUNT) if len(exact) == 1 else NoMatch.AMBIGUOUS


def _told_apart(money: BankMoney, named: Sequence[Payable]) -> Found:
    by_name: dict[str, list[Payable]] = {}
    for one in named:
        by_name.setdefault(one.name, []).append(one)
    chosen = [one for alike in by_name.values() for one in _only_one(money, alike)]
    if len(chosen) < len(by_name):
        return NoMatch.AMBIGUOUS
    chosen.sort(key=lambda one: (not one.is_transfer, one.due_on, one.name))
    is_reference = any(one.is_transfer for one in chosen)
    return Match(tuple(chosen), MatchedBy.REFERENCE if is_reference else MatchedBy.NUMBER)


def _only_one(money: BankMoney, alike: Sequence[Payable]) -> Sequence[Payable]:
    """The one of several of a name that is meant; none if nobody can tell."""
    if len(alike) > 1:
        alike = [one for one in alike if payer_key(money.payer) in one.payers] or alike
    if len(alike) > 1:
        alike = [one for one in alike if one.open_minor == money.amount_minor]
    return alike if len(alike) == 1 else ()


@dataclass(frozen=True, slots=True)
class Spread:
    """What each payable gets of the money, in minor units, and what nobody asks for."""

    parts: tuple[tuple[Payable, int], ...]
    surplus_minor: int


def spread_money(
    amount_minor: int, payables: Sequence[Payable], *, credit: Mapping[str, int]
) -> Spread:
    """Pay in order: an invoice also in part, a reserved change only if all of it is there.

    Credit that the buyer has may make a transfer whole, because what came too short earlier was
    kept as credit.

    Args:
        credit: what each holder has, in minor units.

    Source: docs/explanation/money.md, «Bank transfers».
    """
    left = amount_minor
    credit_left = dict(credit)
    parts = []
    for one in payables:
        missing = max(0, one.open_minor - left)
        if one.is_transfer and missing > credit_left.get(one.holder, 0):
            continue
        part = min(left, one.open_minor)
        if one.is_transfer and missing:
            credit_left[one.holder] -= missing
        if part or one.is_transfer:
            parts.append((one, part))
        left -= part
    return Spread(tuple(parts), left)
