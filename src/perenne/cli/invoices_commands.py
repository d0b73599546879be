"""`perenne invoices`: what is open, what is overdue, and taking back what was invoiced."""

import json

import click
from rich.console import Console
from rich.table import Table

from perenne.billing.book_queries import InvoiceRow, invoice_rows, invoices_listed
from perenne.billing.correcting import correct_invoice
from perenne.billing.crediting import IssuedCredit
from perenne.billing.giving_back import GiveBack
from perenne.catalog.queries import regions
from perenne.cli.home import needs_home
from perenne.cli.money_values import (
    amount_of,
    asked_by,
    currency_named,
    invoice_named,
    occasion_of,
)
from perenne.platform.clock import clock, today
from perenne.platform.display import money_text
from perenne.renewals.operations.voiding import void_invoice

_SELLER = click.option("--seller", help="Which seller's number it is, if several gave it.")


@click.group("invoices")
def invoices_group() -> None:
    """List invoices, void them, credit a part of them."""


@invoices_group.command("list")
@click.option("--region", default="", help="Only this region's.")
@click.option("--unpaid", is_flag=True, help="Only what is not paid in full, due first.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an invoice.")
@needs_home
def list_command(region: str, unpaid: bool, limit: int, as_json: bool) -> None:
    """List invoices with what is open of them today."""
    rows = invoice_rows(invoices_listed(region=region, unpaid=unpaid)[:limit])
    if as_json:
        for row in rows:
            click.echo(json.dumps(_as_json(row), ensure_ascii=False))
        return
    table = Table("number", "buyer", "issued", "due", "status", "total", "open")
    for row in rows:
        told = _as_json(row)
        amounts = [
            money_text(row.state.sums.gross_minor, row.state.holder.currency, locale="en"),
            money_text(row.state.sums.open_minor, row.state.holder.currency, locale="en"),
        ]
        names = ("number", "buyer", "issued_on", "due_on", "status")
        table.add_row(*(str(told[name]) for name in names), *amounts)
    Console().print(table)


def _as_json(row: InvoiceRow) -> dict[str, object]:
    state = row.state
    as_of = today(clock().now(), regions()[state.region].zone)
    return {
        "number": state.name,
        "seller": state.seller,
        "buyer": row.buyer,
        "issued_on": state.issued_on.isoformat(),
        "due_on": state.due_on.isoformat(),
        "status": state.status(as_of).value,
        "gross_minor": state.sums.gross_minor,
        "open_minor": state.sums.open_minor,
        "currency": state.holder.currency,
    }


@invoices_group.command("void")
@click.argument("number")
@_SELLER
@asked_by
@needs_home
def void_command(number: str, seller: str | None, by: str) -> None:
    """Void invoice NUMBER: a credit note takes it back, and the subscription it sold expires."""
    invoice = invoice_named(number, seller)
    done = void_invoice(invoice.id, occasion=occasion_of(by, invoice.region))
    _print(done.credit)
    click.echo(f"{len(done.ended)} subscriptions ended.")


@invoices_group.command("credit")
@click.argument("number")
@click.option("--net", required=True, help="Net amount to take back, such as 120.00.")
@click.option("--keep-as-credit", is_flag=True, help="Keep what was paid as customer credit.")
@_SELLER
@asked_by
@needs_home
def credit_command(
    number: str, net: str, keep_as_credit: bool, seller: str | None, by: str
) -> None:
    """Credit a net amount of invoice NUMBER with its share of the tax; nothing sold ends."""
    invoice = invoice_named(number, seller)
    _print(
        correct_invoice(
            invoice.id,
            net_minor=amount_of(net, currency_named(invoice.holder.currency)),
            to=GiveBack.TO_CREDIT if keep_as_credit else GiveBack.TO_PAYER,
            occasion=occasion_of(by, invoice.region),
        )
    )


def _print(note: IssuedCredit) -> None:
    currency = note.invoice.holder.currency
    amount = money_text(note.sums.gross_minor, currency, locale="en")
    click.echo(f"Credit note {note.name} over {amount} for invoice {note.invoice.name}.")
    for refund in note.refunds:
        back = money_text(refund.amount_minor, currency, locale="en")
        how = "is to be paid out by hand" if refund.way == "by_hand" else "goes back"
        click.echo(f"{back} {how}: refund {refund.id}.")
