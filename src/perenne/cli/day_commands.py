"""`perenne run` and `perenne advance`: business days."""

import json
import sys
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import click
from django.conf import settings
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from perenne.cli.days import DAY
from perenne.cli.home import needs_home
from perenne.daily.advancing import advance, days_to_advance
from perenne.daily.running import run_to
from perenne.daily.summary import summary_of
from perenne.notices.delivery import deliver_waiting
from perenne.platform.clock import clock
from perenne.platform.display import money_text
from perenne.platform.settling import settle_in

_COLUMNS = ("day", "reminders", "renewed", "declined", "past due", "expired", "amounts (net)")
_WIDE = 150


@click.command("run")
@click.option("--day", type=DAY, required=True, help="Business day to finish, YYYY-MM-DD.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a day.")
@needs_home
def run_command(day: datetime, as_json: bool) -> None:
    """Run one business day in every region, missed days first; a finished day changes nothing."""
    wanted = day.date()
    settle_in()
    now = clock().now()
    days = run_to(wanted, now=now)
    deliver_waiting(now=now)
    if not days:
        click.echo(f"{wanted} is already finished; nothing was run.", err=True)
    _print((summary_of(one) for one in days or [wanted]), as_json=as_json)


@click.command("advance")
@click.option("--days", type=click.IntRange(1, 36_525), help="How many business days to run.")
@click.option("--to", type=DAY, help="Last business day to run, YYYY-MM-DD.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a day.")
@needs_home
def advance_command(days: int | None, to: datetime | None, as_json: bool) -> None:
    """Turn the demo's clock and run each business day that it passes."""
    if (days is None) is (to is None):
        raise click.UsageError("give either --days N or --to DATE")
    if settings.PERENNE_MODE != "demo":
        raise click.UsageError("only a demo's clock can be turned; a live one runs by itself")
    wanted = days_to_advance(days=days, to=None if to is None else to.date())
    if not wanted:
        click.echo("Nothing to run: that day is already finished.", err=True)
    settle_in()
    _print(_advancing(wanted), as_json=as_json)


def _advancing(days: list[date]) -> Iterable[dict[str, Any]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Business days", total=len(days))
        for day in advance(days):
            progress.update(task, advance=1, description=f"{day}")
            yield summary_of(day)


def _print(summaries: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        for summary in summaries:
            click.echo(json.dumps(summary))
        return
    console = Console() if sys.stdout.isatty() else Console(width=_WIDE)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False)
    for name in _COLUMNS:
        is_text = name in ("day", _COLUMNS[-1])
        table.add_column(name, justify="left" if is_text else "right", no_wrap=True)
    # An amount is never cut: side by side where there is room, else one below the other.
    between = "  " if console.width >= _WIDE else "\n"
    for summary in summaries:
        table.add_row(*_cells(summary, between))
    console.print(table)


def _cells(summary: dict[str, Any], between: str) -> list[str]:
    counts = [str(summary[name]) for name in ("reminders", "renewed", "declined", "past_due")]
    amounts = between.join(
        money_text(amount, currency, locale="en") for currency, amount in summary["amounts"].items()
    )
    return [summary["day"], *counts, str(summary["expired"]), amounts]
