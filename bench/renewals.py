"""Figures of the nightly run: against COPY, the ORM, a larger book, a second worker, more due."""

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from django.db import connection

from bench import book, limit, orm, server
from bench.measuring import ROUNDS, Spent, medians, spend
from bench.running import help_running, run, run_and_wait, use_instant_gateway
from perenne.platform.settling import settle_in

Figure = dict[str, Any]


def against_copy(*, size: int = 200_000, due: int = 20_000) -> Iterator[Figure]:
    """The run against the same rows written by COPY and one UPDATE."""
    template = _book(size, due)
    written: list[limit.Batch] = []

    def ours() -> Spent:
        nonlocal written
        spent = spend(run)
        written = written or limit.written()
        return spent

    mine, theirs = _interleaved(template, ours, lambda: spend(lambda: limit.write(written)))
    yield {
        "figure": "renewals against COPY of the same rows",
        "size": size,
        "due": due,
        "ours": mine.each(due),
        "limit": theirs.each(due),
        "ratio": round(theirs.cpu_s / mine.cpu_s, 3),
        "goal": ">= 0.60 in CPU",
    }


def against_orm(*, size: int = 200_000, due: int = 20_000, by_orm: int = 300) -> Iterator[Figure]:
    """The run against one renewal at a time through Django's ORM; both wait for the disk."""
    renewals: list[orm.Renewal] = []

    def ours() -> Spent:
        nonlocal renewals
        spent = spend(run)
        renewals = renewals or orm.renewals(by_orm)
        return spent

    with server.on_disk():
        mine, theirs = _interleaved(
            _book(size, due), ours, lambda: spend(lambda: orm.renew(renewals))
        )
    yield {
        "figure": "renewals against one at a time through the ORM",
        "due": due,
        "ours": mine.each(due),
        "orm": theirs.each(by_orm),
        "ratio": round((theirs.wall_s / by_orm) / (mine.wall_s / due), 1),
        "ratio_cpu": round((theirs.cpu_s / by_orm) / (mine.cpu_s / due), 1),
        "goal": ">= 30 in wall time",
    }


def in_a_larger_book(
    *, size: int = 200_000, larger: int = 1_000_000, due: int = 20_000
) -> Iterator[Figure]:
    """As many renewals in a book of another size."""
    use_instant_gateway()
    templates = [_book(size, due), _book(larger, due)]
    rounds: tuple[list[Spent], list[Spent]] = ([], [])
    settle_in()
    for number in range(ROUNDS + 1):
        for template, spent in zip(templates, rounds, strict=True):
            with server.copy_of(template):
                one = spend(run)
            if number:
                spent.append(one)
    small, large = medians(rounds[0]), medians(rounds[1])
    yield {
        "figure": f"renewals in a book of {larger} against one of {size}",
        "due": due,
        "small": small.each(due),
        "large": large.each(due),
        "ratio": round(large.cpu_s / small.cpu_s, 3),
        "goal": "<= 1.2 in CPU",
    }


def with_two_workers(*, size: int = 200_000, due: int = 20_000) -> Iterator[Figure]:
    """Two processes against one, by the clock."""
    template = _book(size, due)
    alone, together = [], []
    for number in range(ROUNDS + 1):
        one, two = (
            _time_of(template, [run_and_wait]),
            _time_of(template, [run_and_wait, help_running]),
        )
        if number:
            alone.append(one)
            together.append(two)
    yield {
        "figure": "renewals by two workers against one",
        "due": due,
        "one_us": round(median(alone) * 1e6 / due, 1),
        "two_us": round(median(together) * 1e6 / due, 1),
        "ratio": round(median(alone) / median(together), 2),
        "goal": ">= 1.6 by the clock, on two free cores",
    }


def memory(*, few: int = 10_000, many: int = 1_000_000) -> Iterator[Figure]:
    """The most memory that a worker held, for few and for many renewals of a day."""
    held = {}
    for due in (few, many):
        with server.copy_of(_book(due, due)):
            connection.close()
            held[due] = _in_process(_peak_mb)
    yield {
        "figure": "memory of a worker",
        "peak_mb": {str(due): round(mb, 1) for due, mb in held.items()},
        "ratio": round(held[many] / held[few], 3),
        "goal": "flat (<= 1.1)",
    }


def _book(size: int, due: int) -> str:
    name = f"book_{size}_{due}"
    server.make_template(name, lambda: book.fill(size=size, due=due))
    return name


def _interleaved(
    template: str, ours: Callable[[], Spent], theirs: Callable[[], Spent]
) -> tuple[Spent, Spent]:
    """Medians of both sides, A B A B; a first round warms caches and shows what there is."""
    use_instant_gateway()
    settle_in()
    rounds: tuple[list[Spent], list[Spent]] = ([], [])
    for number in range(ROUNDS + 1):
        for side, spent in zip((ours, theirs), rounds, strict=True):
            with server.copy_of(template):
                one = side()
            if number:
                spent.append(one)
    return medians(rounds[0]), medians(rounds[1])


def _time_of(template: str, jobs: list[Callable[[], object]]) -> float:
    """Seconds that processes of their own took together, from a common start to the last end."""
    with server.copy_of(template):
        connection.close()
        together = multiprocessing.get_context("fork")
        ready, go = together.Barrier(len(jobs) + 1), together.Barrier(len(jobs) + 1)
        workers = [
            together.Process(target=_work, args=(job, ready, go), daemon=True) for job in jobs
        ]
        for worker in workers:
            worker.start()
        ready.wait()
        started = time.perf_counter()
        go.wait()
        for worker in workers:
            worker.join()
        spent = time.perf_counter() - started
        assert all(worker.exitcode == 0 for worker in workers), "a worker failed"
        return spent


def _work(job: Callable[[], object], ready: Any, go: Any) -> None:
    use_instant_gateway()
    settle_in()
    connection.ensure_connection()
    ready.wait()
    go.wait()
    job()
    connection.close()


def _in_process(measure: Callable[[], float]) -> float:
    """What a fresh process measures about itself."""
    apart = multiprocessing.get_context("fork")
    told = apart.SimpleQueue()
    worker = apart.Process(target=lambda: told.put(measure()), daemon=True)
    worker.start()
    found: float = told.get()
    worker.join()
    return found


def _peak_mb() -> float:
    use_instant_gateway()
    settle_in()
    run()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
