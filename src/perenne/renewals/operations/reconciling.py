"""Find out what became of attempts on which nobody works: ask again, with their own keys."""

from collections.abc import Sequence
from datetime import timedelta

from perenne.billing.attempts import Outcome
from perenne.billing.collecting import collect, look_up
from perenne.billing.leases import Taken, mark_sent, take_over, take_over_free
from perenne.billing.ordering import Sold
from perenne.platform.bulk import select
from perenne.platform.faults import fp
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.trying import BATCH, conclude

# How long an attempt without an answer rests before the worker asks again.
REST = timedelta(minutes=1)


def reconcile(region: str, *, occasion: Occasion, rest: timedelta = timedelta(0)) -> None:
    """Settle the region's attempts under way that no living worker holds.

    What was never sent, or never answered, is asked again with the same key, as long as the
    gateway surely remembers it; what it has a charge for, or is older, is looked up. Parked ones
    wait for a person. Only this leaves ``unknown``.

    Source: docs/explanation/exactly-once.md, «Without an answer».
    """
    aside = _parked()
    after = ""
    while taken := take_over_free(region, after=after, limit=BATCH, aside=aside, rest=rest):
        after = max(one.attempt.key for one in taken)
        fp("reconcile.taken")
        _find_out(taken, occasion=occasion)


def reconcile_keys(keys: Sequence[str], *, occasion: Occasion) -> list[Sold]:
    """Look these charges up at once, because the gateway says that something happened to them.

    Those of parked subscriptions wait for a person all the same.
    """
    taken = take_over(keys, aside=_parked())
    fp("event.taken")
    return conclude(_look_up(taken), occasion=occasion)


def _find_out(taken: Sequence[Taken], *, occasion: Occasion) -> None:
    # A charge that the gateway has named is looked up: asked with its key, it would only repeat
    # what it said first.
    waiting_keys = {
        one.attempt.key for one in taken if one.attempt.charge_id or one.key_may_be_forgotten
    }
    waiting = [one for one in taken if one.attempt.key in waiting_keys]
    asked = mark_sent([one.attempt for one in taken if one.attempt.key not in waiting_keys])
    conclude(collect(asked) + _look_up(waiting), occasion=occasion)


def _look_up(taken: Sequence[Taken]) -> list[Outcome]:
    return look_up(
        [one.attempt for one in taken],
        on_their_way={one.attempt.key for one in taken if one.may_be_on_its_way},
    )


def _parked() -> list[str]:
    rows = select(
        "select subscription_id from renewals_parkedsubscription where unparked_at is null"
    )
    return [row["subscription_id"] for row in rows]
