"""Planted bugs: what a careless hand might write, put into the workers' code to be caught.

Each one is a change to our own code in a forked worker; ``planting`` says where it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import connection
from msgspec import structs

from perenne.billing import booking, collecting, leases
from perenne.billing.attempts import Outcome, Standing
from perenne.billing.gateways import sandbox
from perenne.billing.gateways.protocol import ChargeRequest, GatewayError
from perenne.daily import running
from perenne.importing import book as importing
from perenne.notices import delivery, reminders
from perenne.platform.bulk import select
from perenne.platform.faults import fp
from perenne.platform.ids import new_id
from perenne.renewals import facts as fact_reading
from perenne.renewals import pricing
from perenne.renewals.operations import ending, executing, parking, reconciling, trying
from perenne.rules.calendar import Period, month_later
from perenne.rules.payments import DeclineKind
from perenne.rules.tax import TaxLine
from tests.faults import books


def missing_lock() -> None:
    """Rows are read, and nobody is kept from reading them too."""
    for module in (trying, ending):
        module.lock_renewal_facts = fact_reading.renewal_facts  # type: ignore[attr-defined]
    trying.claim_renewal_facts = fact_reading.renewal_facts


def lock_after_reading() -> None:
    """What was decided about may have changed before the lock."""

    def read_then_lock(identities: Sequence[str]) -> list[fact_reading.RenewalFacts]:
        known = fact_reading.renewal_facts(identities)
        if set(identities) & set(books.undecided):
            # A point that nothing else in a run comes to: the race is here and nowhere else.
            fp("clock.turned")
        select(
            "select id from subscriptions_subscription where id = any(%s) for update",
            [list(identities)],
        )
        return known

    trying.lock_renewal_facts = read_then_lock
    trying.claim_renewal_facts = read_then_lock


def fresh_key_per_call() -> None:
    """A key that is made when it is needed protects nobody."""

    def with_new_key(**given: Any) -> ChargeRequest:
        return ChargeRequest(**(given | {"idempotency_key": new_id("key")}))

    collecting.ChargeRequest = with_new_key  # type: ignore[assignment,misc]


def chained_dates() -> None:
    """The clamp of a short month is carried over."""

    def chained(current: Period, *, months: int, anchor: int) -> Period:
        day = min(anchor, current.renews_on.day)
        return Period(current.renews_on, month_later(current.renews_on, months, anchor=day))

    pricing._following = chained


def float_money() -> None:
    """Tax in floating point, cut to whole units."""
    exact = pricing.tax_on

    def in_floats(net_minor: int, **given: Any) -> TaxLine:
        line = exact(net_minor, **given)
        step = given["step_minor"]
        tax = int(net_minor / 100 * float(line.rate) * 100) // step * step
        return replace(line, tax_minor=tax)

    pricing.tax_on = in_floats  # type: ignore[assignment]


def called_before_the_commit() -> None:
    """The gateway is called while the attempt can still be rolled back."""
    committing = trying._commit_tries

    def commit_and_send(decisions: Any, *, occasion: Any) -> Any:
        attempts = committing(decisions, occasion=occasion)
        trying.send([one for one in attempts if one.state == "created"], occasion=occasion)
        return []

    trying._commit_tries = commit_and_send


def settles_without_looking() -> None:
    """An answer is written whatever has become of its attempt and its lease meanwhile."""
    executing.lock_attempts = lambda attempts: {
        one.id: Standing("sent", one.lease_no) for one in attempts
    }


def everybody_takes_everything() -> None:
    """Leases are neither asked for nor counted, and answers are written unseen."""
    settles_without_looking()
    leases._TAKE = leases._TAKE.replace("a.lease_no + 1", "a.lease_no")
    leases._FREE_KEYS = leases._FREE_KEYS.replace(leases.IS_FREE, "true")
    leases.IS_FREE = "true"


def retries_hard_declines() -> None:
    """A lost card is asked again and again."""
    trying.retry_allowed = lambda *_args, **_given: True


def tries_many_times_a_day() -> None:
    """Each run tries again what failed in the one before."""
    deciding = trying.automatic_try

    def forgetful(day: date) -> trying.Decide:
        decide = deciding(day)
        return lambda facts, pricer: decide(structs.replace(facts, tries=()), pricer)

    from perenne.renewals.operations import running as renewing

    renewing.automatic_try = forgetful
    renewing._DUE = renewing._DUE.partition("and not exists (select 1 from billing_p")[0] + (
        "order by s.id limit %(limit)s"
    )


def mail_marked_after_sending() -> None:
    """A mail that waits is handed over, and only then no longer waits."""
    delivery._CLAIM = delivery._CLAIM.replace("set state = 'sending', tries", "set tries").replace(
        ", not_before = clock_timestamp()", ""
    )


def numbers_from_a_sequence() -> None:
    """A sequence does not give back what was rolled back."""

    def take(seller: str, series: str, how_many: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("select nextval('numbers') from generate_series(1, %s)", [how_many])
            numbers = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "insert into billing_invoiceseries (seller, series, last_number) "
                "values (%s, %s, %s) on conflict (seller, series) "
                "do update set last_number = excluded.last_number",
                [seller, series, numbers[-1]],
            )
        return int(numbers[0])

    booking.take_numbers = take


def prices_again_when_settling() -> None:
    """What was frozen is replaced by what would be asked for now."""
    as_frozen = executing.execute

    def dearer(sold: Any, *, occasion: Any) -> None:
        again = []
        for one in sold:
            sale = one.attempt.sale
            lines = tuple(
                structs.replace(line, net_minor=line.net_minor + 100) for line in sale.lines
            )
            attempt = structs.replace(one.attempt, sale=structs.replace(sale, lines=lines))
            again.append(structs.replace(one, attempt=attempt))
        as_frozen(again, occasion=occasion)

    executing.execute = dearer


def marks_the_day_first() -> None:
    """The day counts as finished before it is worked."""

    def run_region(region: str, day: date, *, reminds: bool, now: Any) -> bool:
        mark = running.mark_of(region)
        if mark is None or day != mark + timedelta(1):
            return False
        running._finish(region, day, past_due=0, now=now)
        occasion = running.Occasion(day, running.ACTOR, now)
        if reminds:
            running.send_due_reminders(region=region, day=day, now=now)
        fp("day.reminded")
        running.renew_due(region, occasion=occasion)
        running.retry_due(region, occasion=occasion)
        running.age_unrenewed(region, occasion=occasion)
        return True

    running.run_region = run_region


def forgets_missed_days() -> None:
    """Only the day that was asked for is run."""
    spans = running.spans_to

    def last_only(day: date, *, now: Any) -> list[running.Span]:
        return [replace(span, days=span.days[-1:]) for span in spans(day, now=now)]

    running.spans_to = last_only
    running.mark_of = lambda _region: _Yesterday()  # type: ignore[assignment,return-value]


class _Yesterday:
    """A mark to which every day is the next one."""

    def __add__(self, _days: timedelta) -> _Yesterday:
        return self

    def __eq__(self, _other: object) -> bool:
        return True

    def __ne__(self, _other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def no_answer_is_a_decline() -> None:
    """Silence is taken for a no."""
    _answers_errors_with(lambda one: Outcome(one, "declined", declined=DeclineKind.DECLINED))


def no_answer_is_a_success() -> None:
    """Silence is taken for a yes."""
    _answers_errors_with(lambda one: Outcome(one, "succeeded", charge_id=f"ch_{one.id}"))


def _answers_errors_with(said: Callable[[Any], Outcome]) -> None:
    honest = collecting._outcome

    def outcome(attempt: Any, charge: Any, answer: Any) -> Outcome:
        if isinstance(answer, GatewayError):
            return said(attempt)
        return honest(attempt, charge, answer)

    collecting._outcome = outcome


def not_found_is_a_decline() -> None:
    """An event looks for what is only just on its way, and gives it up."""
    looking = reconciling.look_up
    reconciling.look_up = lambda attempts, **_given: looking(attempts, on_their_way=())


def believes_every_answer() -> None:
    """Nobody compares what was answered with what was asked for."""
    sandbox.demand_equal = lambda *_args: None
    honest = collecting._outcome

    def outcome(attempt: Any, charge: Any, answer: Any) -> Outcome:
        if not isinstance(answer, GatewayError) and answer is not None:
            answer = structs.replace(
                answer, amount_minor=charge.amount_minor, currency=attempt.sale.currency
            )
        return honest(attempt, charge, answer)

    collecting._outcome = outcome


def settles_and_books_apart() -> None:
    """The attempt has succeeded in one transaction, and is executed in the next."""
    together = executing.settle_and_execute
    in_one = executing.execute

    def apart(outcomes: Any, *, occasion: Any) -> Any:
        later: list[Any] = []
        executing.execute = lambda sold, **_given: later.extend(sold)
        sold = together(outcomes, occasion=occasion)
        executing.execute = in_one
        with executing.atomic("sale"):
            in_one(later, occasion=occasion)
        return sold

    trying.settle_and_execute = apart


def tells_after_the_commit() -> None:
    """The journal is written when all is done."""
    record = executing.journal.record_all
    later: list[Any] = []
    together = executing.settle_and_execute

    def settle_then_tell(outcomes: Any, *, occasion: Any) -> Any:
        executing.journal = _Deferring(later)  # type: ignore[assignment]
        sold = together(outcomes, occasion=occasion)
        with executing.atomic("sale"):
            record(later, at=occasion.now)
        later.clear()
        return sold

    trying.settle_and_execute = settle_then_tell


class _Deferring:
    """A journal that only remembers."""

    def __init__(self, facts: list[Any]) -> None:
        self._facts = facts

    def record_all(self, facts: Sequence[Any], **_given: Any) -> None:
        """Remember them."""
        self._facts.extend(facts)


def reminds_again() -> None:
    """Nobody looks whether a milestone was told."""
    reminders._IN_REACH = reminders._IN_REACH.replace("n.kind = any(%(kinds)s)", "false").replace(
        "and false", "and %(kinds)s is null"
    )


def expires_what_is_being_paid() -> None:
    """The end does not wait for an open attempt."""
    honest = ending.stage_on

    def hasty(facts: Any, **given: Any) -> Any:
        return honest(replace(facts, open_attempt=False), **given)

    ending.stage_on = hasty


def forgets_seats() -> None:
    """A renewal with fewer seats leaves the seat ledger as it was."""
    executing._append_seats = lambda _sold: None


def imports_piece_by_piece() -> None:
    """An import commits as it goes."""
    importing.atomic = lambda _name: nullcontext()  # type: ignore[assignment,return-value]
    from perenne.platform import bulk

    bulk.make_staging.__globals__["sql"] = bulk.sql
    importing.stage.__globals__["make_staging"] = _lasting_staging
    from perenne.importing import tax_ids
    from perenne.importing import writing as import_writing

    tax_ids.make_staging = _lasting_staging
    import_writing.make_staging = _lasting_staging
    import_writing.STATEMENTS = tuple(
        replace(one, query=one.query.replace(" on commit drop", ""))
        for one in import_writing.STATEMENTS
    )


def _lasting_staging(table: str, columns: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"drop table if exists pg_temp.{table} cascade")
        cursor.execute(f"create temporary table {table} ({columns})")


def blames_customers_for_the_database() -> None:
    """Whoever was at hand when the connection was lost is parked."""

    def blame(items: Sequence[Any], work: Any, *, give_up: Any) -> None:
        try:
            work(items)
        except Exception as error:  # noqa: BLE001 - that is the bug
            connection.close()
            for one in items:
                give_up(one, repr(error))

    parking.do_in_halves = blame
    trying.do_in_halves = blame
