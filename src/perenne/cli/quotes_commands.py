"""`perenne quotes`: list quotes, make and send them, accept an option, print one."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from perenne.billing.documents.rendering import render_pdf
from perenne.cli.acting import acting, member_with
from perenne.cli.days import DAY
from perenne.cli.home import needs_home
from perenne.platform.clock import clock
from perenne.platform.display import money_text
from perenne.platform.ids import new_id
from perenne.quotes.document import quote_content
from perenne.quotes.errors import QuoteRefusedError, UnknownQuoteError
from perenne.quotes.models import QuoteVersion
from perenne.quotes.operations.accepting import Acceptance, accept_quote
from perenne.quotes.operations.drafting import (
    Choice,
    QuoteDraft,
    RecipientDraft,
    draft_quote,
    revise_quote,
)
from perenne.quotes.operations.sending import send_quote
from perenne.quotes.queries import VersionView, version_view
from perenne.renewals.errors import ChangedSinceError, ChangeRefusedError
from perenne.rules.quotes import LETTERS
from perenne.subscriptions.models import Subscription

EXIT_NOT_ELIGIBLE = 4
EXIT_CONFLICT = 5


@click.group("quotes")
def quotes_group() -> None:
    """List quotes, make and send them, accept an option, print one."""


def _drafting(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--approver", multiple=True, help="An address that may approve it."),
        click.option("--reader", multiple=True, help="An address that gets it to read."),
        click.option("--message", default="", help="A word with it."),
        click.option("--valid-through", type=DAY, help="Its last day, YYYY-MM-DD."),
        click.option(
            "--months",
            multiple=True,
            required=True,
            type=click.IntRange(1, 120),
            help="The term of an option, A first; at most three times.",
        ),
    ):
        command = option(command)
    return command


@quotes_group.command("list")
@click.option("--state", default="", help="Only versions in this state, such as open.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a version.")
@needs_home
def list_command(state: str, limit: int, as_json: bool) -> None:
    """List versions of quotes, newest first."""
    found = QuoteVersion.objects.select_related("quote__company").order_by("-id")
    if state:
        found = found.filter(state=state)
    told = [_as_json(version_view(one)) for one in found[:limit]]
    if as_json:
        for one in told:
            click.echo(json.dumps(one, ensure_ascii=False))
        return
    table = Table("number", "version", "company", "state", "valid through", "options")
    for one in told:
        table.add_row(*(str(one[name]) for name in _COLUMNS))
    Console().print(table)


_COLUMNS = ("number", "version", "company", "state", "valid_through", "options")


def _as_json(view: VersionView) -> dict[str, object]:
    stored = view.stored
    return {
        "number": view.number,
        "version": stored.version,
        "company": stored.quote.company.name,
        "state": stored.state,
        "issued_on": stored.issued_on and stored.issued_on.isoformat(),
        "valid_through": stored.valid_through.isoformat(),
        "subscriptions": list(view.codes),
        "options": {
            one.letter: money_text(one.gross_minor, stored.currency, locale="en")
            for one in view.options
        },
        "change": stored.change,
    }


@quotes_group.command("create")
@click.argument("subscriptions", nargs=-1, required=True)
@acting
@_drafting
@needs_home
def create_command(subscriptions: Sequence[str], code: str, **given: object) -> None:
    """Draft a quote of SUBSCRIPTIONS, by their codes; nobody gets it yet."""
    with _explained():
        made = draft_quote(
            _draft(subscriptions, given), member=member_with(code), now=clock().now()
        )
    _say(made)


@quotes_group.command("revise")
@click.argument("number")
@click.argument("subscriptions", nargs=-1, required=True)
@acting
@_drafting
@needs_home
def revise_command(number: str, subscriptions: Sequence[str], code: str, **given: object) -> None:
    """Draft the next version of quote NUMBER."""
    with _explained():
        made = revise_quote(
            number, _draft(subscriptions, given), member=member_with(code), now=clock().now()
        )
    _say(made)


@quotes_group.command("send")
@click.argument("number")
@acting
@needs_home
def send_command(number: str, code: str) -> None:
    """Send the draft of quote NUMBER; from then on it holds the renewals."""
    with _explained():
        sent = send_quote(number, member=member_with(code), now=clock().now())
    _say(sent)


@quotes_group.command("accept")
@click.argument("number")
@click.argument("option", type=click.Choice(LETTERS))
@click.option("--amount", required=True, help="What it costs in minor units, as it was shown.")
@acting
@needs_home
def accept_command(number: str, option: str, amount: str, code: str) -> None:
    """Accept an OPTION of quote NUMBER; the amount is named, so that nobody buys unseen."""
    with _explained():
        version = _open_version(number)
        chosen = version.options.filter(letter=option).first()
        if chosen is None:
            raise UnknownQuoteError(f"quote {number} has no option {option}")
        if str(chosen.gross_minor) != amount:
            difference = ("gross_minor", amount, str(chosen.gross_minor))
            raise ChangedSinceError((difference,))
        wanted = Acceptance(number=number, letter=option, shown=chosen.hash)
        click.echo(accept_quote(wanted, member=member_with(code), now=clock().now()))


@quotes_group.command("pdf")
@click.argument("number")
@click.argument("option", type=click.Choice(LETTERS))
@click.option("--version", type=click.IntRange(1), help="Another version than the last sent.")
@click.option("--lang", type=click.Choice(["en", "zh-Hant"]), help="Another language.")
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True)
@needs_home
def pdf_command(
    number: str, option: str, version: int | None, lang: str | None, output: Path
) -> None:
    """Write an OPTION of quote NUMBER as a PDF."""
    view = version_view(_open_version(number, version))
    chosen = view.option(option)
    if chosen is None:
        raise UnknownQuoteError(f"quote {number} has no option {option}")
    output.write_bytes(render_pdf(quote_content(view, chosen, language=lang)))
    click.echo(str(output))


def _open_version(number: str, version: int | None = None) -> QuoteVersion:
    """The version that was sent last, or the named one of those that were sent."""
    sent = QuoteVersion.objects.select_related("quote__company").filter(
        quote__number=number, issued_on__isnull=False
    )
    if version is not None:
        sent = sent.filter(version=version)
    found = sent.order_by("-version").first()
    if found is None:
        raise UnknownQuoteError(f"{number} is not a quote that was sent")
    return found


def _draft(codes: Sequence[str], given: dict[str, object]) -> QuoteDraft:
    known = dict(Subscription.objects.filter(code__in=codes).values_list("code", "pk"))
    missing = [code for code in codes if code not in known]
    if missing:
        raise UnknownQuoteError(f"{missing[0]} is not the code of a subscription")
    months: Sequence[int] = given["months"]  # type: ignore[assignment]
    if len(months) > len(LETTERS):
        raise click.BadParameter(f"a quote has at most {len(LETTERS)} options", param_hint="months")
    return QuoteDraft(
        subscriptions=[known[code] for code in codes],
        choices=[Choice(months=one) for one in months],
        form_key=new_id("form"),
        valid_through=_day(given["valid_through"]),
        message=str(given["message"]),
        recipients=[*_named(given["reader"], approves=False), *_named(given["approver"])],
    )


def _named(addresses: object, *, approves: bool = True) -> list[RecipientDraft]:
    assert isinstance(addresses, tuple), "click gives what may be repeated as a tuple"
    return [RecipientDraft(one, one, is_approver=approves) for one in addresses]


def _day(given: object) -> date | None:
    return given.date() if isinstance(given, datetime) else None


def _say(version: QuoteVersion) -> None:
    click.echo(
        f"{version.quote.number} version {version.version}: {version.state}, "
        f"valid through {version.valid_through}"
    )


@contextmanager
def _explained() -> Iterator[None]:
    """Refused exits with 4, changed since with 5."""
    try:
        yield
    except (QuoteRefusedError, ChangeRefusedError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(EXIT_NOT_ELIGIBLE) from error
    except ChangedSinceError as error:
        click.echo(str(error), err=True)
        raise SystemExit(EXIT_CONFLICT) from error
