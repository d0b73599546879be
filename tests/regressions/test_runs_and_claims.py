"""Runs that come late, twice or half: what others' systems billed twice, cancelled or skipped."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from perenne.billing.models import Invoice, Order, PaymentAttempt
from perenne.daily import jobs, running, turns
from perenne.daily.models import FinishedDay
from perenne.daily.queries import marks
from perenne.daily.running import run_region, run_to
from perenne.platform import writing
from perenne.platform.clock import moment_of
from perenne.platform.models import JournalEntry
from perenne.platform.writing import atomic
from perenne.renewals.errors import ChangeRefusedError
from perenne.renewals.facts import renewal_facts
from perenne.renewals.operations.ending import age_unrenewed
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.running import retry_due
from perenne.renewals.operations.trying import automatic_try, try_to_renew
from perenne.subscriptions.models import Subscription, Term
from tests.regressions.cases import (
    ONE_DAY,
    TODAY,
    at_once,
    broken,
    due_by_card,
    due_on_account,
    sold_once,
)
from tests.support.builders import a_company, a_subscription
from tests.support.changing import at, change


def told(kind):
    return list(
        JournalEntry.objects.filter(kind=kind).order_by("id").values_list("business_day", flat=True)
    )


def test_queue_lag_longer_than_the_clock_period(world_on):
    """Looks that waited for hours and come all at once run each day once, as of itself."""
    world_on(TODAY)
    for ahead in range(4):
        due_on_account(TODAY + ahead * ONE_DAY)
    late = moment_of(TODAY + 3 * ONE_DAY)

    for minutes in (0, 1, 2):
        jobs.run_what_has_come(late + timedelta(minutes=minutes))

    days = [TODAY + ahead * ONE_DAY for ahead in range(4)]
    assert told("subscription.renewed") == days
    assert set(marks().values()) == {days[-1]}
    assert broken() == []


def test_two_near_simultaneous_looks_with_different_timestamps(world_on):
    world_on(TODAY)
    for _ in range(10):
        due_on_account()
    now = moment_of(TODAY)

    at_once(
        *(
            lambda later=later: jobs.run_what_has_come(now + timedelta(microseconds=later))
            for later in (0, 1, 900)
        )
    )

    assert told("subscription.renewed") == [TODAY] * 10
    assert FinishedDay.objects.filter(was_run=True, region_id="US").count() == 1
    assert broken() == []


def test_a_run_that_lost_its_turn_with_its_connection_comes_second(world_on, at_point):
    """Another finishes the day while it still works: the first mark stays, and nobody fails."""
    world_on(TODAY)
    due_on_account()
    now = moment_of(TODAY)

    def another_runs():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock_all()")
        at_once(lambda: run_region("US", TODAY, reminds=True, now=now))

    at_point("day.worked", another_runs)
    run_region("US", TODAY, reminds=True, now=now)

    assert told("subscription.renewed") == [TODAY]
    assert FinishedDay.objects.filter(was_run=True, region_id="US").count() == 1
    assert broken() == []


def test_terminate_while_the_billing_job_waits(world_on, at_point):
    """It ended between being found due and being claimed: nothing is billed."""
    world = world_on(TODAY)
    subscription = due_by_card()

    def ends():
        Subscription.objects.filter(pk=subscription.pk).update(
            ended_on=TODAY, ended_because="returned"
        )

    at_point("renewal.claiming", ends)
    world.run_today()

    assert not PaymentAttempt.objects.exists()
    assert told("subscription.renewed") == []


def test_automatic_renewal_turned_off_while_the_billing_job_waits(world_on, at_point):
    world = world_on(TODAY)
    subscription = due_by_card()

    def turned_off():
        evening_before = at(world.now - ONE_DAY)
        at_once(lambda: change(evening_before, "auto_renew", subscription, on=False))

    at_point("renewal.claiming", turned_off)
    world.run_today()

    assert not PaymentAttempt.objects.exists()
    assert told("subscription.expired") == [TODAY]
    assert broken() == []


def test_read_then_insert_invoice(world_on):
    """Two that bill for one seller at once get numbers of their own, without a gap."""
    world = world_on(TODAY)
    ids = [due_on_account().pk for _ in range(12)]
    decide, occasion = automatic_try(TODAY), Occasion(TODAY, "run", world.now)

    at_once(
        *(
            lambda part=part: try_to_renew(ids[part::3], decide, occasion=occasion)
            for part in range(3)
        )
    )

    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 13))
    assert broken() == []


def test_an_invoice_that_was_rolled_back_leaves_no_gap(world_on, at_point):
    world = world_on(TODAY)
    ids = [due_on_account().pk for _ in range(2)]
    decide, occasion = automatic_try(TODAY), Occasion(TODAY, "run", world.now)

    def fails():
        raise RuntimeError("in the middle of booking")

    at_point("renewal.claimed", fails)
    with pytest.raises(RuntimeError):
        try_to_renew(ids[:1], decide, occasion=occasion)
    try_to_renew(ids, decide, occasion=occasion)

    assert sorted(Invoice.objects.values_list("number", flat=True)) == [1, 2]
    assert broken() == []


def test_a_cancelled_invoice_frees_the_period_slot(world_on):
    """A returned term can be sold again from the same day; the first sale stays on record."""
    world = world_on(TODAY)
    subscription = due_on_account()
    world.run_today()
    with transaction.atomic():
        Term.objects.filter(subscription=subscription, starts_on=TODAY).update(reversed_by="ret_1")
        Subscription.objects.filter(pk=subscription.pk).update(renews_on=TODAY)
    decide = automatic_try(TODAY + ONE_DAY)
    occasion = Occasion(TODAY + ONE_DAY, "run", world.now + ONE_DAY)

    try_to_renew([subscription.pk], decide, occasion=occasion)

    terms = Term.objects.filter(subscription=subscription, starts_on=TODAY)
    assert sorted(one.reversed_by or "" for one in terms) == ["", "ret_1"]
    assert Order.objects.filter(subscription=subscription, term_starts_on=TODAY).count() == 2
    assert {one.partition(":")[0] for one in broken()}.isdisjoint({"P1", "T1", "T2"})


def test_overdue_check_and_payment_retry_both_cancel(world_on):
    """On the last day a retry and the expiry meet: it is renewed or expires, once."""
    world = world_on(TODAY)
    subscription = due_by_card(last4="9995")
    for ahead in range(7):
        world.today = TODAY + ahead * ONE_DAY
        world.run_today()
    last = Occasion(TODAY + 7 * ONE_DAY, "run", moment_of(TODAY + 7 * ONE_DAY))

    at_once(
        lambda: retry_due("US", occasion=last),
        lambda: age_unrenewed("US", occasion=last),
        lambda: age_unrenewed("US", occasion=last),
    )
    world.today = last.day
    world.run_today()

    assert told("subscription.expired") == [last.day]
    assert len(told("payment.declined")) in (4, 5)
    assert not Order.objects.filter(subscription=subscription).exists()
    assert broken() == []


def test_nothing_expires_while_its_money_is_on_the_way(world_on, at_point):
    world = world_on(TODAY)
    subscription = due_by_card()
    late = Occasion(TODAY + 7 * ONE_DAY, "run", world.now)
    at_point("charge.answered", lambda: at_once(lambda: age_unrenewed("US", occasion=late)))

    world.run_today()

    assert told("subscription.expired") == []
    assert sold_once(subscription)


def test_select_then_stamp_claim(world_on):
    """Two who selected the same rows before either has claimed: each row is taken once."""
    world = world_on(TODAY)
    ids = [due_on_account().pk for _ in range(8)]
    decide, occasion = automatic_try(TODAY), Occasion(TODAY, "run", world.now)
    together = threading.Barrier(2)

    def claims():
        together.wait()
        return try_to_renew(ids, decide, occasion=occasion, shared=True)

    taken = at_once(claims, claims)
    try_to_renew(ids, decide, occasion=occasion)

    assert sum(taken) >= len(ids)
    assert told("subscription.renewed") == [TODAY] * 8
    assert broken() == []


def test_one_region_that_fails_does_not_stop_the_others(world_on, monkeypatch):
    world_on(TODAY)
    due_on_account()
    ran = []

    def run_or_fail(region, day, **given):
        if region == "EU":
            raise ValueError("a region with a poisoned row")
        ran.append(region)
        return run_region(region, day, **given)

    monkeypatch.setattr(jobs, "run_region", run_or_fail)

    with pytest.raises(ValueError, match="poisoned"):
        jobs.run_what_has_come(moment_of(TODAY))

    assert {"US", "TW"} <= set(ran)
    assert marks()["US"] == TODAY
    assert marks()["EU"] == TODAY - ONE_DAY


def test_a_look_hands_over_mails_even_if_a_run_fails(world_on, settings, monkeypatch):
    world_on(TODAY)
    settings.PERENNE_MODE = "live"
    settings.PERENNE_SMTP_URL = "smtp://127.0.0.1:1"
    done = []
    monkeypatch.setattr(jobs, "run_what_has_come", lambda _now: 1 / 0)
    monkeypatch.setattr(jobs, "reconcile_all", lambda _now: done.append("reconciled"))
    monkeypatch.setattr(jobs, "deliver_waiting", lambda **_given: done.append("delivered"))

    with pytest.raises(ZeroDivisionError):
        jobs.look(0)

    assert done == ["reconciled", "delivered"]


class FallsSilent:
    """Somebody who takes something, says nothing for as long as he may, and finds it lost."""

    def __init__(self):
        self.holds, self.may_end, self.error = threading.Event(), threading.Event(), None

    def hold(self, taking, then=lambda: None):
        try:
            with taking:
                then()
                self.holds.set()
                self.may_end.wait(30)
        except Exception as error:  # noqa: BLE001 - each layer has its own way to say so
            self.error = error


def test_a_run_that_fell_silent_loses_its_turn(world_on, monkeypatch):
    """A stopped process holds the region's lock as long as its session lives."""
    world = world_on(TODAY)
    due_on_account()
    monkeypatch.setattr(turns, "SILENCE", timedelta(milliseconds=200))
    silent = FallsSilent()

    def runs():
        silent.holds.wait(30)
        world.run_today()
        silent.may_end.set()

    at_once(lambda: silent.hold(turns.one_run_at_a_time("US")), runs)

    assert told("subscription.renewed") == [TODAY]
    assert "terminating connection" in str(silent.error)


def test_a_transaction_that_fell_silent_gives_its_rows_back(world_on, monkeypatch):
    world = world_on(TODAY)
    subscription = due_on_account()
    monkeypatch.setattr(writing, "SILENCE", timedelta(milliseconds=200))
    silent = FallsSilent()

    def runs():
        silent.holds.wait(30)
        monkeypatch.undo()
        world.run_today()
        silent.may_end.set()

    def locks():
        Subscription.objects.select_for_update().get(pk=subscription.pk)

    at_once(lambda: silent.hold(atomic("test"), then=locks), runs)

    assert told("subscription.renewed") == [TODAY]
    assert silent.error is not None


def test_a_run_that_is_killed_between_the_end_and_the_mark_breaks_no_law(world_on, at_point):
    world = world_on(TODAY)
    due_by_card(last4="9995")
    for ahead in range(7):
        world.today = TODAY + ahead * ONE_DAY
        world.run_today()
    world.today = TODAY + 7 * ONE_DAY

    def killed():
        raise KeyboardInterrupt

    at_point("day.worked", killed)
    with pytest.raises(KeyboardInterrupt):
        run_region("US", world.today, reminds=True, now=world.now)

    assert told("subscription.expired") == [world.today]
    assert broken() == []


def test_a_clock_that_went_back_opens_nothing_that_has_ended(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY, company=company, pays_with=None, renews_automatically=False
    )
    world.run_today()
    assert renewal_facts([subscription.pk])[0].ended_on == TODAY

    with pytest.raises(ChangeRefusedError, match=r"stage\.expired"):
        change(at(world.now - 2 * ONE_DAY), "renew", subscription)

    assert not PaymentAttempt.objects.exists()


def test_what_a_customer_asked_for_may_be_settled_by_the_run(world_on, at_point):
    """The law that the run renews only what is automatic looks at who asked."""
    world = world_on(TODAY)
    subscription = due_by_card(TODAY + 20 * ONE_DAY)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("update renewals_planrevision set renews_automatically = false")
        cursor.execute("set session_replication_role = origin")

    def killed():
        raise KeyboardInterrupt

    at_point("charge.answered", killed)
    with pytest.raises(KeyboardInterrupt):
        change(world, "renew", subscription)
    world.run_today()

    assert Order.objects.get().actor == "run"
    assert sold_once(subscription)


def test_a_day_is_marked_only_when_its_work_is_done(world_on, at_point):
    world = world_on(TODAY)
    due_on_account()
    for point in ("day.reminded", "day.renewed", "day.retried", "day.worked"):

        def killed():
            assert marks()["US"] == TODAY - ONE_DAY
            raise KeyboardInterrupt

        at_point(point, killed)
        with pytest.raises(KeyboardInterrupt):
            run_region("US", TODAY, reminds=True, now=world.now)
        assert marks()["US"] == TODAY - ONE_DAY

    assert run_to(TODAY, now=world.now) == [TODAY]
    assert told("subscription.renewed") == [TODAY]
    assert running.mark_of("US") == date(2026, 12, 10)
