"""`perenne import catalogue` and `perenne import book`."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from perenne.cli.days import DAY
from perenne.cli.home import needs_home
from perenne.importing.book import BookImport, import_book
from perenne.importing.catalogue import import_catalogue
from perenne.importing.errors import ImportRefusedError
from perenne.platform.clock import clock

_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_EXISTING_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)
_LISTED = 20


@click.group("import")
def import_group() -> None:
    """Import a catalogue or a book: whole or nothing, every mistake at once."""


@import_group.command("catalogue")
@click.argument("file", type=_EXISTING_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs_home
def catalogue_command(file: Path, as_json: bool) -> None:
    """Publish regions, products, prices, campaigns and policies from a YAML FILE."""
    with _refusals(as_json=as_json):
        done = import_catalogue(file, now=clock().now())
    if as_json:
        click.echo(json.dumps({"published": done.published}))
    elif done.published:
        click.echo(f"{len(done.published)} parts published.")
    else:
        click.echo("Everything was on file already; nothing was changed.")


@import_group.command("book")
@click.argument("directory", type=_EXISTING_DIRECTORY)
@click.option("--encoding", default="utf-8", help="Of the CSV files, such as big5.")
@click.option("--as-of", type=DAY, help="First business day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs_home
def book_command(directory: Path, encoding: str, as_of: datetime | None, as_json: bool) -> None:
    """Import companies, people, contracts and subscriptions from the CSV files in DIRECTORY."""
    with _refusals(as_json=as_json), _progress() as advance:
        done = import_book(
            directory,
            encoding=encoding,
            as_of=None if as_of is None else as_of.date(),
            now=clock().now(),
            progress=advance,
        )
    if as_json:
        click.echo(json.dumps(_as_json(done)))
    else:
        _print(done)


def _as_json(done: BookImport) -> dict[str, object]:
    return {
        "as_of": done.as_of.isoformat(),
        "read": done.read,
        "new": done.new,
        "unverified_tax_ids": done.unverified_tax_ids,
    }


def _print(done: BookImport) -> None:
    if done.changed_nothing:
        click.echo("Everything was on file already; nothing was changed.")
    else:
        counts = ", ".join(
            f"{done.new[name]} {name.replace('_', ' ')}" for name in done.read if done.new.get(name)
        )
        click.echo(f"Imported as of {done.as_of}: {counts}.")
    if done.unverified_tax_ids:
        listed = ", ".join(done.unverified_tax_ids[:_LISTED])
        more = len(done.unverified_tax_ids) - _LISTED
        click.echo(
            f"{len(done.unverified_tax_ids)} tax ids fail their check and are kept as unverified: "
            f"{listed}{f' and {more} more' if more > 0 else ''}"
        )


@contextmanager
def _refusals(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except ImportRefusedError as refused:
        if not as_json:
            raise
        click.echo(json.dumps(refused.to_json()))
        raise SystemExit(1) from refused


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed} rows"),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        tasks: dict[str, int] = {}

        def advance(file: str, rows: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=None)
            bar.update(tasks[file], advance=rows)  # type: ignore[arg-type]

        yield advance
