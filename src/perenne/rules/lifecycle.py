"""In which stage a subscription is on a day: derived from dates, plan and tries, never stored."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from perenne.rules.policy import Policy, StageRule
from perenne.rules.receivables import overdue_from, suspends_from


class Stage(StrEnum):
    """Where a subscription is in its life; expired is final."""

    ACTIVE = "active"
    PAST_DUE = "past_due"
    GRACE = "grace"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """What decides the stage; ``months`` are those of the term that ends on ``renews_on``.

    ``unpaid_due_on`` is the due day of its oldest invoice that is not paid in full; None if all
    are. ``held_until`` is the first day that no quote holds any more; None if none ever did.
    """

    renews_on: date
    months: int
    tries_automatically: bool
    plan_conflicted: bool
    open_attempt: bool
    imported_as_of: date | None
    ended_on: date | None
    unpaid_due_on: date | None = None
    held_until: date | None = None

    @property
    def is_tried(self) -> bool:
        """Whether it stays renewable after the renewal day because the run, or a person, tries."""
        return self.tries_automatically or self.plan_conflicted

    @property
    def tried_from(self) -> date:
        """The first day on which the run tries: the renewal day, or when a quote lets go of it.

        Source: docs/explanation/quotes.md, «The hold».
        """
        return max(self.renews_on, self.held_until or self.renews_on)

    @property
    def was_past_when_imported(self) -> bool:
        """Whether its renewal day lay before the book's as-of day: then nothing is tried."""
        return self.imported_as_of is not None and self.renews_on < self.imported_as_of


def stage_on(
    facts: StageFacts, *, as_of: date, finished_through: date | None, policy: Policy
) -> Stage:
    """The stage at the start of ``as_of``, or after its run if that has finished.

    What follows the renewal day happens in runs: until the run of a day has finished, the stage
    is that of the day before. An invoice that is overdue for too long suspends the running term
    on its day, and whoever pays is active again at once.

    Args:
        finished_through: last business day whose run has finished; None before the first.

    Source: docs/explanation/lifecycle.md, «After the renewal day».
    """
    if facts.ended_on is not None and as_of >= facts.ended_on:
        return Stage.EXPIRED
    if as_of < facts.renews_on:
        owes = owes_too_long(facts, as_of=as_of, policy=policy)
        return Stage.SUSPENDED if owes else Stage.ACTIVE
    day = _effective_day(facts, as_of=as_of, finished_through=finished_through)
    if day is None or facts.open_attempt:
        return Stage.PAST_DUE
    days_after = (day - facts.renews_on).days
    if (
        facts.is_tried
        and not facts.was_past_when_imported
        and (day - facts.tried_from).days < policy.payment_grace_days
    ):
        return Stage.PAST_DUE
    rule = _rule_after(days_after, months=facts.months, policy=policy)
    return Stage.EXPIRED if rule is None else Stage(rule.stage)


def _effective_day(facts: StageFacts, *, as_of: date, finished_through: date | None) -> date | None:
    """The day whose run decides; None while the renewal day itself was not run."""
    imported_as_of = facts.imported_as_of
    if imported_as_of is not None and facts.renews_on < imported_as_of:
        ran = as_of if finished_through is None else min(as_of, finished_through)
        return max(imported_as_of, ran)
    if finished_through is None or min(as_of, finished_through) < facts.renews_on:
        return None
    return min(as_of, finished_through)


def _rule_after(days_after: int, *, months: int, policy: Policy) -> StageRule | None:
    begins = 0
    for rule in policy.stages:
        begins += rule.days.of(months)
        if days_after < begins:
            return rule
    return None


def access_on(
    facts: StageFacts, *, as_of: date, finished_through: date | None, policy: Policy
) -> str:
    """Whether the product may be used: ``full`` or ``none``."""
    if owes_too_long(facts, as_of=as_of, policy=policy):
        return "none"
    stage = stage_on(facts, as_of=as_of, finished_through=finished_through, policy=policy)
    if stage in (Stage.ACTIVE, Stage.PAST_DUE):
        return "full"
    return next((rule.access for rule in policy.stages if rule.stage == stage), "none")


def is_overdue(facts: StageFacts, *, as_of: date) -> bool:
    """Whether an invoice of it is unpaid after its due day: a flag beside the stage.

    Source: docs/explanation/money.md, «Overdue invoices».
    """
    return facts.unpaid_due_on is not None and as_of >= overdue_from(facts.unpaid_due_on)


def owes_too_long(facts: StageFacts, *, as_of: date, policy: Policy) -> bool:
    """Whether an unpaid invoice takes its access away, in whatever stage it is.

    Source: docs/explanation/money.md, «Overdue invoices».
    """
    if facts.unpaid_due_on is None:
        return False
    return as_of >= suspends_from(facts.unpaid_due_on, grace_days=policy.payment_grace_days)


def may_renew_in(stage: Stage, policy: Policy) -> bool:
    """Whether a subscription in this stage can still be renewed."""
    if stage in (Stage.ACTIVE, Stage.PAST_DUE):
        return True
    return any(rule.renewable for rule in policy.stages if rule.stage == stage)


def end_after(renews_on: date, *, months: int, policy: Policy) -> date:
    """The day in whose run an unrenewed and untried subscription expires."""
    return renews_on + timedelta(sum(rule.days.of(months) for rule in policy.stages))


def last_renewable_day(
    renews_on: date, *, months: int, tries_automatically: bool, policy: Policy
) -> date:
    """The last day before the run in which an unrenewed subscription can no longer be renewed.

    Source: docs/explanation/money.md, «Bank transfers».
    """
    begins, last = 0, policy.payment_grace_days if tries_automatically else 0
    for rule in policy.stages:
        begins += rule.days.of(months)
        if rule.renewable:
            last = max(last, begins)
    return renews_on + timedelta(last - 1)


def stage_calendar(
    renews_on: date, *, months: int, tries_automatically: bool, policy: Policy
) -> tuple[tuple[date, Stage], ...]:
    """The days on which stages begin if nothing is renewed, from ``renews_on`` to the end."""
    found = []
    day = renews_on
    last = max(
        end_after(renews_on, months=months, policy=policy),
        renews_on + timedelta(policy.payment_grace_days if tries_automatically else 0),
    )
    before = Stage.ACTIVE
    while day <= last:
        facts = StageFacts(
            renews_on=renews_on,
            months=months,
            tries_automatically=tries_automatically,
            plan_conflicted=False,
            open_attempt=False,
            imported_as_of=None,
            ended_on=None,
        )
        stage = stage_on(facts, as_of=day, finished_through=day, policy=policy)
        if stage is not before:
            found.append((day, stage))
            before = stage
        day += timedelta(1)
    return tuple(found)
