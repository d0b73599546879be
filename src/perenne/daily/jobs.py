"""The worker's schedule: look every minute whether a region's day has come, and for waiting mail.

Truth is in our tables; procrastinate only says "look now". A lost or doubled job changes nothing.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from procrastinate import JobContext
from procrastinate.contrib.django import app as queue
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from perenne.billing.refund_calls import reconcile_refunds
from perenne.catalog.queries import regions
from perenne.daily.queries import marks
from perenne.daily.running import ACTOR, ONE_DAY, run_region
from perenne.notices.delivery import deliver_waiting
from perenne.notices.telling import tell_waiting_facts
from perenne.platform import restore_gate
from perenne.platform.clock import clock, today
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.hearing import hear_of_charges
from perenne.renewals.operations.reconciling import REST, reconcile
from perenne.renewals.operations.running import assist
from perenne.support.operations.handing_on import hand_on_lost
from perenne.support.operations.reminding import remind_owners

if TYPE_CHECKING:
    from datetime import datetime

# How many idle workers are asked to help with a region's renewals.
ASSISTANTS = 3
EVERY_MINUTE = "* * * * *"
log = logging.getLogger(__name__)


@queue.periodic(cron=EVERY_MINUTE, periodic_id="look")
@queue.task(name="daily.look", queueing_lock="daily.look", lock="daily.look", pass_context=False)
def look(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's own; our clock decides
    """Run the days that have come and hand over the mails that wait."""
    restore_gate.require_open()
    now = clock().now()
    pieces: list[tuple[str, Callable[[], object]]] = [
        ("reconciling", partial(reconcile_all, now)),
        ("the gateway's events", partial(hear_of_charges, now=now)),
        ("what people are told", partial(tell_waiting_facts, now=now)),
        ("requests without an owner", partial(hand_on_lost, now=now)),
        ("contact requests", partial(remind_owners, now=now)),
        ("the post", partial(deliver_waiting, now=now)),
    ]
    # A demo's days are run when its clock is turned.
    if settings.PERENNE_MODE == "live":
        pieces.insert(0, ("the run", partial(run_what_has_come, now)))
    _do_each(pieces)


@queue.task(name="daily.hear", queueing_lock="daily.hear", lock="daily.hear", pass_context=False)
def hear() -> None:
    """Look up what the gateway says that something happened to."""
    restore_gate.require_open()
    hear_of_charges(now=clock().now())


def hear_soon() -> None:
    """Have a worker do so at once; without a worker the events wait."""
    with suppress(AlreadyEnqueued):
        hear.defer()


@queue.periodic(cron=EVERY_MINUTE, periodic_id="forget_the_dead")
@queue.task(name="daily.forget_the_dead", queueing_lock="daily.forget_the_dead", pass_context=True)
async def forget_the_dead(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - its own
    """Drop the jobs of killed workers: their locks would hold up every later look for ever."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        await jobs.finish_job(job, status=Status.FAILED, delete_job=True)


@queue.task(name="daily.assist", pass_context=False)
def assist_with(region: str, day: str) -> None:
    """Take a part of the renewals that another worker runs; nothing is left if it has finished."""
    restore_gate.require_open()
    assist(region, occasion=Occasion(date.fromisoformat(day), ACTOR, clock().now()))


def run_what_has_come(now: "datetime") -> None:
    """Run every region through its own today, missed days first.

    Regions do not wait for others, nor for one that fails.
    """
    _do_each((region, partial(_run_region_through, region, now)) for region in marks())


def _run_region_through(region: str, now: "datetime") -> None:
    local = today(now, regions()[region].zone)
    day = marks()[region]
    while day < local:
        day += ONE_DAY
        _call_assistants(region, day)
        run_region(region, day, reminds=day == local, now=now)


def _do_each(pieces: Iterable[tuple[str, Callable[[], object]]]) -> None:
    """Do every piece, whatever becomes of the others; the first error is raised after the last."""
    first: Exception | None = None
    for name, do in pieces:
        try:
            do()
        except Exception as error:  # the job fails with it, and is seen to
            log.exception("%s failed", name)
            first = first or error
    if first is not None:
        raise first


def _call_assistants(region: str, day: date) -> None:
    """Ask idle workers to help; whoever is busy comes too late and finds nothing."""
    for number in range(ASSISTANTS):
        with suppress(AlreadyEnqueued):
            assist_with.configure(queueing_lock=f"assist:{region}:{number}").defer(
                region=region, day=day.isoformat()
            )


def reconcile_all(now: "datetime") -> None:
    """Ask about attempts and refunds without an answer; nobody waits for the next day."""
    known = regions()
    pieces: list[tuple[str, Callable[[], object]]] = []
    for region in marks():
        occasion = Occasion(today(now, known[region].zone), "reconciler", now)
        pieces += [
            (region, partial(reconcile, region, occasion=occasion, rest=REST)),
            (region, partial(reconcile_refunds, region, occasion=occasion, rest=REST)),
        ]
    _do_each(pieces)
