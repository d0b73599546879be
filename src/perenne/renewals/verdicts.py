"""The verdict of each action for each subscription, as every surface shows it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from perenne.accounts.queries import Member
from perenne.renewals.standings import Stand, stands
from perenne.rules.actions import Action
from perenne.rules.eligibility.verdicts import verdict_on
from perenne.rules.verdict import Verdict


def verdicts_of(stand: Stand, actions: Iterable[Action] = Action) -> dict[Action, Verdict]:
    """The verdict of each action, in the order in which they are listed."""
    return {
        action: verdict_on(action, stand.standing, policy=stand.policy, as_of=stand.as_of)
        for action in actions
    }


def verdicts(
    subscription_ids: Sequence[str], *, member: Member, now: datetime
) -> Mapping[str, dict[Action, Verdict]]:
    """What ``member`` may do with each of these subscriptions, and why not.

    Source: docs/explanation/verdicts.md, «Each action».
    """
    found = stands(subscription_ids, member=member, now=now)
    return {identity: verdicts_of(stand) for identity, stand in found.items()}
