"""Close a period: everything that its days earned is posted, and nothing more is dated in it."""

from datetime import date

from django.db import transaction

from perenne.billing.errors import PeriodRefusedError
from perenne.billing.period_models import PeriodClose
from perenne.billing.revenue import release_revenue
from perenne.platform import journal
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion


def close_period(
    region: str, *, through: date, finished_through: date | None, occasion: Occasion
) -> None:
    """Release the region's revenue through a day, and write down that its books are complete.

    Later postings are dated later by themselves: runs and people write on days after the last
    finished one. A law proves that they were.

    Args:
        finished_through: the region's last finished business day; None before its first.

    Raises:
        PeriodRefusedError: if the day was not run yet, or lies in a closed period.

    Source: docs/explanation/money.md, «Periods».
    """
    if finished_through is None or through > finished_through:
        raise PeriodRefusedError(f"region {region}: {through} is not finished yet")
    last = PeriodClose.objects.filter(region_id=region).order_by("-through").first()
    if last is not None and through <= last.through:
        raise PeriodRefusedError(f"region {region}: closed through {last.through} already")
    release_revenue(region, through=through, now=occasion.now)
    with transaction.atomic():
        PeriodClose.objects.create(
            region_id=region, through=through, closed_at=occasion.now, actor=occasion.actor
        )
        journal.record_all(
            [
                Fact(
                    kind="period.closed",
                    subject=region,
                    company="",
                    region=region,
                    business_day=occasion.day,
                    actor=occasion.actor,
                    facts={"through": through.isoformat()},
                    once_key=through.isoformat(),
                )
            ],
            at=occasion.now,
        )
