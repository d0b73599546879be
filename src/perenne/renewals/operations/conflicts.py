"""Mark plans that can no longer be executed, with the reason; a person decides what follows."""

from collections.abc import Sequence

from django.db import connection

from perenne.platform import journal
from perenne.platform.journal import Fact
from perenne.renewals.facts import RenewalFacts
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.plans import Revision, append_revisions
from perenne.rules.plans import PlanProblem


def append_conflicts(
    conflicts: Sequence[tuple[RenewalFacts, PlanProblem]], *, occasion: Occasion
) -> None:
    """Append a conflicted revision of each plan, in the caller's transaction, rows locked."""
    if not conflicts:
        return
    append_revisions(
        [
            Revision(
                company=facts.company,
                subscription=facts.id,
                revision=facts.plan.revision + 1,
                renews_automatically=facts.plan.renews_automatically,
                offer=str(facts.plan.offer),
                seats=facts.plan.seats,
                method=facts.plan.method.id if facts.plan.method else None,
                conflict=problem.value,
                campaign=facts.plan.campaign,
                merges=facts.plan.merges,
                merged_into=facts.plan.merged_into,
                aligns_on=facts.plan.aligns_on,
                aligns_anchor=facts.plan.aligns_anchor,
                change=facts.plan.change,
            )
            for facts, problem in conflicts
        ],
        decided_on=occasion.day,
        actor=occasion.actor,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_subscription set plan_revision = plan_revision + 1, "
            "version = version + 1 where id = any(%s)",
            [[facts.id for facts, _ in conflicts]],
        )
    journal.record_all(
        [_conflicted(facts, problem, occasion) for facts, problem in conflicts], at=occasion.now
    )


def _conflicted(facts: RenewalFacts, problem: PlanProblem, occasion: Occasion) -> Fact:
    return Fact(
        kind="renewal_plan.conflicted",
        subject=facts.id,
        company=facts.company,
        region=facts.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={
            "reason": problem.value,
            "offer": str(facts.plan.offer),
            "renews_on": facts.term.renews_on.isoformat(),
        },
    )
