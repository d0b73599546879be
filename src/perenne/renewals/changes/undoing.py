"""Take a planned change back, as long as it was neither executed nor replaced."""

from datetime import datetime

from perenne.accounts.queries import Member
from perenne.catalog.queries import regions
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.renewals.changes.committing import point_to_new_plans
from perenne.renewals.changes.deciding import require_decider
from perenne.renewals.changes.queries import ChangeView, change_view
from perenne.renewals.errors import NotUndoableError
from perenne.renewals.models import Change
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.plans import Revision, append_revisions
from perenne.renewals.operations.subscriptions import lock_subscriptions

# The plan before the one that the change decided, where that is still on file.
_BEFORE = """
select q.company_id, q.subscription_id, s.plan_revision, q.renews_automatically, q.offer_id,
       q.seats, q.payment_method_id, q.campaign, q.merges, q.merged_into_id, q.change, s.region_id,
       q.aligns_on, q.aligns_anchor
from (select subscription_id, min(revision) as revision, max(revision) as latest
      from renewals_planrevision where change = %s group by subscription_id) p
join subscriptions_subscription s on s.id = p.subscription_id
join renewals_planrevision q
  on q.subscription_id = p.subscription_id and q.revision = p.revision - 1
where s.plan_revision = p.latest
order by q.subscription_id
"""


def undo_change(change_id: str, *, member: Member, now: datetime) -> ChangeView:
    """Put the plans back as they were before the change; the history keeps both.

    What was executed already stays; the others of the change are put back.

    Raises:
        NotUndoableError: if it was executed, replaced or undone.
        ChangeRefusedError: if it is not this member's to decide.

    Source: docs/explanation/changes.md, «Undoing».
    """
    with atomic("undo"):
        change = Change.objects.select_for_update().get(pk=change_id)
        lock_subscriptions(change.subjects)
        require_decider(change, member)
        if not change_view(change, now=now).undoable:
            raise NotUndoableError("it was executed or replaced in the meantime")
        occasion = Occasion(today(now, regions()[change.region].zone), member.actor, now)
        _put_back(change, occasion=occasion)
        change.undone_at = now
        change.undone_by = member.actor
        change.save(update_fields=["undone_at", "undone_by"])
    return change_view(change, now=now)


def _put_back(change: Change, *, occasion: Occasion) -> None:
    before = select(_BEFORE, [change.pk])
    append_revisions(
        [
            Revision(
                company=row["company_id"],
                subscription=row["subscription_id"],
                revision=row["plan_revision"] + 1,
                renews_automatically=row["renews_automatically"],
                offer=row["offer_id"],
                seats=row["seats"],
                method=row["payment_method_id"],
                campaign=row["campaign"],
                merges=tuple(row["merges"]),
                merged_into=row["merged_into_id"],
                aligns_on=row["aligns_on"],
                aligns_anchor=row["aligns_anchor"],
                # An earlier change that is on file again can be taken back next.
                change=row["change"],
            )
            for row in before
        ],
        decided_on=occasion.day,
        actor=occasion.actor,
    )
    point_to_new_plans([row["subscription_id"] for row in before])
    journal.record_all(
        [
            Fact(
                kind="renewal_plan.undone",
                subject=row["subscription_id"],
                company=row["company_id"],
                region=row["region_id"],
                business_day=occasion.day,
                actor=occasion.actor,
                facts={"change": change.pk, "action": change.kind},
            )
            for row in before
        ],
        at=occasion.now,
    )
