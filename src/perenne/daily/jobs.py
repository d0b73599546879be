"""The worker's schedule: look every minute whether a region's day has come, and for waiting mail.

Truth is in our tables; procrastinate only says "look now". A lost or doubled job changes nothing.
"""

import asyncio
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from procrastinate.contrib.django import app as queue
from procrastinate.exceptions import AlreadyEnqueued

from perenne.catalog.queries import regions
from perenne.daily.queries import marks
from perenne.daily.running import ACTOR, ONE_DAY, run_region
from perenne.notices import jobs as sending
from perenne.notices.delivery import deliver_waiting
from perenne.notices.telling import tell_waiting_facts
from perenne.platform.clock import clock, today
from perenne.platform.settling import settle_in
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.reconciling import REST, reconcile
from perenne.renewals.operations.running import assist
from perenne.support.operations.reminding import remind_owners

if TYPE_CHECKING:
    from datetime import datetime

# How many idle workers are asked to help with a region's renewals.
ASSISTANTS = 3
EVERY_MINUTE = "* * * * *"


@queue.periodic(cron=EVERY_MINUTE, periodic_id="look")
@queue.task(name="daily.look", queueing_lock="daily.look", lock="daily.look", pass_context=False)
def look(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's own; our clock decides
    """Run the days that have come and hand over the mails that wait."""
    now = clock().now()
    if settings.PERENNE_MODE == "live":
        run_what_has_come(now)
    # A demo's days are run when its clock is turned.
    reconcile_all(now)
    tell_waiting_facts(now=now)
    remind_owners(now=now)
    deliver_waiting(now=now)


@queue.task(name="daily.assist", pass_context=False)
def assist_with(region: str, day: str) -> None:
    """Take a part of the renewals that another worker runs; nothing is left if it has finished."""
    assist(region, occasion=Occasion(date.fromisoformat(day), ACTOR, clock().now()))


def run_what_has_come(now: "datetime") -> None:
    """Run every region through its own today, missed days first; regions do not wait for others."""
    known = regions()
    for region, mark in marks().items():
        local = today(now, known[region].zone)
        day = mark
        while day < local:
            day += ONE_DAY
            _call_assistants(region, day)
            run_region(region, day, reminds=day == local, now=now)


def _call_assistants(region: str, day: date) -> None:
    """Ask idle workers to help; whoever is busy comes too late and finds nothing."""
    for number in range(ASSISTANTS):
        with suppress(AlreadyEnqueued):
            assist_with.configure(queueing_lock=f"assist:{region}:{number}").defer(
                region=region, day=day.isoformat()
            )


def reconcile_all(now: "datetime") -> None:
    """Ask about attempts without an answer; nobody waits for the next day."""
    known = regions()
    for region in marks():
        occasion = Occasion(today(now, known[region].zone), "reconciler", now)
        reconcile(region, occasion=occasion, rest=REST)


def work() -> None:
    """Run the worker until SIGTERM or Ctrl-C."""
    settle_in()
    asyncio.run(_work())


async def _work() -> None:
    # Importing it made its task known to the queue.
    assert sending.send.name in queue.tasks
    connector = queue.connector.get_worker_connector()  # type: ignore[attr-defined]
    with queue.replace_connector(connector) as worker:
        async with worker.open_async():
            await worker.run_worker_async(install_signal_handlers=True)
