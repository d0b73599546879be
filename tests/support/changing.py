"""Change subscriptions as customers do: preview, look, commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from perenne.renewals.changes.committing import commit_change
from perenne.renewals.changes.previewing import preview_change
from perenne.renewals.errors import ChangeRefusedError
from perenne.renewals.queries import outlooks
from tests.support.builders import contract_manager_of

if TYPE_CHECKING:
    from datetime import datetime

    from perenne.accounts.queries import Member
    from perenne.renewals.changes.previewing import Previewed
    from perenne.renewals.changes.queries import ChangeView
    from perenne.renewals.queries import Outlook
    from perenne.rules.refusals import Refusal
    from perenne.subscriptions.models import Subscription
    from tests.support.world import World


@dataclass(frozen=True)
class Moment:
    """A world of which only the time matters."""

    now: datetime


def at(now: datetime) -> Moment:
    """Somebody acts at this moment."""
    return Moment(now)


def previewed(
    world: World | Moment,
    kind: str,
    *subscriptions: Subscription,
    member: Member | None = None,
    **choices: object,
) -> Previewed:
    """What a change would do, shown to the contract manager unless somebody else asks."""
    sent = {"kind": kind, "subscriptions": [one.pk for one in subscriptions], **choices}
    asking = member or contract_manager_of(subscriptions[0].company)
    return preview_change(sent, member=asking, now=world.now)


def change(
    world: World | Moment,
    kind: str,
    *subscriptions: Subscription,
    member: Member | None = None,
    **choices: object,
) -> ChangeView:
    """Preview and commit; what came of it."""
    asking = member or contract_manager_of(subscriptions[0].company)
    shown = previewed(world, kind, *subscriptions, member=asking, **choices)
    return commit_change(shown.change, shown.preview.hash, member=asking, now=world.now)


def refusals(
    world: World | Moment,
    kind: str,
    *subscriptions: Subscription,
    member: Member | None = None,
    **choices: object,
) -> tuple[Refusal, ...]:
    """Why a change of the first subscription is refused; it has to be."""
    with pytest.raises(ChangeRefusedError) as refused:
        previewed(world, kind, *subscriptions, member=member, **choices)
    return refused.value.verdicts[subscriptions[0].pk].refusals


def reloaded(subscription: Subscription) -> Subscription:
    """The subscription as it is on file now."""
    return type(subscription).objects.get(pk=subscription.pk)


def outlook_of(world: World | Moment, subscription: Subscription) -> Outlook:
    """The subscription as its customer sees it now."""
    return outlooks([subscription.pk], now=world.now)[0]
