"""Laws of the calendar of runs, and the list of all laws."""

from collections.abc import Iterator

from perenne.accounts.invariants import INVARIANTS as OF_ACCOUNTS
from perenne.billing.invariants import INVARIANTS as OF_BILLING
from perenne.notices.invariants import INVARIANTS as OF_NOTICES
from perenne.platform.invariants import Breach, Invariant, breach_of, by_query
from perenne.quotes.invariants import INVARIANTS as OF_QUOTES
from perenne.renewals.invariants import INVARIANTS as OF_RENEWALS
from perenne.seats.invariants import INVARIANTS as OF_SEATS
from perenne.subscriptions.invariants import INVARIANTS as OF_SUBSCRIPTIONS
from perenne.support.invariants import INVARIANTS as OF_SUPPORT

INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "T12",
        "Business days are finished one after the other, without a gap",
        "select format('%s: %s after %s', region_id, day, before) from (select region_id, day, "
        "lag(day) over (partition by region_id order by day) as before from daily_finishedday) d "
        "where day <> before + 1",
    ),
    by_query(
        "T12b",
        "A run's counts are those of the journal",
        "select format('%s %s: %s renewed, journal %s', f.region_id, f.day, f.renewed, j.renewed) "
        "from daily_finishedday f join lateral (select "
        "count(*) filter (where kind = 'subscription.renewed') as renewed, "
        "count(*) filter (where kind = 'reminder.sent') as reminders, "
        "count(*) filter (where kind = 'payment.declined') as declined, "
        "count(*) filter (where kind = 'subscription.expired') as expired "
        "from platform_journalentry where region = f.region_id and business_day = f.day "
        "and actor = 'run') j on true where f.was_run and (f.renewed, f.reminders, f.declined, "
        "f.expired) <> (j.renewed, j.reminders, j.declined, j.expired)",
    ),
)

ALL: tuple[Invariant, ...] = (
    *OF_BILLING,
    *OF_SUBSCRIPTIONS,
    *OF_SEATS,
    *OF_RENEWALS,
    *OF_NOTICES,
    *OF_QUOTES,
    *OF_SUPPORT,
    *OF_ACCOUNTS,
    *INVARIANTS,
)


def breaches() -> Iterator[tuple[Invariant, Breach | None]]:
    """Ask all laws, one after the other."""
    for invariant in ALL:
        yield invariant, breach_of(invariant)
