"""Try to renew a set: decide, commit the attempts, collect, and execute what was paid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from perenne.billing.attempts import Attempt, Outcome, Try, open_attempts, unsettled_attempts
from perenne.billing.booking import Sold
from perenne.billing.collecting import collect
from perenne.platform import journal
from perenne.renewals.facts import RenewalFacts, lock_renewal_facts, renewal_facts
from perenne.renewals.operations.conflicts import append_conflicts
from perenne.renewals.operations.executing import (
    Occasion,
    declined_fact,
    execute,
    settle_and_execute,
)
from perenne.renewals.operations.parking import park
from perenne.renewals.pricing import Pricer
from perenne.rules.payments import DeclineKind, retry_allowed, tries_due
from perenne.rules.plans import PlanProblem

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one subscription: try it, mark its plan conflicted, or (neither) leave it."""

    facts: RenewalFacts
    wanted: Try | None = None
    problem: PlanProblem | None = None


Decide = Callable[[RenewalFacts, Pricer], Decision]


def try_to_renew(identities: Sequence[str], decide: Decide, *, occasion: Occasion) -> list[Sold]:
    """Renew those of a set for which ``decide`` says so; a single one is the set of one.

    Three steps: attempts with their keys are committed; the gateway is called outside any
    transaction; then each answer is written with everything that follows from it.

    Source: docs/explanation/lifecycle.md, «The run of a day».
    """
    with transaction.atomic():
        pricer = Pricer()
        decisions = [decide(facts, pricer) for facts in lock_renewal_facts(identities)]
        append_conflicts(
            [(one.facts, one.problem) for one in decisions if one.problem is not None],
            occasion=occasion,
        )
        tries = [one.wanted for one in decisions if one.wanted is not None]
        attempts = open_attempts(tries, day=occasion.day, actor=occasion.actor, now=occasion.now)
        _record_refused(tries, attempts, occasion=occasion)
        at_once = [Sold(attempt, "") for attempt in attempts if attempt.state == "succeeded"]
        execute(at_once, occasion=occasion)
    outcomes = collect([attempt for attempt in attempts if attempt.state == "sent"])
    return at_once + _settle(outcomes, occasion=occasion)


def settle_open_attempts(region: str, *, occasion: Occasion) -> None:
    """Ask again, with the same keys, about attempts that a crash or silence left without answer."""
    after = ""
    while batch := unsettled_attempts(region, states=["sent", "unknown"], after=after, limit=BATCH):
        after = batch[-1].id
        aside = {
            facts.id
            for facts in renewal_facts([one.sale.subscription for one in batch])
            if facts.is_parked
        }
        asked = [one for one in batch if one.sale.subscription not in aside]
        _settle(collect(asked), occasion=occasion)


def _settle(outcomes: Sequence[Outcome], *, occasion: Occasion) -> list[Sold]:
    sold = settle_and_execute(outcomes, occasion=occasion) if outcomes else []
    for outcome in outcomes:
        if outcome.problem:
            park(outcome.attempt.sale.subscription, outcome.problem, occasion=occasion)
    return sold


def _record_refused(
    tries: Sequence[Try], attempts: Sequence[Attempt], *, occasion: Occasion
) -> None:
    journal.record_all(
        [
            declined_fact(attempt, wanted.declined, occasion=occasion)
            for wanted, attempt in zip(tries, attempts, strict=True)
            if wanted.declined is not None
        ],
        at=occasion.now,
    )


def automatic_try(day: date) -> Decide:
    """Decide for the run of ``day``: the plan on file, if a try is due and sense can come of it."""

    def decide(facts: RenewalFacts, pricer: Pricer) -> Decision:
        plan = facts.plan
        retry_days = pricer.policy(facts, on=day).payment_retry_days
        offset = tries_due(renews_on=facts.term.renews_on, day=day, retry_days=retry_days)
        method_changed = facts.last_tried_method != (plan.method.id if plan.method else None)
        is_settled = (
            facts.ended_on is not None
            or facts.is_parked
            or facts.has_open_attempt
            or bool(plan.conflict)
            or not plan.renews_automatically
            or (facts.imported_as_of is not None and facts.term.renews_on < facts.imported_as_of)
        )
        if is_settled or offset is None or offset in facts.tries:
            return Decision(facts)
        if not retry_allowed(facts.last_decline, method_changed=method_changed):
            return Decision(facts)
        problem = pricer.problem(facts, plan.offer, facts.seats_planned)
        if problem is not None:
            return Decision(facts, problem=problem)
        return Decision(facts, wanted=planned_try(facts, pricer, retry_day=offset))

    return decide


def planned_try(facts: RenewalFacts, pricer: Pricer, *, retry_day: int | None) -> Try:
    """The plan on file as a try, with the way in which its method pays."""
    sale = pricer.sale(facts, offer=facts.plan.offer, seats=facts.seats_planned)
    method = facts.plan.method
    if method is None:
        return Try(sale, retry_day, "", declined=DeclineKind.NO_METHOD)
    if method.kind == "bank_transfer":
        return Try(sale, retry_day, "", declined=DeclineKind.CANNOT_BE_CHARGED)
    if method.kind == "invoice":
        return Try(sale, retry_day, "")
    return Try(sale, retry_day, method.token)
