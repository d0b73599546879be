"""What of a company's book can be aligned, what that costs, and what the others need first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from perenne.accounts.queries import Member
from perenne.renewals.changes.kinds import prepare
from perenne.renewals.changes.preparing import Situation, preview_of, verdict_with
from perenne.renewals.changes.preview import Preview
from perenne.renewals.changes.previewing import situation_of
from perenne.renewals.changes.wishes import Align
from perenne.renewals.facts import renewal_facts
from perenne.renewals.standings import Stand
from perenne.renewals.verdicts import verdicts_of
from perenne.rules import refusals as why
from perenne.rules.actions import Action
from perenne.rules.align_plan import Candidate, Group, Path, plan_alignment
from perenne.rules.align_targets import AlignMode, days_to_choose
from perenne.rules.eligibility.aligning import stretch_refusals
from perenne.rules.verdict import Verdict
from perenne.subscriptions.queries import subscriptions_visible_to

# A change names at most so many; of more, those that renew last are proposed.
_AT_ONCE = 500

# What steps of one's own mend: a term, a method, or a change that is planned.
_MENDED_BY_STEPS = (
    why.TermDiffers,
    why.PaymentDiffers,
    why.TermNotBegun,
    why.DatesEqual,
    why.OnlyOne,
    why.ChangePending,
)
_MENDED_BY_METHOD = (why.MethodMissing, why.MethodUnsupported, why.MethodExpires)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A group with what aligning all of it now would cost, and what else can be chosen.

    The day chosen lies from ``first_day`` to ``last_day``, both included.
    """

    group: Group
    preview: Preview
    modes: tuple[AlignMode, ...]
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Outside:
    """A subscription that no proposal contains: why, and the cheapest way in, if there is one."""

    subscription: str
    verdict: Verdict
    path: Path | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """The whole book: proposals, and what lies outside of them."""

    proposals: tuple[Proposal, ...]
    outside: tuple[Outside, ...]


def alignment_visible_to(member: Member, *, now: datetime) -> Alignment:
    """Plan the alignment of all living subscriptions that a person of a company may see.

    Source: docs/explanation/alignment.md, «Groups».
    """
    living = subscriptions_visible_to(member).filter(ended_on=None)
    facts = renewal_facts(list(living.values_list("pk", flat=True)))
    situation = situation_of(facts, member=member, now=now)
    stands = list(situation.stands.values())
    verdicts = {stand.facts.id: _verdict(stand) for stand in stands}
    candidates = [
        _candidate(stand, verdicts[stand.facts.id])
        for stand in stands
        if _may_join(stand, verdicts[stand.facts.id])
    ]
    as_of = min((stand.as_of for stand in stands), default=now.date())
    plan = plan_alignment(candidates, as_of=as_of)
    proposals = tuple(_proposal(group, situation) for group in plan.groups)
    inside = {member for group in plan.groups for member in group.members}
    paths = {path.subscription: path for path in plan.paths}
    return Alignment(
        proposals,
        tuple(
            _outside(stand, verdicts[stand.facts.id], paths.get(stand.facts.id))
            for stand in stands
            if stand.facts.id not in inside
        ),
    )


def _verdict(stand: Stand) -> Verdict:
    return verdicts_of(stand, [Action.ALIGN])[Action.ALIGN]


def _outside(stand: Stand, verdict: Verdict, path: Path | None) -> Outside:
    """What could be aligned, and is not proposed, could only wait for others."""
    if verdict.allowed:
        verdict = verdict_with(Action.ALIGN, stand, more=stretch_refusals(stand.standing))
    return Outside(stand.facts.id, verdict, path)


def _may_join(stand: Stand, verdict: Verdict) -> bool:
    """Whether nothing stands against it but what steps of its own can mend."""
    mended = (*_MENDED_BY_STEPS, *_MENDED_BY_METHOD)
    return stand.standing.sold_online and all(isinstance(one, mended) for one in verdict.refusals)


def _candidate(stand: Stand, verdict: Verdict) -> Candidate:
    facts, standing = stand.facts, stand.standing
    answers = verdicts_of(stand, [Action.CHANGE_TERM, Action.PAYMENT_METHOD])
    cannot_pay = any(isinstance(one, _MENDED_BY_METHOD) for one in verdict.refusals)
    months, ready_on = facts.months, standing.term_begins_on or stand.as_of
    if facts.plan_changes:
        months, ready_on = facts.plan.offer.months, facts.term.renews_on
    return Candidate(
        id=facts.id,
        region=facts.region,
        months=months,
        method=None if cannot_pay else standing.method,
        renews_on=facts.term.renews_on,
        ready_on=ready_on,
        is_eligible=verdict.allowed,
        extends=standing.stretch_problem is None,
        months_open=(
            frozenset(standing.months_offered)
            if answers[Action.CHANGE_TERM].allowed
            else frozenset()
        ),
        may_pay_otherwise=answers[Action.PAYMENT_METHOD].allowed,
    )


def _proposal(group: Group, situation: Situation) -> Proposal:
    members = group.members[-_AT_ONCE:]
    stands = [situation.stand(identity) for identity in members]
    prepared = prepare(Align(subscriptions=members), situation)
    assert not prepared.refused, "what is proposed is possible"
    preview = preview_of(
        prepared, Action.ALIGN.value, pricer=situation.pricer, expires_at=situation.now
    )
    first_day, last_day = days_to_choose(
        [stand.facts.term.renews_on for stand in stands], months=group.key.months
    )
    return Proposal(
        group=group,
        preview=preview,
        modes=_modes(stands),
        first_day=first_day,
        last_day=last_day,
    )


def _modes(stands: Sequence[Stand]) -> tuple[AlignMode, ...]:
    """The modes that the policies of all of them offer."""
    return tuple(
        mode for mode in AlignMode if all(mode in stand.policy.align_modes for stand in stands)
    )
