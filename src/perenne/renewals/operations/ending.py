"""Let time pass for what was not renewed: past due, the policy's stages, and the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from perenne.catalog.queries import Catalogue, current_catalogue
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.renewals.facts import RenewalFacts, lock_renewal_facts
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.parking import isolating
from perenne.renewals.operations.trying import BATCH
from perenne.rules.lifecycle import Stage, stage_on

_UNRENEWED = """
select s.id from subscriptions_subscription s
where s.region_id = %s and s.ended_on is null and s.renews_on <= %s and s.id > %s
  and not exists (select 1 from renewals_parkedsubscription x
                  where x.subscription_id = s.id and x.unparked_at is null)
order by s.id limit %s
"""


@dataclass
class Unrenewed:
    """What the run found after the renewals of the day."""

    past_due: int = 0


def age_unrenewed(region: str, *, occasion: Occasion) -> Unrenewed:
    """Tell each stage that an unrenewed subscription enters on the day, and end what expires.

    Looks only at those whose renewal day has come; a second call tells nothing twice.

    Source: docs/explanation/lifecycle.md, «After the renewal day».
    """
    found = Unrenewed()
    after = ""
    while rows := select(_UNRENEWED, [region, occasion.day, after, BATCH]):
        batch = [row["id"] for row in rows]
        isolating(batch, lambda ids: _age(ids, found, occasion=occasion), occasion=occasion)
        after = batch[-1]
    return found


def _age(identities: Sequence[str], found: Unrenewed, *, occasion: Occasion) -> None:
    catalogue = current_catalogue()
    with atomic("stages"):
        entered = [
            (facts, stage)
            for facts in lock_renewal_facts(identities)
            if facts.ended_on is None
            for stage in [_stage_after_run(facts, occasion.day, catalogue)]
            if stage is not Stage.ACTIVE
        ]
        ended = [facts for facts, stage in entered if stage is Stage.EXPIRED]
        _end(ended, occasion=occasion)
        journal.record_new(
            [
                _stage_fact(facts, stage, occasion=occasion)
                for facts, stage in entered
                if stage is Stage.EXPIRED
                or stage is not _stage_after_run(facts, occasion.day - timedelta(1), catalogue)
            ],
            at=occasion.now,
        )
    found.past_due += sum(stage is Stage.PAST_DUE for _, stage in entered)


def _stage_after_run(facts: RenewalFacts, day: date, catalogue: Catalogue) -> Stage:
    policy = catalogue.policy_for(facts.region, facts.channel, facts.months, day)
    return stage_on(facts.stage_facts, as_of=day, finished_through=day, policy=policy)


def _end(ended: Sequence[RenewalFacts], *, occasion: Occasion) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_subscription set ended_on = %s, ended_because = 'expired', "
            "version = version + 1 where id = any(%s)",
            [occasion.day, [facts.id for facts in ended]],
        )


def _stage_fact(facts: RenewalFacts, stage: Stage, *, occasion: Occasion) -> Fact:
    return Fact(
        kind=f"subscription.{stage.value}",
        subject=facts.id,
        company=facts.company,
        region=facts.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={"renews_on": facts.term.renews_on.isoformat()},
        once_key=facts.term.renews_on.isoformat(),
    )
