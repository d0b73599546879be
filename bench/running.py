"""The nightly run's renewals, with a gateway that costs nothing."""

from datetime import UTC, datetime
from typing import Any

from bench import book
from perenne.billing import booking, collecting
from perenne.billing.gateways.protocol import ChargeOutcome, ChargeResult
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.running import assist, renew_due, retry_due

OCCASION = Occasion(book.DAY, "run", datetime(2026, 12, 10, 20, tzinfo=UTC))


class InstantGateway:
    """Says yes at once, in this process: a figure of ours must not measure a neighbour."""

    name = "sandbox"

    def charge(self, request: Any) -> ChargeResult:
        """Collect the money, so to say."""
        return ChargeResult(
            outcome=ChargeOutcome.SUCCEEDED,
            charge_id=f"ch_{request.attempt_id}",
            amount_minor=request.amount_minor,
            currency=request.currency,
        )


def use_instant_gateway() -> None:
    """Have this process charge through it."""
    gateway = InstantGateway()
    collecting.configured_gateway = lambda: gateway  # type: ignore[assignment,return-value]
    booking.configured_gateway_name = lambda: gateway.name


def run() -> None:
    """Claim, price, attempt, collect and book what is due on the book's day."""
    renew_due(book.REGION, occasion=OCCASION)


def run_and_wait() -> None:
    """The same, until no assistant is at it."""
    run()
    retry_due(book.REGION, occasion=OCCASION)


def help_running() -> None:
    """Take a part of it, as a second worker does."""
    assist(book.REGION, occasion=OCCASION)
