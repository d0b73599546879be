"""Read a bank statement: whole or nothing, and a second time without effect."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from perenne.billing.bank import StatementLine, is_on_file, known_lines
from perenne.catalog.queries import regions
from perenne.importing import values
from perenne.importing.errors import Problem, Problems
from perenne.importing.reading import Read, checked_rows, codec_of
from perenne.importing.tables import Table
from perenne.importing.values import BadValueError, required
from perenne.platform.bulk import select
from perenne.platform.occasion import Occasion
from perenne.renewals.operations.receiving import Received, take_in
from perenne.rules.money import parse_amount

_REFERENCE_MAX = 100
_TEXT_MAX = 1000
_AMOUNT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)


def _signed_amount(cell: str) -> str:
    """An amount as the bank writes it; how many decimals it may have depends on its currency."""
    if not _AMOUNT.fullmatch(cell):
        raise BadValueError("is not an amount like 467.00, or -12.50 for money that went out")
    return cell


# docs/reference/bank-statements.md shows the same columns, and a test compares them.
COLUMNS: Mapping[str, values.Reader] = {
    "reference": required(partial(values.text, longest=_REFERENCE_MAX)),
    "booked_on": required(values.day),
    "amount": required(_signed_amount),
    "currency": required(values.code),
    "payer": values.text,
    "text": partial(values.text, longest=_TEXT_MAX),
}


@dataclass(frozen=True, slots=True)
class StatementImport:
    """What became of a file: lines read, those that were on file, and what the new ones were."""

    read: int
    known: int
    received: tuple[Received, ...]


def import_statement(
    path: Path, *, account: str, occasion: Occasion, encoding: str = "utf-8"
) -> StatementImport:
    """Take a statement's lines in and book what they are for.

    The same file again changes nothing, and neither does a line that an earlier file had.

    Raises:
        ImportRefusedError: with every mistake; nothing was written.

    Source: docs/explanation/money.md, «Bank statements».
    """
    problems = Problems()
    with transaction.atomic():
        # Two imports at once would both find a line new; they take turns instead.
        select("select pg_advisory_xact_lock(%s)", [0x4241_4E4B])
        lines, read = _read(path, encoding, problems)
        problems.refuse_if_any()
        digest = read.digest.hexdigest()
        if is_on_file(account, digest):
            return StatementImport(read=read.rows, known=read.rows, received=())
        known = known_lines(account, [line.reference for line in lines])
        _refuse_other_content(path.name, lines, known, problems)
        new = [line for line in lines if line.reference not in known]
        received = take_in(new, account=account, file=path.name, digest=digest, occasion=occasion)
    return StatementImport(read=read.rows, known=len(lines) - len(new), received=tuple(received))


def _read(path: Path, encoding: str, problems: Problems) -> tuple[list[StatementLine], Read]:
    codec = codec_of(encoding, problems)
    read = Read()
    table = Table(path.name.removesuffix(".csv"), COLUMNS, {})
    exponents = {one.currency.code: one.currency.exponent for one in regions().values()}
    lines: list[StatementLine] = []
    seen: dict[str, int] = {}
    for number, row in checked_rows(path, table, codec, problems, read):
        if row is None:
            continue
        line = _line(row | {"line": number}, exponents, table.file, problems)
        if line is None:
            continue
        if line.reference in seen:
            reason = f"stands in line {seen[line.reference]} already; the bank gives it once"
            problems.add(Problem(table.file, number, "reference", line.reference, reason))
        seen.setdefault(line.reference, number)
        lines.append(line)
    return lines, read


def _line(
    row: dict[str, Any], exponents: Mapping[str, int], file: str, problems: Problems
) -> StatementLine | None:
    """The row as a line; None if its amount is none of its currency."""
    amount: str = row.pop("amount")
    exponent = exponents.get(row["currency"])
    if exponent is None:
        reason = f"is no currency of a region: {', '.join(sorted(exponents))}"
        problems.add(Problem(file, row["line"], "currency", row["currency"], reason))
        return None
    try:
        size = parse_amount(amount.removeprefix("-"), exponent=exponent, step_minor=1)
    except ValueError as error:
        problems.add(Problem(file, row["line"], "amount", amount, str(error)))
        return None
    if not size:
        problems.add(Problem(file, row["line"], "amount", amount, "is nothing; leave the line out"))
        return None
    return StatementLine(amount_minor=-size if amount.startswith("-") else size, **row)


def _refuse_other_content(
    file: str,
    lines: Sequence[StatementLine],
    known: Mapping[str, StatementLine],
    problems: Problems,
) -> None:
    """A reference that was taken in before must be the same line again."""
    for line in lines:
        before = known.get(line.reference)
        if before is not None and replace(before, line=line.line) != line:
            reason = "was taken in before with other content; a bank line never changes"
            problems.add(Problem(file, line.line, "reference", line.reference, reason))
    problems.refuse_if_any()
