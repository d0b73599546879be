"""The worker's life: takes jobs until it is told to end, and outlives a restart of the database."""

import asyncio
import logging
import signal
from collections.abc import Awaitable

import psycopg
from procrastinate.contrib.django import app as queue
from procrastinate.exceptions import ConnectorException

from perenne.daily import jobs
from perenne.notices import jobs as sending
from perenne.platform import restore_gate
from perenne.platform.settling import settle_in

__all__ = ["jobs", "sending", "work"]  # tasks are known once their modules are loaded

AGAIN_S = 2.0
log = logging.getLogger(__name__)


def work() -> None:
    """Run the worker until SIGTERM or Ctrl-C; a job that is under way is finished first.

    Raises:
        GateShutError: if the database was restored and not reconciled.
    """
    settle_in()
    restore_gate.require_open()
    asyncio.run(_work())


async def _work() -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    while not told.is_set():
        await _work_until(told)
        if not told.is_set():
            log.error("the worker lost the database; looking for it again in %s s", AGAIN_S)
            await _first_of(told.wait(), asyncio.sleep(AGAIN_S))


async def _work_until(told: asyncio.Event) -> None:
    """One worker's work; returns when it was told to end, or lost the database."""
    try:
        connector = queue.connector.get_worker_connector()  # type: ignore[attr-defined]
        with queue.replace_connector(connector) as worker:
            async with worker.open_async():
                await _first_of(
                    told.wait(),
                    worker.run_worker_async(
                        install_signal_handlers=False, delete_jobs="successful"
                    ),
                )
    except (ConnectorException, psycopg.OperationalError):
        log.debug("no database", exc_info=True)


async def _first_of(*awaited: Awaitable[object]) -> None:
    """Wait for one; the others are cancelled, which lets a worker finish its job."""
    tasks = [asyncio.ensure_future(one) for one in awaited]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
