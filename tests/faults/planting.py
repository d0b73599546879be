"""The list of planted bugs: which, in what steps each shows, and what would hide it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from tests.faults import mutants, quote_mutants, refund_mutants, seat_mutants
from tests.faults.board import GatewayFault
from tests.faults.steps import Step, killed_at
from tests.faults.workers import Blow, Strike

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted bug, the steps in which it shows, and the guards that would hide it."""

    name: str
    plant: Callable[[], None]
    steps: Sequence[Step] = field(default=(Step(("run",)),))
    spoil: tuple[str, ...] = ()
    first_day: date | None = None


class NotPlantedError(Exception):
    """A planted bug names what the code no longer has."""


def planting(mutant: Mutant) -> Callable[[], None]:
    """Plant it in a worker; what does not fit is told apart from what the bug then breaks."""

    def plant() -> None:
        try:
            mutant.plant()
        except Exception as error:
            raise NotPlantedError(f"{mutant.name}: {error!r}") from error

    return plant


_RUN = Step(("run",))
_NO_UNIQUES = (
    *(
        f"alter table {table} drop constraint if exists {name} cascade"
        for table, name in (
            ("billing_paymentattempt", "a_key_pays_a_subscription_once"),
            ("billing_order", "billing_order_attempt_id_key"),
            ("billing_invoiceline", "billing_invoiceline_order_id_key"),
            ("billing_payment", "a_charge_is_booked_once"),
            ("billing_payment", "a_key_is_paid_once"),
            ("billing_ledgertransaction", "a_subject_is_booked_once"),
            ("subscriptions_term", "terms_do_not_overlap"),
            ("renewals_planrevision", "plan_revision_once"),
        )
    ),
    "drop index if exists the_run_tries_once_a_day",
    "drop index if exists one_live_attempt_per_subscription",
    "drop index if exists term_follows_only_once",
    "drop trigger terms_chain on subscriptions_term",
    "drop trigger renews_on_of_terms on subscriptions_subscription",
    "drop trigger attempt_walks on billing_paymentattempt",
    "drop trigger attempt_is_frozen on billing_paymentattempt",
)


def _pausing(act: str, point: str, *others: str, ahead: int = 0) -> Step:
    return Step((act, *others), Strike(point, 1, Blow.PAUSE), ahead=ahead)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "missing lock",
        mutants.missing_lock,
        [_pausing("help_the_run", "renewal.claimed", "help_the_run")],
        spoil=_NO_UNIQUES,
    ),
    Mutant(
        "lock after reading",
        mutants.lock_after_reading,
        [_pausing("run_two_days_on", "clock.turned", "turn_automatic_off")],
    ),
    Mutant("fresh key per call", mutants.fresh_key_per_call, killed_at("run", "charge.answered")),
    Mutant("chained dates", mutants.chained_dates, first_day=date(2027, 2, 28)),
    Mutant("float", mutants.float_money),
    Mutant(
        "called before the commit",
        mutants.called_before_the_commit,
        killed_at("run", "charge.answered"),
    ),
    Mutant(
        "settles without looking",
        mutants.everybody_takes_everything,
        [_pausing("run", "charge.answered", "ask_again")],
        spoil=_NO_UNIQUES,
    ),
    Mutant(
        "missing unique: settles without state and lease check",
        mutants.settles_without_looking,
        [_pausing("run", "charge.answered", "hear_from_the_gateway")],
    ),
    Mutant("retries hard declines", mutants.retries_hard_declines),
    Mutant(
        "tries many times a day",
        mutants.tries_many_times_a_day,
        killed_at("run", "day.retried", "day.worked"),
        spoil=_NO_UNIQUES,
    ),
    Mutant(
        "mail marked after sending",
        mutants.mail_marked_after_sending,
        [_RUN, *killed_at("hand_over_mails", "mail.handed_over"), Step(("hand_over_mails",))],
    ),
    Mutant(
        "invoice number from a sequence",
        mutants.numbers_from_a_sequence,
        killed_at("run", "sale.committing"),
        spoil=("create sequence numbers",),
    ),
    Mutant("prices again when settling", mutants.prices_again_when_settling),
    Mutant("day mark before work", mutants.marks_the_day_first, killed_at("run", "day.reminded")),
    Mutant("forgets missed days", mutants.forgets_missed_days, [Step(("run_two_days_on",))]),
    Mutant(
        "no answer is a decline",
        mutants.no_answer_is_a_decline,
        [Step(("run",), gateway=GatewayFault.DROP_AFTER, requests=3)],
    ),
    Mutant(
        "no answer is a success",
        mutants.no_answer_is_a_success,
        [Step(("run",), gateway=GatewayFault.DROP_BEFORE, requests=3)],
    ),
    Mutant(
        "not found is a decline",
        mutants.not_found_is_a_decline,
        [_pausing("run", "charge.sending", "hear_from_the_gateway")],
    ),
    Mutant("believes every answer", mutants.believes_every_answer),
    Mutant(
        "settles and books apart",
        mutants.settles_and_books_apart,
        [Step(("run",), Strike("sale.committing", 2, Blow.KILL))],
    ),
    Mutant(
        "tells after the commit",
        mutants.tells_after_the_commit,
        [Step(("run",), Strike("sale.booked", 1, Blow.KILL))],
    ),
    Mutant(
        "reminds again",
        mutants.reminds_again,
        [*killed_at("run", "reminders.committed"), _RUN],
        spoil=("alter table notices_notice drop constraint told_once",),
    ),
    Mutant("expires what is being paid", mutants.expires_what_is_being_paid),
    Mutant("forgets seats", mutants.forgets_seats),
    Mutant(
        "imports piece by piece",
        mutants.imports_piece_by_piece,
        killed_at("take_in_a_book", "book.written"),
    ),
    Mutant(
        "blames customers for the database",
        mutants.blames_customers_for_the_database,
        [Step(("run",), Strike("renewal.claimed", 1, Blow.CUT_CONNECTION))],
    ),
    Mutant(
        "fresh key per refund call",
        refund_mutants.fresh_key_per_refund_call,
        refund_mutants.FRESH_KEY_STEPS,
    ),
    Mutant(
        "no answer is a refund",
        refund_mutants.no_answer_is_a_refund,
        refund_mutants.NO_REQUEST_STEPS,
    ),
    Mutant(
        "no answer is no refund",
        refund_mutants.no_answer_is_no_refund,
        refund_mutants.NO_REPLY_STEPS,
    ),
    Mutant(
        "buys and tells apart: a quote",
        quote_mutants.buys_and_tells_apart,
        quote_mutants.TWO_STEPS,
    ),
    Mutant(
        "reopens what is being paid: a quote",
        quote_mutants.reopens_what_is_being_paid,
        quote_mutants.REOPENING_STEPS,
    ),
    Mutant(
        "gives seats without a lock",
        seat_mutants.gives_seats_without_a_lock,
        seat_mutants.RACE_STEPS,
        spoil=seat_mutants.NO_GUARD,
    ),
    Mutant(
        "gives and tells apart: seats",
        seat_mutants.gives_and_tells_apart,
        seat_mutants.TELLING_STEPS,
    ),
)
