"""The worker's queue: jobs of the dead are forgotten, and a restart of the database outlived."""

from __future__ import annotations

import asyncio

import pytest
from django.db import connection
from procrastinate.contrib.django import app as queue

from perenne.daily import jobs

pytestmark = pytest.mark.usefixtures("fresh_database")


def a_job_of_a_killed_worker(task: str) -> None:
    """It was being done when its worker was killed: nobody will ever finish it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) "
            "values (now() - interval '5 minutes') returning id"
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, lock, args, status, worker_id) "
            "values ('default', %s, %s, '{\"timestamp\": 0}', 'doing', %s)",
            [task, task, worker],
        )


def work_off_the_queue() -> None:
    async def work() -> None:
        connector = queue.connector.get_worker_connector()
        with queue.replace_connector(connector) as worker:
            async with worker.open_async():
                await worker.run_worker_async(wait=False, install_signal_handlers=False)

    asyncio.run(work())


def statuses() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("select task_name, status::text from procrastinate_jobs order by id")
        return cursor.fetchall()


def test_the_job_of_a_killed_worker_does_not_hold_up_every_later_look() -> None:
    """Its lock would: nobody else may look while somebody does."""
    a_job_of_a_killed_worker("daily.look")
    jobs.look.configure().defer(timestamp=1)
    jobs.forget_the_dead.configure().defer(timestamp=1)

    work_off_the_queue()
    work_off_the_queue()

    assert ("daily.look", "succeeded") in statuses()
    assert "doing" not in {status for _, status in statuses()}


def test_the_job_of_a_living_worker_is_left_alone() -> None:
    a_job_of_a_killed_worker("daily.look")
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = now()")
    jobs.forget_the_dead.configure().defer(timestamp=1)

    work_off_the_queue()

    assert ("daily.look", "doing") in statuses()
