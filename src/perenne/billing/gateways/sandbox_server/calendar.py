"""The sandbox's calendar, for what banks do days later; it moves only when it is told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from perenne.billing.gateways.protocol import ChargeOutcome
from perenne.billing.gateways.sandbox_server.http import Reply, json_reply

if TYPE_CHECKING:
    from perenne.billing.gateways.sandbox_server.charging import Till

# From the business day of a direct debit to the day on which its bank has decided.
DEBIT_SETTLES_DAYS = 3


async def settle_due_debits(till: Till, business_day: str) -> Reply:
    """Give every direct debit whose day has come the outcome that its script says.

    Args:
        till: whose book it is.
        business_day: an ISO date, itself included.
    """
    settling = date.fromisoformat(business_day).toordinal()
    # The first days of the calendar have no days before them.
    debited_until = date.fromordinal(max(settling - DEBIT_SETTLES_DAYS, 1))

    def write() -> Reply:
        due = till.book.debits_pending_until(debited_until.isoformat())
        for debit in due:
            outcome = ChargeOutcome.DECLINED if debit.script.bounces else ChargeOutcome.SUCCEEDED
            till.book.settle(debit.id, outcome=outcome)
        return json_reply(200, {"settled": len(due)})

    return await till.commit(write)
