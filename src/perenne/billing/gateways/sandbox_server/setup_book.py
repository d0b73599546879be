"""Customers, set-ups on the hosted page, and the methods that came of them, in the sandbox's book.

No card number is ever entered: a payer of the sandbox chooses digits, which are a script.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from perenne.billing.gateways.sandbox_server.outbox import Outbox
    from perenne.billing.gateways.sandbox_server.setup_fields import CustomerOrder, SetupOrder


class Customer(NamedTuple):
    """Somebody who pays."""

    id: str
    company_id: str
    name: str
    email: str
    created_at: int


class Setup(NamedTuple):
    """One visit to the hosted page; ``method`` is the id of what was entered there."""

    id: str
    company_id: str
    customer: str
    kinds: str
    locale: str
    success_url: str
    cancel_url: str
    state: str
    method: str
    created_at: int


class EnteredMethod(NamedTuple):
    """A method that a payer entered; the token is its script."""

    id: str
    token: str
    customer: str


class SetupBook:
    """Set-ups of one open book; writes belong into the book's transactions."""

    def __init__(self, sql: sqlite3.Connection, outbox: Outbox) -> None:
        self._sql = sql
        self._outbox = outbox

    def add_customer(self, order: CustomerOrder) -> Customer:
        """Enter somebody who pays."""
        customer = Customer(
            id=f"cus_{secrets.token_hex(12)}",
            company_id=order.company_id,
            name=order.name,
            email=order.email,
            created_at=int(time.time()),
        )
        self._sql.execute("insert into customer values (?, ?, ?, ?, ?)", customer)
        return customer

    def customer(self, identity: str) -> Customer | None:
        """Read one customer."""
        row = self._sql.execute("select * from customer where id = ?", (identity,)).fetchone()
        return None if row is None else Customer(*row)

    def customers_of(self, company_id: str) -> list[Customer]:
        """Read the customers that stand for a company, the oldest first."""
        rows = self._sql.execute(
            "select * from customer where company_id = ? order by created_at, id limit 100",
            (company_id,),
        )
        return [Customer(*row) for row in rows]

    def add_setup(self, order: SetupOrder, *, prefix: str) -> Setup:
        """Open a set-up; its id is not to be guessed, because whoever has it may use the page."""
        setup = Setup(
            id=f"{prefix}_{secrets.token_hex(16)}",
            company_id=order.company_id,
            customer=order.customer,
            kinds=",".join(order.kinds),
            locale=order.locale,
            success_url=order.success_url,
            cancel_url=order.cancel_url,
            state="open",
            method="",
            created_at=int(time.time()),
        )
        self._sql.execute("insert into setup values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", setup)
        return setup

    def setup(self, setup_id: str) -> Setup | None:
        """Read one set-up."""
        row = self._sql.execute("select * from setup where id = ?", (setup_id,)).fetchone()
        return None if row is None else Setup(*row)

    def complete(self, setup: Setup, *, kind: str, last4: str, valid_through: str) -> None:
        """Keep the method that a payer entered; a set-up that is not open stays as it is."""
        if setup.state != "open":
            return
        method_id = f"pm_{secrets.token_hex(12)}"
        token = f"{kind}:{last4}:{valid_through}:{method_id}"
        self._sql.execute("insert into method values (?, ?, ?)", (method_id, token, setup.customer))
        self._sql.execute(
            "update setup set state = 'completed', method = ? where id = ?", (method_id, setup.id)
        )
        completed = setup._replace(state="completed", method=method_id)
        self._outbox.add(
            "setup.completed",
            object_id=setup.id,
            attempt_id="",
            snapshot=completed._asdict(),
            fault=None,
        )

    def cancel(self, setup: Setup) -> None:
        """Close an open set-up without a method."""
        self._sql.execute(
            "update setup set state = 'cancelled' where id = ? and state = 'open'", (setup.id,)
        )

    def method(self, method_id: str) -> EnteredMethod | None:
        """Read one method that was entered on the hosted page."""
        row = self._sql.execute("select * from method where id = ?", (method_id,)).fetchone()
        return None if row is None else EnteredMethod(*row)
