"""Commit a change exactly as it was shown, all of it or nothing, once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from msgspec.structs import replace

from perenne.accounts.queries import Member
from perenne.billing.attempts import Attempt, Try, open_attempts
from perenne.billing.refund_calls import send_refunds
from perenne.billing.transfers import reserve_transfer
from perenne.catalog.queries import regions
from perenne.platform import journal, restore_gate
from perenne.platform.clock import today
from perenne.platform.faults import fp
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.renewals.changes.deciding import require_decider
from perenne.renewals.changes.kinds import subjects_of
from perenne.renewals.changes.preparing import Prepared, PreparedItem
from perenne.renewals.changes.preview import (
    differences,
    preview_from_stored,
)
from perenne.renewals.changes.previewing import prepared_preview, situation_of
from perenne.renewals.changes.queries import ChangeView, change_view
from perenne.renewals.changes.wishes import Wish, read_wish
from perenne.renewals.errors import (
    ChangedSinceError,
    ChangeError,
    InvalidChoicesError,
    PreviewExpiredError,
)
from perenne.renewals.facts import RenewalFacts, lock_renewal_facts
from perenne.renewals.models import Change
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.plans import Revision, append_revisions
from perenne.renewals.operations.subscriptions import lock_subscriptions
from perenne.renewals.operations.trying import execute_at_once, paid_with, send


@dataclass(frozen=True, slots=True)
class Commit:
    """A change to be committed, and the hash of what was shown of it."""

    change: str
    shown: str


@dataclass(slots=True)
class ToSend:
    """What the gateway has to be asked for after the commit: charges, and refunds by id."""

    attempts: list[Attempt] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)

    def add(self, more: "ToSend") -> None:
        """Ask for these as well."""
        self.attempts += more.attempts
        self.refunds += more.refunds


def commit_change(change_id: str, shown: str, *, member: Member, now: datetime) -> ChangeView:
    """Do what a preview showed: the set of one, whose error is raised.

    Raises:
        PreviewExpiredError: if it was shown too long ago.
        ChangedSinceError: if it would be something else by now, with the differences.
        ChangeRefusedError: if it is no longer possible, or is not this member's to decide.

    Source: docs/explanation/changes.md, «Preview and commit».
    """
    answer = commit_changes([Commit(change_id, shown)], member=member, now=now)[0]
    if isinstance(answer, ChangeError):
        raise answer
    return answer


def commit_changes(
    commits: Sequence[Commit], *, member: Member, now: datetime
) -> list[ChangeView | ChangeError]:
    """Do what previews showed: lock, look again, and execute each in which nothing differs.

    Each change is done wholly or not at all, and an error of one is the answer for that one. A
    change is its own idempotency key: committed twice it is done once, and the second answer
    tells how the first one went. Everything that a change charges is one charge.

    Source: docs/explanation/changes.md, «Preview and commit».
    """
    restore_gate.require_open()
    to_send: dict[str, ToSend] = defaultdict(ToSend)
    errors: dict[str, ChangeError] = {}
    with atomic("change"):
        changes = _locked([one.change for one in commits])
        for one in commits:
            change = changes[one.change]
            if change.committed_at is None:
                try:
                    with transaction.atomic():
                        done = _commit(change, one.shown, member=member, now=now)
                        to_send[change.region].add(done)
                except ChangeError as error:
                    errors[one.change] = error
    fp("change.committed")
    for region in sorted(to_send):
        send_what_follows(to_send[region], occasion=occasion_of(region, member, now))
    committed = Change.objects.in_bulk([one.change for one in commits])
    return [
        errors.get(one.change) or change_view(committed[one.change], now=now) for one in commits
    ]


def _locked(identities: Sequence[str]) -> dict[str, Change]:
    """Lock the changes, then all their subscriptions, each in the order of ids: no deadlocks."""
    found = Change.objects.select_for_update().order_by("pk").filter(pk__in=identities)
    changes = {change.pk: change for change in found}
    lock_subscriptions([one for change in changes.values() for one in change.subjects])
    return changes


def send_what_follows(to_send: ToSend, *, occasion: Occasion) -> None:
    """After the commit: have the gateway collect, and give back."""
    send(to_send.attempts, occasion=occasion)
    send_refunds(to_send.refunds, occasion=occasion)


def occasion_of(region: str, member: Member, now: datetime) -> Occasion:
    """Somebody acts now, on the region's day."""
    return Occasion(today(now, regions()[region].zone), member.actor, now)


def _commit(change: Change, shown: str, *, member: Member, now: datetime) -> ToSend:
    require_decider(change, member)
    wish = read_wish(change.choices)
    if now >= change.expires_at:
        raise PreviewExpiredError("what was shown is too old: look at it again")
    prepared = _as_shown(change, wish, shown, member=member, now=now)
    return execute_change(change, prepared, member=member, now=now)


def execute_change(change: Change, prepared: Prepared, *, member: Member, now: datetime) -> ToSend:
    """In the caller's transaction, with everything locked: do what was prepared.

    Returns what the gateway has to be asked for after the commit.
    """
    occasion = occasion_of(change.region, member, now)
    Change.objects.filter(pk=change.pk).update(
        committed_at=now, committed_by=member.actor, business_day=occasion.day
    )
    _append_plans(prepared, change, occasion=occasion)
    refunds = [
        refund
        for item in prepared.items
        if item.effect is not None
        for refund in item.effect(change.pk, occasion)
    ]
    attempts = _append_attempts(prepared, change, occasion=occasion)
    return ToSend([one for one in attempts if one.state == "created"], refunds)


def _as_shown(change: Change, wish: Wish, shown: str, *, member: Member, now: datetime) -> Prepared:
    """Prepare it again, with everything locked; refuse what differs from what was shown."""
    before = preview_from_stored(change.preview)
    facts = lock_renewal_facts(subjects_of(wish))
    situation = situation_of(facts, member=member, now=now)
    try:
        prepared, present = prepared_preview(wish, situation)
    except InvalidChoicesError as error:
        # The choices fitted when they were shown: a fact has changed.
        raise ChangedSinceError(((error.place, "", error.mistake.code),)) from error
    if present.hash != before.hash:
        raise ChangedSinceError(differences(before, present))
    if shown != before.hash:
        raise ChangedSinceError((("hash", shown, before.hash),))
    return prepared


def _append_plans(prepared: Prepared, change: Change, *, occasion: Occasion) -> None:
    planned = [(item.stand.facts, item.plan) for item in prepared.items if item.plan is not None]
    append_revisions(
        [
            Revision(
                company=facts.company,
                subscription=facts.id,
                revision=facts.plan.revision + 1,
                renews_automatically=plan.renews_automatically,
                offer=str(plan.offer),
                seats=plan.seats,
                method=plan.method.id if plan.method else None,
                campaign=plan.campaign,
                merges=plan.merges,
                merged_into=plan.merged_into,
                aligns_on=plan.aligns_on,
                aligns_anchor=plan.aligns_anchor,
                change=change.pk,
            )
            for facts, plan in planned
        ],
        decided_on=occasion.day,
        actor=occasion.actor,
    )
    point_to_new_plans([facts.id for facts, _ in planned])
    journal.record_all(
        [_planned_fact(facts, change, occasion) for facts, _ in planned], at=occasion.now
    )


def point_to_new_plans(subscriptions: Sequence[str]) -> None:
    """Have subscriptions point to the revision that was just appended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_subscription set plan_revision = plan_revision + 1, "
            "version = version + 1 where id = any(%s)",
            [list(subscriptions)],
        )


def _planned_fact(facts: RenewalFacts, change: Change, occasion: Occasion) -> Fact:
    return Fact(
        kind="renewal_plan.changed",
        subject=facts.id,
        company=facts.company,
        region=facts.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={"change": change.pk, "action": change.kind},
    )


def _append_attempts(prepared: Prepared, change: Change, *, occasion: Occasion) -> list[Attempt]:
    """One attempt a sale, all under the change's own key; what needs no gateway is sold at once.

    What a bank transfer pays is reserved until its money comes.
    """
    pends = prepared.reserved_until is not None
    tries = [_try(item, change, pends=pends) for item in prepared.items if item.sale is not None]
    attempts = open_attempts(
        tries, day=occasion.day, actor=occasion.actor, now=occasion.now, together=change.pk
    )
    charged = any(attempt.state == "created" for attempt in attempts)
    # A part that costs nothing waits for the rest: all or nothing.
    if not charged:
        execute_at_once(tries, attempts, occasion=occasion)
    if prepared.reserved_until is not None and any(one.state == "pending" for one in attempts):
        reserve_transfer(attempts, last_day=prepared.reserved_until, occasion=occasion)
    return attempts


def _try(item: PreparedItem, change: Change, *, pends: bool) -> Try:
    assert item.sale is not None
    sale = replace(item.sale, change=change.pk)
    return Try(sale, None, "", pends=True) if pends else paid_with(item.method, sale)
