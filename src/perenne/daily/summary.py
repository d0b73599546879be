"""What happened on a business day, over all regions, as the command line prints it."""

from datetime import date
from typing import Any

from perenne.daily.queries import runs_of


def summary_of(day: date) -> dict[str, Any]:
    """Counts of the runs of ``day``; amounts are net minor units renewed, by currency."""
    runs = runs_of(day)
    amounts: dict[str, int] = {}
    for run in runs:
        if run.amount_minor:
            amounts[run.currency] = amounts.get(run.currency, 0) + run.amount_minor
    return {
        "day": day.isoformat(),
        "reminders": sum(run.reminders for run in runs),
        "renewed": sum(run.renewed for run in runs),
        "declined": sum(run.declined for run in runs),
        "past_due": sum(run.past_due for run in runs),
        "expired": sum(run.expired for run in runs),
        "amounts": dict(sorted(amounts.items())),
    }
