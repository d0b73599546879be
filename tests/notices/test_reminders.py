"""Who is reminded of what, and how often: through the tables, on the demo's catalogue."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from tests.support.builders import (
    a_company,
    a_method,
    a_person,
    a_subscription,
    the_demo_catalogue,
)
from tests.support.changing import at, change

from perenne.accounts.models import PersonRole, StaffMember
from perenne.notices.models import Mail, Notice
from perenne.notices.reminders import send_due_reminders
from perenne.platform.ids import new_id
from perenne.platform.models import JournalEntry
from perenne.renewals.models import ParkedSubscription

TODAY = date(2026, 12, 1)
DAY = timedelta(1)


@pytest.fixture(autouse=True)
def world(fresh_database):
    the_demo_catalogue()


def remind(day=TODAY, *, region="US", **given):
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return send_due_reminders(region=region, day=day, now=now, **given)


def facts():
    rows = JournalEntry.objects.filter(kind__startswith="reminder.").order_by("id")
    return [(row.kind, row.subject, row.facts["days_before"]) for row in rows]


def without_role(company, role):
    PersonRole.objects.filter(person__company=company, role=role).delete()


def a_specialist():
    return StaffMember.objects.create(
        id=new_id("stf"),
        code="desk",
        name="Nora Berg",
        email="nora@fjord.example",
        role="specialist",
    )


def test_a_milestone_is_told_once_however_often_the_run_is_repeated():
    subscription = a_subscription(renews_on=TODAY + 30 * DAY)

    assert [remind(), remind(), remind()] == [1, 0, 0]

    assert facts() == [("reminder.sent", subscription.pk, 30)]
    mail = Mail.objects.get()
    entry = JournalEntry.objects.get(kind="reminder.sent")
    assert entry.facts == {
        "days_before": 30,
        "renews_on": "2026-12-31",
        "mail": [mail.pk],
    }
    assert (entry.once_key, entry.actor, entry.business_day) == ("2026-12-31/30", "run", TODAY)
    notice = Notice.objects.get()
    assert (notice.milestone, notice.renews_on, notice.mail_id) == (
        "30",
        TODAY + 30 * DAY,
        mail.pk,
    )
    assert (mail.state, mail.business_day, mail.to_name) == ("waiting", TODAY, "Ana Diaz")


@pytest.mark.parametrize(
    ("days_before", "told"),
    [(91, 0), (90, 1), (89, 1), (31, 1), (1, 1), (0, 0), (-1, 0)],
)
def test_nothing_is_told_before_the_first_milestone_or_from_the_renewal_day_on(days_before, told):
    a_subscription(renews_on=TODAY + days_before * DAY)

    assert remind(since=TODAY - 30 * DAY) == told


def test_after_missed_days_only_the_latest_is_told_and_the_others_never():
    subscription = a_subscription(renews_on=TODAY + 14 * DAY)

    assert remind(since=TODAY - 20 * DAY) == 1
    assert remind(TODAY + DAY, since=TODAY - 20 * DAY) == 0
    assert facts() == [("reminder.sent", subscription.pk, 15)]


def test_a_milestone_before_the_import_does_not_exist():
    a_subscription(renews_on=TODAY + 29 * DAY, imported_as_of=TODAY)
    fresh = a_subscription(renews_on=TODAY + 30 * DAY, imported_as_of=TODAY)

    assert remind() == 1
    assert facts() == [("reminder.sent", fresh.pk, 30)]


def test_a_monthly_term_has_no_milestone_at_or_before_its_first_day():
    monthly = a_subscription(renews_on=date(2026, 12, 31), offer="LT/named_user/1")

    assert remind(date(2026, 12, 1)) == 1
    assert facts() == [("reminder.sent", monthly.pk, 30)]
    assert remind(date(2026, 12, 16)) == 1
    february = a_subscription(renews_on=date(2027, 3, 1), offer="LT/named_user/1")
    assert remind(date(2027, 2, 1)) == 0
    assert february.pk not in {subject for _, subject, _ in facts()}


def test_no_reminder_after_renewal():
    company = a_company()
    method = a_method(company, kind="invoice")
    subscription = a_subscription(renews_on=TODAY + 31 * DAY, company=company, pays_with=method)
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    change(at(now), "renew", subscription)

    assert [remind(TODAY + n * DAY) for n in range(1, 31)] == [0] * 30


def test_a_parked_subscription_is_left_to_the_person_who_looks_at_it():
    subscription = a_subscription(renews_on=TODAY + 30 * DAY)
    ParkedSubscription.objects.create(
        subscription=subscription,
        id=new_id("prk"),
        reason="test",
        business_day=TODAY,
        parked_at=datetime(2026, 12, 1, 12, tzinfo=UTC),
    )

    assert remind() == 0
    assert facts() == []


def test_another_regions_subscriptions_wait_for_their_own_run():
    a_subscription(renews_on=TODAY + 30 * DAY, company=a_company(region="TW"))

    assert remind(region="US") == 0
    assert remind(region="TW") == 1


def test_milestones_of_one_day_are_one_mail_for_each_manager_in_their_language():
    company = a_company()
    a_person(company, name="王小明", role="contract_manager", locale="zh-Hant")
    first = a_subscription(renews_on=TODAY + 30 * DAY, company=company)
    second = a_subscription(renews_on=TODAY + 90 * DAY, company=company)

    assert remind() == 2

    assert list(Mail.objects.order_by("id").values_list("to_name", "locale", "subject")) == [
        ("Ana Diaz", "en", "2 subscriptions to renew, the first on Thu 31 Dec 2026"),
        ("王小明", "zh-Hant", "2 項訂閱待續約，最早為 2026年12月31日（四）"),
    ]
    assert Notice.objects.count() == 4
    assert sorted(facts()) == sorted(
        [("reminder.sent", first.pk, 30), ("reminder.sent", second.pk, 90)]
    )


def test_two_companies_never_share_a_mail():
    subscriptions = [a_subscription(renews_on=TODAY + 30 * DAY) for _ in range(3)]

    assert remind(batch=1) == 3

    for subscription in subscriptions:
        mail = Mail.objects.get(company=subscription.company)
        assert subscription.company.people.filter(email=mail.to_address).exists()
        told = {one.code for one in subscriptions if one.code in mail.text + mail.html}
        assert told == {subscription.code}


def test_without_a_contract_manager_the_administrator_and_the_specialist_are_told():
    a_specialist()
    company = a_company()
    without_role(company, "contract_manager")
    for days in (30, 60):
        a_subscription(renews_on=TODAY + days * DAY, company=company)

    assert [remind(), remind()] == [2, 0]

    assert list(Mail.objects.order_by("id").values_list("kind", "to_name", "subject")) == [
        (
            "renewal_reminder",
            "Bo Chen",
            "2 subscriptions to renew, the first on Thu 31 Dec 2026",
        ),
        ("company_unmanaged", "Nora Berg", "Atelier Nord has no contract manager"),
    ]
    assert "because nobody there is contract manager yet" in Mail.objects.first().text


def test_a_managed_company_does_not_bother_the_specialist():
    a_specialist()
    a_subscription(renews_on=TODAY + 30 * DAY)

    assert remind() == 1
    assert Mail.objects.get().kind == "renewal_reminder"


@pytest.mark.parametrize("has_specialist", [True, False])
def test_nobody_to_tell_is_a_fact_of_its_own_told_once(has_specialist):
    if has_specialist:
        a_specialist()
    company = a_company(has_people=False)
    subscription = a_subscription(renews_on=TODAY + 30 * DAY, company=company)

    assert [remind(), remind(), remind(TODAY + DAY)] == [0, 0, 0]

    assert facts() == [("reminder.undeliverable", subscription.pk, 30)]
    kinds = list(Mail.objects.values_list("kind", flat=True))
    assert kinds == (["company_unmanaged"] if has_specialist else [])
    if has_specialist:
        assert "There was nobody to send it to." in Mail.objects.get().text


def in_a_thread(call):
    """Run it on a connection of its own; what it returned, or the error, is in the list."""
    results = []

    def run():
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 - compared by the test
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def wait_for_lock_waiters(how_many):
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            # Within a transaction the first look at the activity would be kept.
            cursor.execute("select pg_stat_clear_snapshot()")
            cursor.execute(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
                "and datname = current_database()"
            )
            if cursor.fetchone()[0] == how_many:
                return
            cursor.execute("select pg_sleep(0.02)")
    raise AssertionError(f"not {how_many} connections are waiting for a lock")


def test_two_runs_at_once_send_once():
    subscription = a_subscription(renews_on=TODAY + 30 * DAY)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select id from subscriptions_subscription where id = %s for update",
            [subscription.pk],
        )
        runs = [in_a_thread(remind) for _ in range(2)]
        wait_for_lock_waiters(2)
    for thread, _ in runs:
        thread.join()

    assert sorted(results[0] for _, results in runs) == [0, 1]
    assert (Mail.objects.count(), Notice.objects.count(), len(facts())) == (1, 1, 1)


def test_a_renewal_that_is_under_way_is_waited_for_and_then_there_is_nothing_to_tell():
    company = a_company()
    method = a_method(company, kind="invoice")
    subscription = a_subscription(renews_on=TODAY + 30 * DAY, company=company, pays_with=method)
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    with transaction.atomic():
        change(at(now), "renew", subscription)
        thread, results = in_a_thread(remind)
        wait_for_lock_waiters(1)
    thread.join()

    assert results == [0]
    assert facts() == []
