"""Let reserved changes lapse whose money did not come in time."""

from perenne.billing.attempts import Outcome
from perenne.billing.transfers import pending_attempts, transfers_lapsed
from perenne.platform.occasion import Occasion
from perenne.renewals.operations.executing import settle_and_execute
from perenne.rules.payments import DeclineKind


def lapse_transfers(region: str, *, occasion: Occasion) -> None:
    """Decline the region's reserved changes whose last day is over, visibly.

    Money that comes later is kept as the customer's credit.

    Source: docs/explanation/money.md, «Bank transfers».
    """
    attempts = pending_attempts(transfers_lapsed(region, day=occasion.day))
    settle_and_execute(
        [
            Outcome(attempt, "declined", declined=DeclineKind.TRANSFER_LAPSED)
            for attempt in attempts
        ],
        occasion=occasion,
    )
