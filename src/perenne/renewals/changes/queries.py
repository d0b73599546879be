"""Changes as their makers see them: what was shown, and what came of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from perenne.accounts.queries import Member
from perenne.billing.transfers import ReservedTransfer, transfer_of
from perenne.platform.bulk import select
from perenne.renewals.changes.preview import Preview, preview_from_stored
from perenne.renewals.models import Change
from perenne.subscriptions.queries import subscriptions_visible_to


class ChangeState(StrEnum):
    """What has become of a change; derived, never stored."""

    PREVIEWED = "previewed"
    EXPIRED = "expired"
    BEING_CONFIRMED = "being_confirmed"
    RESERVED = "reserved"
    DECLINED = "declined"
    DONE = "done"
    PLANNED = "planned"
    REPLACED = "replaced"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """A change with its preview and present state; ``declined`` is the kind of a decline."""

    id: str
    company_id: str
    kind: str
    state: ChangeState
    declined: str
    preview: Preview
    hash: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    committed_at: datetime | None
    business_day: date | None
    orders: tuple[str, ...]
    undoable: bool
    # The bank transfer that it waits for, or waited for.
    transfer: ReservedTransfer | None


_OUTCOME = """
select a.state, a.decline_kind, m.kind as method,
       (select o.id from billing_order o where o.attempt_id = a.id) as order_id
from billing_paymentattempt a left join billing_paymentmethod m on m.id = a.payment_method_id
where a.change = %s order by a.id
"""

# Of the plans that the change decided: those still on file, and those whose day was executed.
# Days may differ, so that one is executed while others wait.
_PLANS_ON_FILE = """
select count(distinct s.id) as planned,
       count(distinct s.id) filter (where s.plan_revision = p.revision) as on_file,
       count(distinct s.id) filter (where exists (
           select 1 from billing_order o where o.subscription_id = s.id and o.kind = 'renewal'
             and o.term_starts_on = d.day)) as executed
from renewals_planrevision p join subscriptions_subscription s on s.id = p.subscription_id
join unnest(%(ids)s::text[], %(days)s::date[]) as d(id, day) on d.id = s.id
where p.change = %(change)s
"""


def change_view(change: Change, *, now: datetime) -> ChangeView:
    """The change as it stands now."""
    attempts = select(_OUTCOME, [change.pk])
    preview = preview_from_stored(change.preview)
    plans = select(_PLANS_ON_FILE, {"change": change.pk, **_renewal_days(preview)})[0]
    waiting = plans["on_file"]
    is_on_file = waiting > 0 and plans["planned"] == waiting + plans["executed"]
    is_waiting = change.business_day is not None and preview.effective_on > change.business_day
    state = ChangeState.DONE
    if is_waiting and not attempts and (is_on_file or not plans["executed"]):
        state = ChangeState.PLANNED if is_on_file else ChangeState.REPLACED
    states = {row["state"] for row in attempts}
    return ChangeView(
        id=change.pk,
        company_id=change.company_id,
        kind=change.kind,
        state=_state(change, states, {row["method"] for row in attempts}, now=now) or state,
        declined=next((row["decline_kind"] for row in attempts if row["decline_kind"]), ""),
        preview=preview,
        hash=change.hash,
        made_by=change.made_by,
        made_at=change.made_at,
        expires_at=change.expires_at,
        committed_at=change.committed_at,
        business_day=change.business_day,
        orders=tuple(row["order_id"] for row in attempts if row["order_id"]),
        undoable=(
            change.committed_at is not None
            and change.undone_at is None
            and not attempts
            and is_on_file
        ),
        transfer=transfer_of(change.pk) if preview.reserved_until else None,
    )


def _renewal_days(preview: Preview) -> dict[str, list[Any]]:
    """The subscriptions of a change, and the days for which their plans were decided."""
    before = [(one.subscription, one.before.renews_on) for one in preview.items if one.before]
    return {"ids": [one for one, _ in before], "days": [day for _, day in before]}


def _state(
    change: Change, states: set[str], methods: set[str], *, now: datetime
) -> ChangeState | None:
    """The state that dates and attempts alone give; None if the plans decide."""
    if change.committed_at is None:
        return ChangeState.EXPIRED if now >= change.expires_at else ChangeState.PREVIEWED
    if change.undone_at is not None:
        return ChangeState.UNDONE
    if states & {"created", "sent", "unknown", "pending"}:
        is_reserved = states <= {"pending"} and methods == {"bank_transfer"}
        return ChangeState.RESERVED if is_reserved else ChangeState.BEING_CONFIRMED
    return ChangeState.DECLINED if "declined" in states else None


def changes_visible_to(member: Member) -> QuerySet[Change]:
    """Changes of subscriptions all of which ``member`` may see, newest first.

    One that also changes what they may not see would tell them of that.
    """
    visible = subscriptions_visible_to(member).order_by().values_list("pk", flat=True)
    return Change.objects.filter(subjects__contained_by=list(visible)).order_by("-id")
