"""Mark plans that can no longer be executed, with the reason; a person decides what follows."""

from collections.abc import Sequence

from django.db import connection

from perenne.platform import journal
from perenne.platform.bulk import copy_in
from perenne.platform.ids import new_ids
from perenne.platform.journal import Fact
from perenne.renewals.facts import RenewalFacts
from perenne.renewals.models import PlanRevision
from perenne.renewals.operations.executing import Occasion
from perenne.rules.plans import PlanProblem


def append_conflicts(
    conflicts: Sequence[tuple[RenewalFacts, PlanProblem]], *, occasion: Occasion
) -> None:
    """Append a conflicted revision of each plan, in the caller's transaction, rows locked."""
    if not conflicts:
        return
    copy_in(
        PlanRevision,
        "id company_id subscription_id revision renews_automatically offer_id seats "
        "payment_method_id conflict decided_on actor".split(),
        (
            (
                identity,
                facts.company,
                facts.id,
                facts.plan.revision + 1,
                facts.plan.renews_automatically,
                str(facts.plan.offer),
                facts.plan.seats,
                facts.plan.method.id if facts.plan.method else None,
                problem.value,
                occasion.day,
                occasion.actor,
            )
            for identity, (facts, problem) in zip(
                new_ids("pln", len(conflicts)), conflicts, strict=True
            )
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_subscription set plan_revision = plan_revision + 1, "
            "version = version + 1 where id = any(%s)",
            [[facts.id for facts, _ in conflicts]],
        )
    journal.record_all(
        [
            Fact(
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
            for facts, problem in conflicts
        ],
        at=occasion.now,
    )
