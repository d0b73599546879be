"""Try to sell to a set: decide, commit the attempts, collect, and execute what was paid."""

from collections.abc import Callable, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from perenne.billing.attempts import Attempt, Outcome, Try, open_attempts, unwritten
from perenne.billing.collecting import collect
from perenne.billing.leases import mark_sent
from perenne.billing.ordering import Sold
from perenne.billing.sales import Sale
from perenne.platform import journal
from perenne.platform.faults import fp
from perenne.platform.halving import do_in_halves
from perenne.platform.writing import atomic
from perenne.renewals.facts import Method, RenewalFacts, claim_renewal_facts, lock_renewal_facts
from perenne.renewals.operations.conflicts import append_conflicts
from perenne.renewals.operations.executing import Occasion, execute, settle_and_execute
from perenne.renewals.operations.parking import park
from perenne.renewals.operations.telling import declined_fact
from perenne.renewals.pricing import Pricer
from perenne.rules.lifecycle import is_overdue
from perenne.rules.payments import DeclineKind, retry_allowed, tries_due
from perenne.rules.plans import PlanProblem

BATCH = 1000


class Decision(Struct, frozen=True):
    """What to do with one subscription: try it, mark its plan conflicted, or (neither) leave it."""

    facts: RenewalFacts
    wanted: Try | None = None
    problem: PlanProblem | None = None


Decide = Callable[[RenewalFacts, Pricer], Decision]


def try_to_renew(
    identities: Sequence[str], decide: Decide, *, occasion: Occasion, shared: bool = False
) -> int:
    """Renew those of a set for which ``decide`` says so; a single one is the set of one.

    Three steps: attempts with their keys are committed; the gateway is called outside any
    transaction; then each answer is written with everything that follows from it.

    Args:
        shared: other workers take from the same set; what they hold is left to them.

    Returns:
        How many of the set were taken and decided about.

    Source: docs/explanation/lifecycle.md, «The run of a day».
    """
    fp("renewal.claiming")
    take = claim_renewal_facts if shared else lock_renewal_facts
    with atomic("renewal"):
        pricer = Pricer()
        decisions = [decide(facts, pricer) for facts in take(identities)]
        attempts = _commit_tries(decisions, occasion=occasion)
        fp("renewal.claimed")
    fp("renewal.committed")
    send([one for one in attempts if one.state == "created"], occasion=occasion)
    return len(decisions)


def _commit_tries(decisions: Sequence[Decision], *, occasion: Occasion) -> list[Attempt]:
    """In the caller's transaction: conflicts, attempts, and what needs no gateway at once."""
    append_conflicts(
        [(one.facts, one.problem) for one in decisions if one.problem is not None],
        occasion=occasion,
    )
    tries = [one.wanted for one in decisions if one.wanted is not None]
    attempts = open_attempts(tries, day=occasion.day, actor=occasion.actor, now=occasion.now)
    execute_at_once(tries, attempts, occasion=occasion)
    return attempts


def execute_at_once(
    tries: Sequence[Try], attempts: Sequence[Attempt], *, occasion: Occasion
) -> None:
    """In the caller's transaction: sell what nobody has to collect, tell what nobody can."""
    journal.record_all(
        [
            declined_fact(attempt, wanted.declined, day=occasion.day, actor=occasion.actor)
            for wanted, attempt in zip(tries, attempts, strict=True)
            if wanted.declined is not None
        ],
        at=occasion.now,
    )
    at_once = [Sold(attempt, "") for attempt in attempts if attempt.state == "succeeded"]
    execute(at_once, occasion=occasion)


def send(attempts: Sequence[Attempt], *, occasion: Occasion) -> list[Sold]:
    """Have the gateway collect committed attempts, and execute what was paid."""
    return conclude(collect(mark_sent(attempts)), occasion=occasion)


def conclude(outcomes: Sequence[Outcome], *, occasion: Occasion) -> list[Sold]:
    """Write the gateway's answers with all that follows; park what only a person can solve.

    A charge whose answer cannot be written stays unknown and is parked; the others go on.
    """
    by_key: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_key.setdefault(outcome.attempt.key, []).append(outcome)
    sold: list[Sold] = []

    def write(keys: Sequence[str]) -> None:
        sold.extend(
            settle_and_execute([one for key in keys for one in by_key[key]], occasion=occasion)
        )

    def give_up(key: str, reason: str) -> None:
        by_key[key] = [unwritten(one, reason) for one in by_key[key]]
        write([key])

    do_in_halves(list(by_key), write, give_up=give_up)
    for outcome in (one for members in by_key.values() for one in members):
        if outcome.problem:
            park(outcome.attempt.sale.subscription, outcome.problem, occasion=occasion)
    return sold


def automatic_try(day: date) -> Decide:
    """Decide for the run of ``day``: the plan on file, if a try is due and sense can come of it."""

    def decide(facts: RenewalFacts, pricer: Pricer) -> Decision:
        plan = facts.plan
        retry_days = pricer.policy(facts, on=day).payment_retry_days
        stages = facts.stage_facts
        is_due = tries_due(renews_on=stages.tried_from, day=day, retry_days=retry_days) is not None
        offset = (day - facts.term.renews_on).days
        method_changed = facts.last_tried_method != (plan.method.id if plan.method else None)
        is_settled = (
            facts.ended_on is not None
            or facts.is_parked
            or facts.has_open_attempt
            or bool(plan.conflict)
            or not plan.renews_automatically
            # Another subscription takes this one in when it is renewed itself.
            or plan.merged_into is not None
            or (facts.imported_as_of is not None and facts.term.renews_on < facts.imported_as_of)
        )
        if is_settled or not is_due or offset in facts.tries:
            return Decision(facts)
        if not retry_allowed(facts.last_decline, method_changed=method_changed):
            return Decision(facts)
        problem = pricer.problem(facts, plan.offer, facts.seats_planned)
        if problem is not None:
            return Decision(facts, problem=problem)
        wanted = planned_try(facts, pricer, retry_day=offset)
        if is_overdue(stages, as_of=day):
            wanted = replace(wanted, token="", declined=DeclineKind.INVOICE_OVERDUE)
        return Decision(facts, wanted=wanted)

    return decide


def planned_try(facts: RenewalFacts, pricer: Pricer, *, retry_day: int | None) -> Try:
    """The plan on file as a try, with the way in which its method pays."""
    return paid_with(facts.plan.method, pricer.sold_by_run(facts), retry_day=retry_day)


def paid_with(method: Method | None, sale: Sale, *, retry_day: int | None = None) -> Try:
    """A sale as a try, with the way in which the method pays; a reseller buys on account."""
    if sale.buying_partner is not None:
        return Try(sale, retry_day, "")
    if method is None:
        return Try(sale, retry_day, "", declined=DeclineKind.NO_METHOD)
    if method.kind == "bank_transfer":
        return Try(sale, retry_day, "", declined=DeclineKind.CANNOT_BE_CHARGED)
    if method.kind == "invoice":
        return Try(sale, retry_day, "")
    return Try(sale, retry_day, method.token)
