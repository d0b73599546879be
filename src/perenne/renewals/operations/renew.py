"""Renew by hand: the set of one, decided by the customer's verdict instead of the calendar."""

from dataclasses import dataclass, replace
from datetime import datetime

from perenne.accounts.queries import Member
from perenne.billing.models import PaymentAttempt
from perenne.catalog.queries import regions
from perenne.platform.clock import today
from perenne.renewals.errors import RenewalRefusedError
from perenne.renewals.facts import Plan, RenewalFacts
from perenne.renewals.marks import finished_through
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.trying import Decision, planned_try, try_to_renew
from perenne.renewals.pricing import Pricer
from perenne.renewals.verdicts import renewal_verdict
from perenne.rules.eligibility import Verdict
from perenne.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Renewal:
    """A customer's wish; ``seats`` None renews all seats that are owned on the renewal day."""

    subscription_id: str
    months: int
    seats: int | None
    member: Member


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: ``renewed``, ``declined`` with its kind, or ``being_confirmed``."""

    state: str
    declined: str = ""


def renew_by_hand(wish: Renewal, *, now: datetime) -> Answer:
    """Renew one subscription now, paid with the method of its plan.

    The new term starts on the old renewal day, whenever it is bought; asking twice is refused
    as already renewed.

    Raises:
        RenewalRefusedError: with the verdict, if renewing is not possible today.

    Source: docs/explanation/lifecycle.md, «Renewing by hand».
    """
    refused: list[Verdict] = []
    attempted: list[str] = []

    def decide(facts: RenewalFacts, pricer: Pricer) -> Decision:
        wanted = replace(facts, plan=_plan_wanted(facts.plan, wish))
        zone = regions()[facts.region].zone
        verdict = renewal_verdict(
            wanted,
            pricer,
            member=wish.member,
            as_of=today(now, zone),
            finished_through=finished_through().get(facts.region),
        )
        if not verdict.allowed:
            refused.append(verdict)
            return Decision(facts)
        attempted.append(facts.term.renews_on.isoformat())
        return Decision(facts, wanted=planned_try(wanted, pricer, retry_day=None))

    try_to_renew([wish.subscription_id], decide, occasion=_occasion(wish, now))
    if refused:
        raise RenewalRefusedError(refused[0])
    return _answer(wish.subscription_id, attempted[0])


def _plan_wanted(plan: Plan, wish: Renewal) -> Plan:
    return replace(
        plan, offer=replace(plan.offer, months=wish.months), seats=wish.seats, conflict=""
    )


def _occasion(wish: Renewal, now: datetime) -> Occasion:
    region = Subscription.objects.values_list("region_id", flat=True).get(pk=wish.subscription_id)
    return Occasion(today(now, regions()[region].zone), wish.member.actor, now)


def _answer(subscription_id: str, term_starts_on: str) -> Answer:
    attempt = (
        PaymentAttempt.objects.filter(
            subscription_id=subscription_id, term_starts_on=term_starts_on
        )
        .order_by("-created_at", "-id")
        .first()
    )
    assert attempt is not None
    if attempt.state == "succeeded":
        return Answer("renewed")
    if attempt.state == "declined":
        return Answer("declined", attempt.decline_kind)
    return Answer("being_confirmed")
