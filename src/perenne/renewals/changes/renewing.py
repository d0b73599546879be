"""Renewing by hand: one subscription or many, with the plan on file or with other choices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from msgspec import structs

from perenne.renewals.changes.preparing import (
    Prepared,
    PreparedItem,
    Situation,
    refused_item,
)
from perenne.renewals.changes.wishes import Renew
from perenne.renewals.errors import InvalidChoicesError
from perenne.renewals.facts import Method, RenewalFacts
from perenne.renewals.mistakes import SeveralMethods
from perenne.renewals.standings import Stand
from perenne.rules.actions import Action
from perenne.rules.eligibility.standing import Paying, Standing
from perenne.rules.eligibility.verdicts import verdict_on
from perenne.rules.lifecycle import last_renewable_day
from perenne.rules.quoted import QuoteTerms, quoted_verdict
from perenne.rules.transfers import transfer_last_day
from perenne.rules.verdict import Verdict


def prepare_renewal(wish: Renew, situation: Situation) -> Prepared:
    """The next term of each subscription, paid now by one method.

    Source: docs/explanation/lifecycle.md, «Renewing by hand».
    """
    stands = [situation.stand(identity) for identity in wish.subscriptions]
    wanted = [_wanted(wish, stand, situation) for stand in stands]
    if situation.quote is None or situation.quote.is_accepting:
        _require_one_method([facts.plan.method for facts in wanted])
    return Prepared(
        items=tuple(
            _item(wish, stand, facts, situation)
            for stand, facts in zip(stands, wanted, strict=True)
        ),
        effective_on=min(stand.facts.term.renews_on for stand in stands),
        reserved_until=_reserved_until(stands, wanted[0].plan.method),
    )


def _reserved_until(stands: Sequence[Stand], method: Method | None) -> date | None:
    """How long renewals wait for a bank transfer; None if they are paid at once.

    Source: docs/explanation/money.md, «Bank transfers».
    """
    if method is None or method.kind != "bank_transfer":
        return None
    return min(
        transfer_last_day(
            stand.as_of,
            transfer_days=stand.policy.transfer_days,
            last_renewable_day=last_renewable_day(
                stand.facts.term.renews_on,
                months=stand.facts.months,
                tries_automatically=stand.facts.stage_facts.is_tried,
                policy=stand.policy,
            ),
        )
        for stand in stands
    )


def _wanted(wish: Renew, stand: Stand, situation: Situation) -> RenewalFacts:
    """The facts with the plan as it was wished; choosing anew settles a conflict."""
    facts = stand.facts
    plan = facts.plan
    offer = plan.offer if wish.months is None else replace(plan.offer, months=wish.months)
    seats = wish.seats.get(facts.id, plan.seats)
    is_another = offer != plan.offer
    is_chosen = is_another or facts.id in wish.seats
    return structs.replace(
        facts,
        plan=structs.replace(
            plan,
            offer=offer,
            seats=seats,
            method=situation.method(wish.method, plan.method),
            conflict="" if is_chosen else plan.conflict,
            # A term of another length is bought whole: dates were to be aligned with this one.
            aligns_on=None if is_another else plan.aligns_on,
            aligns_anchor=None if is_another else plan.aligns_anchor,
        ),
    )


def _require_one_method(methods: list[Method | None]) -> None:
    if len({None if method is None else method.id for method in methods}) > 1:
        raise InvalidChoicesError("method", SeveralMethods())


def _verdict(wished: Standing, stand: Stand, quote: QuoteTerms | None) -> Verdict:
    if quote is not None:
        return quoted_verdict(wished, quote, policy=stand.policy, as_of=stand.as_of)
    return verdict_on(Action.RENEW, wished, policy=stand.policy, as_of=stand.as_of)


def _item(wish: Renew, stand: Stand, wanted: RenewalFacts, situation: Situation) -> PreparedItem:
    pricer = situation.pricer
    method = wanted.plan.method
    problem = pricer.problem(wanted, wanted.plan.offer, wanted.seats_planned)
    priced = None if problem else pricer.planned_term(wanted)
    wished = replace(
        stand.standing,
        plan_problem=problem,
        plan_conflict=wanted.plan.conflict,
        paying=None if method is None else Paying(method.kind, method.last4, method.valid_through),
        renewal_minor=0 if priced is None else priced.gross_minor,
    )
    verdict = _verdict(wished, stand, situation.quote)
    if not verdict.allowed:
        return refused_item(stand, verdict)
    sale = pricer.planned_sale(wanted)
    sale = pricer.sold_online(sale, wanted, on=sale.starts_on)
    return PreparedItem(
        stand=stand,
        verdict=verdict,
        sale=structs.replace(sale, purchase_order=wish.purchase_order),
        method=method,
    )
