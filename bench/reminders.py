"""The read part of a day's reminders against a sequential scan of the same table."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from bench import book, server
from bench.measuring import ROUNDS, Spent, medians, spend
from perenne.notices.reminders import BATCH, Reach, companies_in, reach_of

_GROW = """
insert into subscriptions_subscription (id, code, company_id, contract_id, region_id, anchor_day,
    imported_as_of, renews_on, ended_because, plan_revision, version)
select 'sub_' || lpad(n::text, 8, '0'), 'S' || n, 'com_' || lpad((n / 10)::text, 8, '0'),
       'ctr_' || lpad((n / 10)::text, 8, '0'), 'US', 1, %(day)s, %(day)s::date + 1 + (n * 7 %% 365),
       '', 1, 1
from generate_series(%(start)s::int, %(end)s::int) n
"""


_DUE = """
select count(company_id) from subscriptions_subscription
where region_id = %(region)s and ended_on is null and renews_on = any(%(days)s)
"""


def figures(*, size: int = 10_000_000) -> Iterator[dict[str, Any]]:
    """Who is to be reminded today, asked of ten million subscriptions by index and by scan."""
    template = f"subscriptions_{size}"
    server.make_template(template, lambda: _fill(size))
    server.use(template)
    reach = reach_of(book.REGION, book.DAY, since=book.DAY)
    reads: list[Spent] = []
    scans: list[Spent] = []
    companies: list[Spent] = []
    for number in range(ROUNDS + 1):
        read = spend(lambda: _read(reach))
        scan = spend(lambda: _scan(reach))
        whole = spend(lambda: _count(companies_in(reach, BATCH)))
        if number:
            reads.append(read)
            scans.append(scan)
            companies.append(whole)
    found = _count(companies_in(reach, BATCH))
    connection.close()
    by_index, by_scan = medians(reads), medians(scans)
    yield {
        "figure": "reminders: the read part against a sequential scan of the table",
        "size": size,
        "companies": found,
        "read_ms": round(by_index.cpu_s * 1e3, 1),
        "scan_ms": round(by_scan.cpu_s * 1e3, 1),
        "companies_in_order_ms": round(medians(companies).cpu_s * 1e3, 1),
        "ratio": round(by_index.cpu_s / by_scan.cpu_s, 4),
        "goal": "<= 0.05",
    }


def _fill(size: int) -> None:
    book.fill(size=100, due=1)
    with connection.cursor() as cursor:
        # Companies of this figure do not exist: only one table is read.
        cursor.execute("set session_replication_role = replica")
        step = 1_000_000
        for start in range(1000, size, step):
            end = min(start + step, size) - 1
            cursor.execute(_GROW, {"day": book.DAY, "start": start, "end": end})
        cursor.execute("set session_replication_role = origin")


def _count(batches: Iterator[list[str]]) -> int:
    return sum(len(one) for one in batches)


def _read(reach: Reach) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, reach.asked())


def _scan(reach: Reach) -> None:
    """The same question without an index, on one core."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "set local enable_indexscan = off; set local enable_indexonlyscan = off; "
            "set local enable_bitmapscan = off; set local max_parallel_workers_per_gather = 0"
        )
        cursor.execute(_DUE, reach.asked())
