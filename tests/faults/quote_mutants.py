"""Planted bugs of quotes: what is accepted in two steps, or given up too early."""

from __future__ import annotations

from typing import Any

from django.db import connection

from perenne.quotes.operations import accepting, settling
from tests.faults.board import GatewayFault
from tests.faults.steps import Step, killed_at


def buys_and_tells_apart() -> None:
    """What the quote offers is bought in one transaction, and said to be so in the next."""
    together = accepting.buy_as_quoted

    def buy_and_commit(*given: Any, **named: Any) -> Any:
        bought = together(*given, **named)
        connection.connection.commit()
        return bought

    accepting.buy_as_quoted = buy_and_commit


def reopens_what_is_being_paid() -> None:
    """No answer counts as no money: the quote is open again while the charge is on its way."""
    settling._OUTCOME = settling._OUTCOME.replace(
        "('created', 'sent', 'pending', 'unknown')", "('pending')"
    )


_SENT = Step(("send_quotes",))
TWO_STEPS = (_SENT, *killed_at("accept_quotes", "quote.accepted.committing"))
REOPENING_STEPS = (
    _SENT,
    Step(("accept_quotes",), gateway=GatewayFault.DROP_AFTER, requests=2),
    Step(("ask_again",)),
)
