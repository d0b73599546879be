"""The worker's schedule: look every minute whether a region's day has come, and for waiting mail.

Truth is in our tables; procrastinate only says "look now". A lost or doubled job changes nothing.
"""

import asyncio
from typing import TYPE_CHECKING

from django.conf import settings
from procrastinate.contrib.django import app as queue

from perenne.catalog.queries import regions
from perenne.daily.queries import marks
from perenne.daily.running import ONE_DAY, run_region
from perenne.notices.delivery import deliver_waiting
from perenne.platform.clock import clock, today

if TYPE_CHECKING:
    from datetime import datetime

EVERY_MINUTE = "* * * * *"


@queue.periodic(cron=EVERY_MINUTE, periodic_id="look")
@queue.task(name="daily.look", queueing_lock="daily.look", lock="daily.look", pass_context=False)
def look(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's own; our clock decides
    """Run the days that have come and hand over the mails that wait."""
    now = clock().now()
    if settings.PERENNE_MODE == "live":
        run_what_has_come(now)
    # A demo's days are run when its clock is turned.
    deliver_waiting(now=now)


def run_what_has_come(now: "datetime") -> None:
    """Run every region through its own today, missed days first; regions do not wait for others."""
    known = regions()
    for region, mark in marks().items():
        local = today(now, known[region].zone)
        day = mark
        while day < local:
            day += ONE_DAY
            run_region(region, day, reminds=day == local, now=now)


def work() -> None:
    """Run the worker until SIGTERM or Ctrl-C."""
    asyncio.run(_work())


async def _work() -> None:
    connector = queue.connector.get_worker_connector()  # type: ignore[attr-defined]
    with queue.replace_connector(connector) as worker:
        async with worker.open_async():
            await worker.run_worker_async(install_signal_handlers=True)
