"""Import a vendor's book of subscriptions: whole or nothing, every mistake at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml
from django.conf import settings
from django.db import connection

from perenne.catalog.queries import regions
from perenne.daily.models import FinishedDay
from perenne.daily.queries import marks
from perenne.importing.errors import Problem, Problems
from perenne.importing.judging import judge
from perenne.importing.reading import Read, codec_of, stage
from perenne.importing.tables import TABLES
from perenne.importing.values import YEARS
from perenne.importing.writing import judge_against_file, write
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.clock import demo_clock_stands_on, today, turn_demo_clock
from perenne.platform.faults import fp
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic

_ONE_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class BookImport:
    """What an import did: rows read and rows new by kind, and tax ids that fail their check."""

    as_of: date
    read: dict[str, int]
    new: dict[str, int]
    unverified_tax_ids: tuple[str, ...]

    @property
    def changed_nothing(self) -> bool:
        """Whether everything was on file already."""
        return not any(self.new.values())


def import_book(
    directory: Path,
    *,
    now: datetime,
    encoding: str = "utf-8",
    as_of: date | None = None,
    progress: Callable[[str, int], None] = lambda _file, _rows: None,
) -> BookImport:
    """Read, judge and write a book in one transaction.

    Subscriptions whose renewal day lies before ``as_of`` come in as the policy has them on that
    day; ``as_of`` is the first business day that will be run. The same book again changes
    nothing, also after days were run.

    Raises:
        ImportRefusedError: with every mistake; nothing was written.

    Source: docs/explanation/time.md, «Business days».
    """
    problems = Problems()
    first_day = as_of or _stated_as_of(directory, problems)
    if first_day is not None and first_day.year not in YEARS:
        reason = f"is not between {YEARS.start} and {YEARS.stop - 1}"
        problems.add(Problem("--as-of", 0, "", str(first_day), reason))
    with atomic("book"):
        # Two imports at once would both find a code new; they take turns instead.
        select("select pg_advisory_xact_lock(%s)", [0x424F_4F4B])
        read = _stage_all(directory, encoding, problems, progress)
        problems.refuse_if_any()
        fp("book.staged")
        judge(problems)
        judge_against_file(problems)
        problems.refuse_if_any()
        first_day = first_day or max(_todays(now), default=now.date())
        new = write(as_of=first_day, now=now)
        fp("book.written")
        done = BookImport(
            as_of=first_day,
            read={name: one.rows for name, one in read.items()},
            new={name: count for name, count in new.items() if name != "opening"},
            unverified_tax_ids=_unverified(),
        )
        if not done.changed_nothing:
            _open_calendar(first_day, problems, now=now)
            problems.refuse_if_any()
            _record(done, read, now=now)
    return done


def _stage_all(
    directory: Path, encoding: str, problems: Problems, progress: Callable[[str, int], None]
) -> dict[str, Read]:
    if not directory.is_dir():
        problems.add(Problem(str(directory), 0, "", "", "is not a directory"))
        problems.refuse_if_any()
    codec = codec_of(encoding, problems)
    return {
        table.name: stage(directory, table, encoding=codec, problems=problems, progress=progress)
        for table in TABLES
    }


def _stated_as_of(directory: Path, problems: Problems) -> date | None:
    """The day that ``book.yaml`` states, if there is one."""
    path = directory / "book.yaml"
    if not path.is_file():
        return None
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.add(Problem("book.yaml", 0, "", "", f"is not YAML: {error}"))
        return None
    as_of = stated.get("as_of") if isinstance(stated, dict) else None
    if not isinstance(as_of, date) or isinstance(as_of, datetime):
        problems.add(Problem("book.yaml", 0, "as_of", str(as_of), "is not a date like 2026-12-01"))
        return None
    return as_of


def _todays(now: datetime) -> list[date]:
    known = regions()
    used = select("select distinct region from staged_companies")
    return [today(now, known[row["region"]].zone) for row in used]


def _unverified() -> tuple[str, ...]:
    rows = select(
        "select company from staged_companies x where tax_id <> '' "
        "and not exists (select 1 from verified_tax_ids v where v.line = x.line) order by line"
    )
    return tuple(row["company"] for row in rows)


def _open_calendar(as_of: date, problems: Problems, *, now: datetime) -> None:
    """Set the mark of regions that have none, and the demo's clock, to where the book begins."""
    known = regions()
    marked = marks()
    used = select(
        "select distinct c.region_id as region from staged_subscriptions x "
        "join subscriptions_subscription s on s.code = x.subscription "
        "join accounts_company c on c.id = s.company_id"
    )
    for row in used:
        region = row["region"]
        mark = marked.get(region)
        if mark is None:
            FinishedDay.objects.create(
                region_id=region,
                day=as_of - _ONE_DAY,
                finished_at=now,
                was_run=False,
                currency=known[region].currency.code,
            )
        elif as_of <= mark:
            reason = f"is finished already in region {region}; its next business day is "
            problems.add(Problem("--as-of", 0, "", str(as_of), f"{reason}{mark + _ONE_DAY}"))
    stands_on = demo_clock_stands_on()
    if settings.PERENNE_MODE == "demo" and (stands_on is None or stands_on < as_of):
        turn_demo_clock(as_of)


def _record(done: BookImport, read: dict[str, Read], *, now: datetime) -> None:
    hashes = {name: one.digest.hexdigest() for name, one in read.items()}
    used = select("select distinct region from staged_companies order by region")
    journal.record_all(
        [
            Fact(
                kind="book.imported",
                subject=row["region"],
                company="",
                region=row["region"],
                business_day=done.as_of,
                actor="import",
                facts={"new": done.new, "sha256": hashes},
            )
            for row in used
        ],
        at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
