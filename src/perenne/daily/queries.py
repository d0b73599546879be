"""The marks of the regions and the history of their runs."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max

from perenne.daily.models import FinishedDay


@dataclass(frozen=True, slots=True)
class RunView:
    """What happened in one region's business day; ``amount_minor`` is net, renewed."""

    region: str
    day: date
    finished_at: datetime
    reminders: int
    renewed: int
    declined: int
    past_due: int
    expired: int
    amount_minor: int
    currency: str


def marks() -> dict[str, date]:
    """The last finished business day of each region that has a book."""
    rows = FinishedDay.objects.values_list("region_id").annotate(last=Max("day"))
    return dict(rows.order_by("region_id"))


def mark_of(region: str) -> date | None:
    """The last finished business day of ``region``; None before its first book."""
    last: date | None = FinishedDay.objects.filter(region_id=region).aggregate(Max("day"))[
        "day__max"
    ]
    return last


def unreminded_since(region: str) -> date | None:
    """The first business day of ``region`` whose reminders were not sent; None without a book."""
    reminded = FinishedDay.objects.filter(region_id=region, reminded=True)
    last: date | None = reminded.aggregate(Max("day"))["day__max"]
    return last and last + timedelta(1)


def run_history(*, days: int, before: date | None = None) -> list[RunView]:
    """The runs of the latest ``days`` days that were run, newest first, regions by code."""
    ran = FinishedDay.objects.filter(was_run=True)
    if before is not None:
        ran = ran.filter(day__lt=before)
    newest = ran.order_by("-day").values_list("day", flat=True).distinct()[:days]
    rows = ran.filter(day__in=list(newest)).order_by("-day", "region_id")
    return [_view(row) for row in rows]


def runs_of(day: date) -> list[RunView]:
    """The runs of one day, by region."""
    rows = FinishedDay.objects.filter(day=day, was_run=True).order_by("region_id")
    return [_view(row) for row in rows]


def _view(row: FinishedDay) -> RunView:
    return RunView(
        region=row.region_id,
        day=row.day,
        finished_at=row.finished_at,
        reminders=row.reminders,
        renewed=row.renewed,
        declined=row.declined,
        past_due=row.past_due,
        expired=row.expired,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )
