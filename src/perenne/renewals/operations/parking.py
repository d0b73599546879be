"""Set aside a subscription that cannot be processed, so that the rest of the day goes on."""

import logging
from collections.abc import Callable, Sequence

from django.db import OperationalError

from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.renewals.models import ParkedSubscription
from perenne.renewals.operations.executing import Occasion

TRIES = 5
log = logging.getLogger(__name__)


def isolating(
    identities: Sequence[str], work: Callable[[Sequence[str]], object], *, occasion: Occasion
) -> None:
    """Do ``work`` for the set; if it fails, for its halves, down to the one that fails alone.

    That one is tried five times and then parked. A database that is away is nobody's fault and
    stops the run instead.
    """
    if not identities:
        return
    reason = ""
    for attempt in range(1, TRIES + 1 if len(identities) == 1 else 2):
        try:
            work(identities)
        except OperationalError:
            raise
        except Exception as error:
            log.exception("try %s of %s subscriptions failed", attempt, len(identities))
            reason = f"{type(error).__name__}: {error}"
        else:
            return
    if len(identities) == 1:
        park(identities[0], reason, occasion=occasion)
        return
    half = len(identities) // 2
    isolating(identities[:half], work, occasion=occasion)
    isolating(identities[half:], work, occasion=occasion)


def park(identity: str, reason: str, *, occasion: Occasion) -> None:
    """Set one subscription aside until a person unparks it; it neither renews nor expires."""
    with atomic("parking"):
        _park(identity, reason, occasion=occasion)


def _park(identity: str, reason: str, *, occasion: Occasion) -> None:
    row = select(
        "select company_id, region_id from subscriptions_subscription where id = %s for update",
        [identity],
    )[0]
    _, is_new = ParkedSubscription.objects.get_or_create(
        subscription_id=identity,
        unparked_at=None,
        defaults={
            "id": new_id("prk"),
            "reason": reason[:2000],
            "parked_at": occasion.now,
            "business_day": occasion.day,
        },
    )
    if is_new:
        journal.record_all(
            [
                Fact(
                    kind="subscription.parked",
                    subject=identity,
                    company=row["company_id"],
                    region=row["region_id"],
                    business_day=occasion.day,
                    actor=occasion.actor,
                    facts={"reason": reason[:2000]},
                )
            ],
            at=occasion.now,
        )
