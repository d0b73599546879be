"""`perenne refunds` and `perenne credit`: money that goes back, and what customers may use."""

import json

import click
from rich.console import Console
from rich.table import Table

from perenne.accounts.models import Company
from perenne.billing.book_queries import credit_history, credit_of, refunds_under_way
from perenne.billing.customer_credit import Holder
from perenne.billing.errors import BooksError
from perenne.billing.payouts import pay_out_credit, settle_by_hand
from perenne.cli.home import needs_home
from perenne.cli.money_values import amount_of, asked_by, currency_named, occasion_of
from perenne.platform.display import money_text


@click.group("refunds")
def refunds_group() -> None:
    """See what goes back, pay out what goes by hand, pay out credit."""


@refunds_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a refund.")
@needs_home
def list_command(as_json: bool) -> None:
    """List refunds whose money has not gone back yet."""
    rows = refunds_under_way()
    if as_json:
        for row in rows:
            told = {name: getattr(row, name) for name in row.__slots__}
            click.echo(json.dumps(told, default=str, ensure_ascii=False))
        return
    table = Table("refund", "company", "amount", "way", "state", "problem")
    for row in rows:
        amount = money_text(row.amount_minor, row.currency, locale="en")
        table.add_row(row.id, row.company, amount, row.way, row.state, row.problem)
    Console().print(table)


@refunds_group.command("settle")
@click.argument("refund")
@click.option("--succeeded/--declined", required=True, help="Whether the money went back.")
@click.option("--reference", required=True, help="The bank's reference, or why it did not.")
@asked_by
@needs_home
def settle_command(refund: str, succeeded: bool, reference: str, by: str) -> None:
    """Say what became of a REFUND that goes by hand, or that has a problem."""
    settle_by_hand(refund, succeeded=succeeded, reference=reference, occasion=occasion_of(by))
    click.echo(f"Refund {refund}: {'went back' if succeeded else 'kept as customer credit'}.")


@refunds_group.command("pay-out")
@click.argument("company")
@click.argument("amount")
@click.argument("currency")
@asked_by
@needs_home
def pay_out_command(company: str, amount: str, currency: str, by: str) -> None:
    """Give AMOUNT of a COMPANY's credit back in money."""
    found = _company(company)
    opened = pay_out_credit(
        Holder(found.pk, None, currency),
        amount_minor=amount_of(amount, currency_named(currency)),
        occasion=occasion_of(by, found.region_id),
    )
    for one in opened:
        back = money_text(one.amount_minor, currency, locale="en")
        how = "is to be paid out by hand" if one.way == "by_hand" else "goes back"
        click.echo(f"{back} {how}: refund {one.id}.")


@click.command("credit")
@click.argument("company")
@needs_home
def credit_command(company: str) -> None:
    """Show the credit of a COMPANY, by its code, and how it moved."""
    found = _company(company)
    for one in credit_of(found.pk):
        available = money_text(one.available_minor, one.currency, locale="en")
        held = money_text(one.held_minor, one.currency, locale="en")
        whose = f" of partner {one.partner}" if one.partner else ""
        click.echo(f"{available} available{whose}, {held} held for open attempts")
    table = Table("when", "what", "amount", "left")
    for move in credit_history(found.pk):
        table.add_row(
            f"{move.booked_at:%Y-%m-%d %H:%M}",
            move.kind,
            money_text(move.amount_minor, move.currency, locale="en"),
            money_text(move.balance_after_minor, move.currency, locale="en"),
        )
    Console().print(table)


def _company(code: str) -> Company:
    found = Company.objects.filter(code=code).first()
    if found is None:
        raise BooksError(f"there is no company {code!r}")
    return found
