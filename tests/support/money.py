"""Money for tests: what a bank tells, changes that wait for it, and how the books stand."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from django.db import connection, transaction
from msgspec.structs import replace

from perenne.billing.attempts import Try, open_attempts
from perenne.billing.bank import StatementLine
from perenne.billing.book_queries import credit_of
from perenne.billing.customer_credit import Holder
from perenne.billing.models import Invoice, Order
from perenne.billing.transfers import reserve_transfer
from perenne.daily.invariants import breaches
from perenne.platform.occasion import Occasion
from perenne.renewals.facts import renewal_facts
from perenne.renewals.operations.receiving import take_in
from perenne.renewals.pricing import Pricer

if TYPE_CHECKING:
    from datetime import date

    from perenne.accounts.models import Company
    from perenne.renewals.operations.receiving import Received
    from perenne.subscriptions.models import Subscription
    from tests.support.world import World

_numbers = count(1)


def by_staff(world: World) -> Occasion:
    """Fin of finance, at this moment of the world."""
    return Occasion(world.today, "staff:fin", world.now)


def a_bank_line(
    amount_minor: int,
    *,
    text: str = "",
    payer: str = "",
    currency: str = "USD",
    booked_on: date | None = None,
) -> StatementLine:
    """A line as the bank wrote it, with a reference of its own."""
    number = next(_numbers)
    return StatementLine(
        line=number,
        reference=f"B{number:06d}",
        booked_on=booked_on or _some_day(),
        amount_minor=amount_minor,
        currency=currency,
        payer=payer,
        text=text,
    )


def _some_day() -> date:
    from datetime import date as day

    return day(2026, 12, 10)


def bank_brings(world: World, *lines: StatementLine) -> list[Received]:
    """A statement with these lines is taken in."""
    return take_in(
        list(lines),
        account="main",
        file="bank.csv",
        digest=f"digest {next(_numbers)}",
        occasion=by_staff(world),
    )


def a_reserved_renewal(
    subscription: Subscription, world: World, *, last_day: date, seats: int = 1
) -> str:
    """A renewal that waits for a bank transfer; returns the reference."""
    facts = renewal_facts([subscription.pk])[0]
    with transaction.atomic():
        facts = replace(facts, plan=replace(facts.plan, seats=seats))
        sale = Pricer().planned_sale(facts)
        attempts = open_attempts(
            [Try(sale, None, "", pends=True)],
            day=world.today,
            actor="person:ana",
            now=world.now,
            together=f"chg_{next(_numbers)}",
        )
        return reserve_transfer(attempts, last_day=last_day, occasion=by_staff(world))


def the_order(subscription: Subscription) -> Order:
    """The latest order of a subscription."""
    return Order.objects.filter(subscription=subscription).order_by("-id")[0]


def the_invoice(subscription: Subscription) -> Invoice:
    """The invoice of its latest order."""
    return the_order(subscription).invoice_line.invoice


def holder_of(company: Company, currency: str = "USD") -> Holder:
    """The company's own credit."""
    return Holder(company.pk, None, currency)


def credit_minor(company: Company) -> int:
    """What the company may use, in its one currency."""
    return sum(one.available_minor for one in credit_of(company.pk))


def ledger(company: Company) -> dict[str, int]:
    """The company's accounts that are not even, debits positive."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select e.account, sum(e.amount_minor) from billing_ledgerentry e "
            "join billing_ledgertransaction t on t.id = e.transaction_id "
            "where t.company_id = %s group by 1 having sum(e.amount_minor) <> 0",
            [company.pk],
        )
        return {account: int(total) for account, total in cursor.fetchall()}


def books_are_sound() -> bool:
    """Every law holds; a breach fails with its words."""
    found = [breach for _, breach in breaches() if breach]
    assert found == []
    return True
