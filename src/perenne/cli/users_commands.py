"""`perenne users`: give seats by a list, and take them back, with what became of each row."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from perenne.accounts.queries import Member
from perenne.cli.acting import acting, member_with
from perenne.cli.home import needs_home
from perenne.platform.clock import clock
from perenne.seats.errors import SeatsRefusedError
from perenne.seats.operations.listing import (
    RowOutcome,
    RowState,
    assign_listed,
    unassign_listed,
)
from perenne.seats.queries import seat_naming
from perenne.seats.sheet_words import row_text, sheet_mistake_text
from perenne.seats.sheets import SheetError, SheetRow, read_sheet
from perenne.seats.wording import SeatNaming, seat_reason_text

EXIT_NOT_ELIGIBLE = 4
EXIT_PARTIAL = 8


@click.group("users")
def users_group() -> None:
    """Give people seats by a list, and take them back."""


def _listed(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object a row."),
        click.option("--lang", type=click.Choice(["en", "zh-Hant"]), default="en"),
        click.option("--dry-run", is_flag=True, help="Only say what would become of each row."),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        command = option(command)
    return command


@users_group.command("assign")
@_listed
@acting
@click.option("--waits", is_flag=True, help="Whoever finds no free seat waits for one.")
@needs_home
def assign_command(
    file: Path, code: str, lang: str, *, dry_run: bool, as_json: bool, waits: bool
) -> None:
    """Give the seats in FILE, a CSV with the columns email and product.

    A product is named by its code or name. Exits with 8 if some rows were refused, with 4 if all
    were.
    """

    def work(rows: list[SheetRow], by: Member) -> list[RowOutcome]:
        return assign_listed(rows, by=by, now=clock().now(), waits=waits, dry_run=dry_run)

    _do(file, member_with(code), work, lang=lang, as_json=as_json)


@users_group.command("unassign")
@_listed
@acting
@needs_home
def unassign_command(file: Path, code: str, lang: str, *, dry_run: bool, as_json: bool) -> None:
    """Take back the seats in FILE, a CSV with the columns email and product.

    Whoever waits gets them at once. Exits with 8 if some rows were refused, with 4 if all were.
    """

    def work(rows: list[SheetRow], by: Member) -> list[RowOutcome]:
        return unassign_listed(rows, by=by, now=clock().now(), dry_run=dry_run)

    _do(file, member_with(code), work, lang=lang, as_json=as_json)


def _do(
    file: Path,
    by: Member,
    work: Callable[[list[SheetRow], Member], list[RowOutcome]],
    *,
    lang: str,
    as_json: bool,
) -> None:
    naming = seat_naming(by, lang)
    try:
        outcomes = work(read_sheet(file.read_bytes()), by)
    except SheetError as error:
        raise SheetError(error.mistake, sheet_mistake_text(error.mistake, naming)) from error
    except SeatsRefusedError as refused:
        for refusal in refused.refusals:
            click.echo(f"{refusal.code}: {seat_reason_text(refusal, naming)}", err=True)
        raise SystemExit(EXIT_NOT_ELIGIBLE) from refused
    _print(outcomes, naming, as_json=as_json)
    refused_rows = [one for one in outcomes if one.state is RowState.REFUSED]
    if refused_rows:
        is_all = len(refused_rows) == len(outcomes)
        raise SystemExit(EXIT_NOT_ELIGIBLE if is_all else EXIT_PARTIAL)


def _print(outcomes: Sequence[RowOutcome], naming: SeatNaming, *, as_json: bool) -> None:
    if as_json:
        for one in outcomes:
            click.echo(json.dumps(_as_json(one, naming), ensure_ascii=False))
        return
    table = Table("line", "email", "product", "result")
    for one in outcomes:
        table.add_row(str(one.row.line), one.row.email, one.row.product, row_text(one, naming))
    Console().print(table)


def _as_json(outcome: RowOutcome, naming: SeatNaming) -> dict[str, object]:
    return {
        "line": outcome.row.line,
        "email": outcome.row.email,
        "product": outcome.row.product,
        "state": outcome.state,
        "code": outcome.refusal.code if outcome.refusal else "",
        "text": row_text(outcome, naming),
    }
