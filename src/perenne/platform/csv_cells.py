"""Cells of CSV files as spreadsheets shall take them: text stays text."""

from decimal import Decimal

# A spreadsheet runs a cell that begins like this as a formula.
FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def text_cell(text: str) -> str:
    """A text that no spreadsheet runs: one apostrophe before what looks like a formula.

    An importer takes exactly that one off again.
    """
    return f"'{text}" if text.startswith(FORMULA_START) else text


def amount_cell(amount_minor: int, exponent: int) -> str:
    """An amount in whole units, exact, such as ``-5.00``; a number, so nothing is put before it."""
    return str(Decimal(amount_minor).scaleb(-exponent))
