"""`perenne reconcile`, `export`, `period`, `partners` and `unpark`: keeping the books."""

import json
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from perenne.billing.book_queries import partner_statement, totals_of
from perenne.billing.closing import close_period
from perenne.billing.comparing import compare_books
from perenne.billing.errors import BooksError
from perenne.billing.exporting import export_ledger
from perenne.cli.days import DAY
from perenne.cli.home import needs_home
from perenne.cli.money_values import asked_by, occasion_of
from perenne.daily.jobs import reconcile_all
from perenne.daily.queries import marks
from perenne.partners.models import Partner
from perenne.platform.clock import clock
from perenne.platform.display import money_text
from perenne.renewals.operations.parking import unpark
from perenne.subscriptions.models import Subscription


@click.command("reconcile")
@click.option("--only-compare", is_flag=True, help="Ask about nothing; only compare the books.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs_home
def reconcile_command(only_compare: bool, as_json: bool) -> None:
    """Settle what has no answer, then compare the gateway's book with ours, one to one.

    Exit code 1 if something differs.
    """
    if not only_compare:
        reconcile_all(clock().now())
    found = compare_books()
    if as_json:
        told = [{name: getattr(one, name) for name in one.__slots__} for one in found.differences]
        click.echo(
            json.dumps({"gateway": found.gateway, "charges": found.charges, "differences": told})
        )
    else:
        for one in found.differences:
            theirs, ours = (
                money_text(amount, one.currency, locale="en")
                for amount in (one.theirs_minor, one.ours_minor)
            )
            click.echo(f"{one.what} {one.key} {one.charge}: gateway {theirs}, ours {ours}")
        click.echo(
            f"{found.charges} charges of gateway {found.gateway} compared, "
            f"{len(found.differences)} differences"
        )
    if found.differences:
        raise SystemExit(1)


@click.group("export")
def export_group() -> None:
    """Write files for other programs."""


@export_group.command("gl")
@click.option("--from", "since", type=DAY, required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, YYYY-MM-DD.")
@click.option("--region", default="", help="Only this region's.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@needs_home
def gl_command(since: datetime, last: datetime, region: str, out: Path) -> None:
    """Export the ledger's postings as CSV, in the order in which they were posted."""
    until = date.fromordinal(last.date().toordinal() + 1)
    done = export_ledger(out, since=since.date(), until=until, region=region)
    click.echo(json.dumps({"file": str(out), "rows": done.rows, "sha256": done.sha256}))


@click.group("period")
def period_group() -> None:
    """Close accounting periods."""


@period_group.command("close")
@click.option("--through", type=DAY, required=True, help="Last day of the period, YYYY-MM-DD.")
@click.option("--region", default="", help="Only this region's; else every region's.")
@asked_by
@needs_home
def close_command(through: datetime, region: str, by: str) -> None:
    """Release revenue through a day, and write down that the books are complete."""
    finished = marks()
    for one in [region] if region else sorted(finished):
        close_period(
            one,
            through=through.date(),
            finished_through=finished.get(one),
            occasion=occasion_of(by, one),
        )
        click.echo(f"Closed {one} through {through.date()}.")


@click.group("partners")
def partners_group() -> None:
    """What partners earned and were invoiced."""


@partners_group.command("statement")
@click.argument("partner")
@click.option("--from", "since", type=DAY, required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, YYYY-MM-DD.")
@needs_home
def statement_command(partner: str, since: datetime, last: datetime) -> None:
    """List what was sold through PARTNER, by its code, with what it earned or was invoiced."""
    found = Partner.objects.filter(code=partner).first()
    if found is None:
        raise BooksError(f"there is no partner {partner!r}")
    until = date.fromordinal(last.date().toordinal() + 1)
    lines = partner_statement(found.pk, since=since.date(), until=until)
    table = Table("day", "company", "document", "model", "net", "earned", "invoiced")
    for line in lines:
        amounts = (line.net_minor, line.earned_minor, line.invoiced_minor)
        table.add_row(
            line.day.isoformat(),
            line.company,
            line.document,
            line.model,
            *(money_text(amount, line.currency, locale="en") for amount in amounts),
        )
    Console().print(table)
    for currency, (net, earned, invoiced) in sorted(totals_of(lines).items()):
        told = (money_text(amount, currency, locale="en") for amount in (net, earned, invoiced))
        click.echo("sold {}, earned {}, invoiced {}".format(*told))


@click.command("unpark")
@click.argument("subscription")
@asked_by
@needs_home
def unpark_command(subscription: str, by: str) -> None:
    """Have the run take up SUBSCRIPTION again, by its code."""
    found = Subscription.objects.filter(code=subscription).first()
    if found is None:
        raise BooksError(f"there is no subscription {subscription!r}")
    if unpark(found.pk, occasion=occasion_of(by, found.region_id)):
        click.echo(f"{subscription} is taken up again by the next run.")
    else:
        click.echo(f"{subscription} was not parked; nothing was changed.")
