"""Set aside a subscription that cannot be processed, so that the rest of the day goes on."""

import logging
from collections.abc import Callable, Sequence

from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.halving import do_in_halves
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.renewals.models import ParkedSubscription
from perenne.renewals.operations.executing import Occasion

log = logging.getLogger(__name__)


def isolating(
    identities: Sequence[str], work: Callable[[Sequence[str]], object], *, occasion: Occasion
) -> None:
    """Do ``work`` for a set of subscriptions, and park the one that fails alone five times.

    Raises:
        OperationalError, InterfaceError: if the database is away, which is nobody's fault.
    """
    do_in_halves(
        identities,
        work,
        give_up=lambda identity, reason: park(identity, reason, occasion=occasion),
    )


def park(identity: str, reason: str, *, occasion: Occasion) -> None:
    """Set one subscription aside until a person unparks it; it neither renews nor expires."""
    with atomic("parking"):
        _park(identity, reason, occasion=occasion)


def _park(identity: str, reason: str, *, occasion: Occasion) -> None:
    rows = select(
        "select company_id, region_id from subscriptions_subscription where id = %s for update",
        [identity],
    )
    if not rows:
        # What was to be bought does not exist, so only its attempt can wait for a person.
        log.error("%s cannot be sold: %s", identity, reason)
        return
    row = rows[0]
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


def unpark(subscription: str, *, occasion: Occasion) -> bool:
    """Take a subscription up again; return whether it was parked.

    The next run goes on where it stands: it is tried on its next try day, attempts without an
    answer are asked about, and what is too late expires.
    """
    with atomic("unparking"):
        row = select(
            "select company_id, region_id from subscriptions_subscription where id = %s for update",
            [subscription],
        )[0]
        was_parked = ParkedSubscription.objects.filter(
            subscription_id=subscription, unparked_at=None
        ).update(unparked_at=occasion.now, unparked_by=occasion.actor)
        if was_parked:
            journal.record_all(
                [
                    Fact(
                        kind="subscription.unparked",
                        subject=subscription,
                        company=row["company_id"],
                        region=row["region_id"],
                        business_day=occasion.day,
                        actor=occasion.actor,
                    )
                ],
                at=occasion.now,
            )
    return bool(was_parked)
