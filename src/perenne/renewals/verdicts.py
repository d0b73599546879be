"""Put the facts of a subscription before the rule that says whether it may be renewed by hand."""

from datetime import date

from perenne.accounts.queries import Member
from perenne.renewals.facts import RenewalFacts
from perenne.renewals.pricing import Pricer
from perenne.rules.eligibility import RenewalAsked, Verdict, may_renew
from perenne.rules.routes import renewable_online


def renewal_verdict(
    facts: RenewalFacts,
    pricer: Pricer,
    *,
    member: Member,
    as_of: date,
    finished_through: date | None,
) -> Verdict:
    """Whether ``member`` may renew now, with the offer and seats of ``facts.plan``."""
    plan = facts.plan
    return may_renew(
        RenewalAsked(
            stage=facts.stage_facts,
            term=facts.term,
            finished_through=finished_through,
            has_partner=facts.partner is not None,
            renewable_online=renewable_online(facts.channel, stated=facts.renewable_online),
            may_decide="contract_manager" in member.roles,
            method_kind=plan.method.kind if plan.method else None,
            problem=pricer.problem(facts, plan.offer, facts.seats_planned),
        ),
        policy=pricer.policy(facts, on=as_of),
        as_of=as_of,
    )
