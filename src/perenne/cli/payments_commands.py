"""`perenne payments`: money that came by bank."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from perenne.billing.bank import KeptLine, set_line_aside, unmatched_lines
from perenne.cli.home import needs_home
from perenne.cli.money_values import asked_by, occasion_of
from perenne.importing.bank_statement import import_statement
from perenne.importing.errors import ImportRefusedError
from perenne.platform.display import money_text
from perenne.platform.writing import atomic
from perenne.renewals.operations.receiving import Received, match_again, match_by_hand

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("payments")
def payments_group() -> None:
    """Take bank statements in, and say what is for whom."""


@payments_group.command("import")
@click.argument("file", type=_FILE)
@click.option("--account", default="main", help="Which of the vendor's bank accounts.")
@click.option("--encoding", default="utf-8", help="Of the file, such as big5.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@asked_by
@needs_home
def import_command(file: Path, account: str, encoding: str, as_json: bool, by: str) -> None:
    """Take in the bank statement FILE, a CSV: whole or nothing; again changes nothing."""
    try:
        done = import_statement(file, account=account, encoding=encoding, occasion=occasion_of(by))
    except ImportRefusedError as refused:
        if not as_json:
            raise
        click.echo(json.dumps(refused.to_json()))
        raise SystemExit(1) from refused
    counts = {"read": done.read, "known": done.known, **_counted(done.received)}
    if as_json:
        click.echo(json.dumps(counts))
        return
    click.echo(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))


def _counted(received: "tuple[Received, ...] | list[Received]") -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in received:
        counts[one.by.value] = counts.get(one.by.value, 0) + 1
    return dict(sorted(counts.items()))


@payments_group.command("unmatched")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@needs_home
def unmatched_command(as_json: bool) -> None:
    """List money that came in and is nobody's payment yet."""
    lines = unmatched_lines()
    if as_json:
        for line in lines:
            click.echo(json.dumps(_as_json(line), ensure_ascii=False))
        return
    table = Table("line", "booked", "amount", "payer", "text")
    for line in lines:
        amount = money_text(line.told.amount_minor, line.told.currency, locale="en")
        table.add_row(
            line.id, line.told.booked_on.isoformat(), amount, line.told.payer, line.told.text
        )
    Console().print(table)


def _as_json(line: KeptLine) -> dict[str, object]:
    return {
        "line": line.id,
        "reference": line.told.reference,
        "booked_on": line.told.booked_on.isoformat(),
        "amount_minor": line.told.amount_minor,
        "currency": line.told.currency,
        "payer": line.told.payer,
        "text": line.told.text,
    }


@payments_group.command("match")
@click.argument("line")
@click.option("--for", "names", multiple=True, help="Invoice number or reference; repeatable.")
@click.option("--company", default="", help="Whose credit the rest becomes, by company code.")
@asked_by
@needs_home
def match_command(line: str, names: tuple[str, ...], company: str, by: str) -> None:
    """Book bank line LINE for what you say."""
    match_by_hand(line, names=names, company=company, occasion=occasion_of(by))
    click.echo(f"Booked {line}.")


@payments_group.command("match-again")
@asked_by
@needs_home
def match_again_command(by: str) -> None:
    """Look again at every line that is nobody's payment yet."""
    found = _counted(match_again(occasion=occasion_of(by)))
    click.echo(", ".join(f"{count} {name}" for name, count in found.items()) or "Nothing waits.")


@payments_group.command("set-aside")
@click.argument("line")
@click.option("--reason", required=True, help="Why it is no customer's payment.")
@asked_by
@needs_home
def set_aside_command(line: str, reason: str, by: str) -> None:
    """Say that bank line LINE is no customer's payment."""
    with atomic("aside"):
        set_line_aside(line, reason=reason, occasion=occasion_of(by))
    click.echo(f"Set {line} aside.")
