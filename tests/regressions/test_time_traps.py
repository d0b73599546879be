"""Every trap of the calendar, sprung once: months, zones, ends of days and the end of time."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from perenne.daily import jobs
from perenne.daily.queries import marks
from perenne.importing.errors import ImportRefusedError
from perenne.platform.clock import moment_of, today
from perenne.renewals.changes.queries import ChangeState
from perenne.renewals.errors import ChangeRefusedError
from perenne.renewals.facts import renewal_facts
from perenne.renewals.pricing import Pricer
from perenne.rules.calendar import OutOfCalendarError, Period, following_period, month_later
from perenne.subscriptions.models import Subscription, Term
from tests.importing.conftest import Book
from tests.regressions.cases import ONE_DAY, broken
from tests.support.builders import (
    a_card,
    a_company,
    a_method,
    a_subscription,
    the_demo_catalogue,
)
from tests.support.changing import at, change

TAIPEI, BERLIN, LOS_ANGELES = (
    ZoneInfo(name) for name in ("Asia/Taipei", "Europe/Berlin", "America/Los_Angeles")
)


def chain(first, months, anchor, how_many):
    """The renewal days that follow ``first``, each from the one before."""
    days = [first]
    while len(days) <= how_many:
        days.append(month_later(days[-1], months, anchor=anchor))
    return days


@pytest.mark.parametrize("anchor", [28, 29, 30, 31])
def test_anchors_28_to_31_come_back_after_february(anchor):
    days = chain(date(2027, 1, anchor), 1, anchor, 14)

    for day in days:
        following = day.replace(day=28) + timedelta(4)
        last = (following.replace(day=1) - ONE_DAY).day
        assert day.day == min(anchor, last)


@pytest.mark.parametrize(
    ("months", "ends"),
    [
        (12, [date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28), date(2032, 2, 29)]),
        (36, [date(2031, 2, 28), date(2034, 2, 28), date(2037, 2, 28), date(2040, 2, 29)]),
    ],
)
def test_29_february_comes_back_in_leap_years(months, ends):
    assert chain(date(2028, 2, 29), months, 29, 4)[1:] == ends


def test_31_december_stays_31_december():
    assert chain(date(2026, 12, 31), 12, 31, 3)[1:] == [date(y, 12, 31) for y in (2027, 2028, 2029)]
    assert chain(date(2026, 12, 31), 1, 31, 2)[1:] == [date(2027, 1, 31), date(2027, 2, 28)]


def test_anchor_31_from_january_to_march(world_on):
    """Month-end chain through the real run: 31 January → 28 February → 31 March, not 28."""
    world = world_on(date(2027, 1, 31))
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 1, 31),
        company=company,
        offer="LT/named_user/1",
        renews_automatically=True,
        pays_with=a_card(company),
    )

    for day in (date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)):
        jobs.run_what_has_come(moment_of(day))

    ends = list(
        Term.objects.filter(subscription=subscription)
        .order_by("starts_on")
        .values_list("renews_on", flat=True)
    )
    assert ends == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
    ]
    assert world.today == date(2027, 1, 31)
    assert broken() == []


def test_taipei_midnight_is_16_utc_the_day_before(world_on):
    """The day of a company in Taipei begins while the server still has yesterday."""
    world_on(date(2026, 12, 10))
    company = a_company(region="TW")
    a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )

    jobs.run_what_has_come(datetime(2026, 12, 9, 15, 59, 59, tzinfo=UTC))
    assert marks()["TW"] == date(2026, 12, 9)
    jobs.run_what_has_come(datetime(2026, 12, 9, 16, 0, tzinfo=UTC))

    assert (marks()["TW"], marks()["US"]) == (date(2026, 12, 10), date(2026, 12, 9))
    assert Subscription.objects.get().renews_on == date(2027, 12, 10)


def test_dst_gap_and_repeated_hour():
    """A day with 23 or 25 hours is one day, and every moment of it is in it."""
    for day, hours in ((date(2027, 3, 28), 23), (date(2027, 10, 31), 25)):
        begins = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
        moments = [begins + timedelta(minutes=30 * n) for n in range(2 * hours)]

        assert {today(moment, BERLIN) for moment in moments} == {day}
        assert today(begins - timedelta(seconds=1), BERLIN) == day - ONE_DAY
        assert today(begins + timedelta(hours=hours), BERLIN) == day + ONE_DAY


def test_the_run_of_a_day_with_a_gap_happens_once(world_on):
    world_on(date(2027, 3, 28))
    company = a_company(region="EU")
    a_subscription(
        renews_on=date(2027, 3, 28),
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )

    for minutes in range(0, 25 * 60, 90):
        jobs.run_what_has_come(
            datetime(2027, 3, 27, 23, 0, tzinfo=UTC) + timedelta(minutes=minutes)
        )

    assert Term.objects.filter(came_by="renewal").count() == 1
    assert marks()["EU"] == date(2027, 3, 29)


def test_pacific_apia_missing_day():
    """30 December 2011 did not exist in Samoa; a term counts calendar days, so it is a day."""
    apia = ZoneInfo("Pacific/Apia")
    before = datetime(2011, 12, 29, 23, 59, tzinfo=apia)
    after = before.astimezone(UTC) + timedelta(minutes=1)

    assert today(before.astimezone(UTC), apia) == date(2011, 12, 29)
    assert today(after, apia) == date(2011, 12, 31)
    period = following_period(Period(date(2011, 11, 30), date(2011, 12, 30)), months=1, anchor=30)
    assert (period.starts_on, period.renews_on, period.length_days) == (
        date(2011, 12, 30),
        date(2012, 1, 30),
        31,
    )


def test_a_region_that_skips_a_day_runs_it_as_a_missed_one(world_on, monkeypatch):
    """Whoever looks after the date line moved runs the day that nobody lived, in order."""
    world_on(date(2026, 12, 10))
    company = a_company(region="TW")
    a_subscription(
        renews_on=date(2026, 12, 11),
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )
    jobs.run_what_has_come(moment_of(date(2026, 12, 10)))

    jobs.run_what_has_come(moment_of(date(2026, 12, 12)))

    assert marks()["TW"] == date(2026, 12, 12)
    assert Subscription.objects.get().renews_on == date(2027, 12, 11)


def test_time_zone_data_that_change_between_quote_and_renewal(world_on):
    """Contracts are days: another offset moves the moment of a run, and no date or price."""
    world = world_on(date(2026, 12, 1))
    company = a_company(region="TW")
    subscription = a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )
    facts = renewal_facts([subscription.pk])[0]
    quoted = Pricer().planned_sale(facts)
    with _zone_of("TW", "Asia/Tokyo"):
        for day in range(1, 11):
            world.today = date(2026, 12, day)
            world.run_today()

    term = Term.objects.get(came_by="renewal")
    assert (term.starts_on, term.renews_on) == (quoted.term.starts_on, quoted.term.renews_on)
    assert broken() == []


class _zone_of:  # noqa: N801 - reads as a statement
    """A region whose government changed its mind."""

    def __init__(self, region, zone):
        self.region, self.zone = region, zone

    def __enter__(self):
        from perenne.catalog import queries
        from perenne.catalog.models import Region

        self.before = Region.objects.get(pk=self.region).time_zone
        Region.objects.filter(pk=self.region).update(time_zone=self.zone)
        queries._catalogue.cache_clear()

    def __exit__(self, *_error):
        from perenne.catalog import queries
        from perenne.catalog.models import Region

        Region.objects.filter(pk=self.region).update(time_zone=self.before)
        queries._catalogue.cache_clear()


def test_the_window_counts_in_days_of_the_region(world_on):
    """90 days before, by Los Angeles' calendar: in Greenwich it is tomorrow already."""
    renews_on = date(2027, 3, 10)
    world_on(renews_on - timedelta(95))
    company = a_company(region="US")
    subscription = a_subscription(renews_on=renews_on, company=company, pays_with=a_card(company))
    opens = datetime(2026, 12, 10, 0, 0, tzinfo=LOS_ANGELES).astimezone(UTC)
    assert (opens.day, (renews_on - date(2026, 12, 10)).days) == (10, 90)

    with pytest.raises(ChangeRefusedError, match=r"renewal\.window_not_open"):
        change(at(opens - timedelta(seconds=1)), "renew", subscription)
    assert change(at(opens), "renew", subscription).state is ChangeState.DONE


def test_reminders_count_in_days_of_the_region(world_on):
    from perenne.notices.models import Notice

    renews_on = date(2027, 1, 9)
    world_on(date(2026, 12, 9))
    company = a_company(region="TW")
    a_subscription(renews_on=renews_on, company=company)

    def told():
        return set(Notice.objects.values_list("milestone", flat=True))

    jobs.run_what_has_come(datetime(2026, 12, 9, 15, 59, tzinfo=UTC))
    assert told() == set()
    jobs.run_what_has_come(datetime(2026, 12, 9, 16, 1, tzinfo=UTC))

    assert told() == {"30"}
    assert (renews_on - date(2026, 12, 10)).days == 30


def test_exclusive_end_is_stored_and_inclusive_last_day_is_shown():
    period = Period(date(2026, 2, 28), date(2027, 2, 28))

    assert period.renews_on == date(2027, 2, 28)
    assert period.last_day == date(2027, 2, 27)
    assert not period.contains(period.renews_on)
    assert following_period(period, months=12, anchor=28).starts_on == period.renews_on


def test_leap_second_is_ignored():
    """23:59:60 UTC on 31 December 2016: nobody's day becomes longer or is lost."""
    before = datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)

    assert today(before, ZoneInfo("UTC")) == date(2016, 12, 31)
    assert today(before + timedelta(seconds=1), ZoneInfo("UTC")) == date(2017, 1, 1)


def test_9999_12_31_plus_a_term_is_refused(db, tmp_path):
    with pytest.raises(OutOfCalendarError):
        month_later(date(9999, 12, 31), 1, anchor=31)
    the_demo_catalogue()
    book = Book(tmp_path)
    book.put("subscriptions", 2, starts_on="9998-12-31", renews_on="9999-12-31", anchor_day="31")

    with pytest.raises(ImportRefusedError) as refused:
        book.load()

    said = [(one.file, one.line, one.column) for one in refused.value.problems]
    assert ("subscriptions.csv", 2, "renews_on") in said
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "2200-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    "command",
    [
        "export gl --from 2026-12-01 --out gl.csv --to",
        "partners statement P1 --from 2026-12-01 --to",
        "period close --by fin --through",
        "advance --to",
        "run --day",
        "why S1 renew --on",
        "import book . --as-of",
    ],
)
def test_a_command_refuses_a_day_at_the_end_of_the_calendar(command, day):
    """Each goes on to a day after it; the calendar has none after 9999-12-31."""
    from click.testing import CliRunner

    from perenne.cli.main import cli

    answer = CliRunner().invoke(cli, [*command.split(), day])

    assert answer.exit_code == 2
    assert f"{day} is not between 1990 and 2199" in answer.output


@pytest.mark.parametrize(
    "cell",
    [
        "0001-01-01",
        "1899-12-31",
        "2027-02-29",
        "9999-12-31",
        "99999-01-01",
        "116/01/05",
        "２０２７-０１-０１",
    ],
)
def test_a_date_that_is_none_is_refused_by_name(db, tmp_path, cell):
    the_demo_catalogue()
    book = Book(tmp_path)
    book.put("subscriptions", 2, renews_on=cell)

    with pytest.raises(ImportRefusedError) as refused:
        book.load()

    assert ("subscriptions.csv", 2, "renews_on", cell) in [
        (one.file, one.line, one.column, one.value) for one in refused.value.problems
    ]


def test_no_day_is_lost_or_lived_twice_around_the_world():
    """Every region's calendar goes on by one day at a time, whatever its clocks do."""
    for zone in (TAIPEI, BERLIN, LOS_ANGELES):
        moments = [datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 400)]
        days = sorted({today(moment, zone) for moment in moments})

        assert all(later - earlier == ONE_DAY for earlier, later in pairwise(days))
