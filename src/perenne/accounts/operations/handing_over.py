"""Hand the contract manager's role over: by consent, or by two administrators when none is left."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from perenne.accounts.errors import RoleRefusedError
from perenne.accounts.models import PersonRole, RoleHandover
from perenne.accounts.operations.companies import Setting, locked, person_of
from perenne.accounts.queries import Member, handovers_answered_by, role_facts
from perenne.platform import journal
from perenne.platform.ids import new_id
from perenne.platform.writing import atomic
from perenne.rules.roles import (
    CONTRACT_MANAGER,
    Handover,
    HandoverClosed,
    acceptance_refusals,
    proposal_refusals,
)

ANSWER_WITHIN = timedelta(days=14)


def propose_handover(taker: str, *, by: Member, now: datetime) -> RoleHandover:
    """Propose that another person takes the role over; it waits for an answer for 14 days.

    A contract manager hands over the own role and the taker answers; an administrator names
    somebody where no contract manager is left, and another administrator confirms.

    Raises:
        RoleRefusedError: if the rules refuse it.

    Source: docs/explanation/roles.md, «Handing over».
    """
    assert by.company_id is not None
    with atomic("handover"):
        setting = locked(by.company_id, actor=by.actor, now=now)
        person_of(setting, taker)
        expire_handovers(setting)
        facts = role_facts(by.company_id)
        giver = by.id if by.id in facts.who(CONTRACT_MANAGER) else None
        refusals = proposal_refusals(
            facts,
            Handover(giver, taker, by.id, is_open=True),
            another_is_open=_open(setting).exists(),
        )
        if refusals:
            raise RoleRefusedError(refusals)
        proposal = RoleHandover.objects.create(
            id=new_id("hov"),
            company=setting.company,
            giver_id=giver,
            taker_id=taker,
            proposer_id=by.id,
            proposed_at=now,
            expires_at=now + ANSWER_WITHIN,
        )
        journal.record_all(
            [
                setting.fact(
                    kind="handover.proposed", subject=taker, tells=True, handover=proposal.pk
                )
            ],
            at=now,
        )
    return proposal


def accept_handover(handover: str, *, by: Member, now: datetime) -> None:
    """Make it happen: the taker of a role handed over accepts, or a second administrator confirms.

    Raises:
        RoleRefusedError: if the rules refuse it.

    Source: docs/explanation/roles.md, «Handing over».
    """
    with atomic("handover"):
        setting, proposal = _found(handover, by=by, now=now)
        facts = role_facts(setting.company.pk)
        refusals = acceptance_refusals(facts, _rule(proposal, now), by=by.id)
        if refusals:
            raise RoleRefusedError(refusals)
        if proposal.giver_id is not None:
            PersonRole.objects.filter(person_id=proposal.giver_id, role=CONTRACT_MANAGER).delete()
        PersonRole.objects.create(person_id=proposal.taker_id, role=CONTRACT_MANAGER)
        _close(proposal, "accepted", by=by, now=now)
        fact = setting.fact(
            kind="role.handed_over",
            subject=proposal.giver_id or proposal.taker_id,
            tells=True,
            handover=proposal.pk,
            role=CONTRACT_MANAGER,
        )
        journal.record_all([fact], at=now)


def decline_handover(handover: str, *, by: Member, now: datetime) -> None:
    """Let it be: the taker declines, its proposer withdraws, or an administrator refuses.

    Raises:
        RoleRefusedError: if it is closed.
    """
    with atomic("handover"):
        setting, proposal = _found(handover, by=by, now=now)
        if not _rule(proposal, now).is_open:
            raise RoleRefusedError([HandoverClosed()])
        outcome = "withdrawn" if by.id == proposal.proposer_id else "declined"
        _close(proposal, outcome, by=by, now=now)
        fact = setting.fact(
            kind="handover.declined",
            subject=proposal.taker_id,
            tells=True,
            handover=proposal.pk,
            outcome=outcome,
        )
        journal.record_all([fact], at=now)


def expire_handovers(setting: Setting) -> None:
    """Close those whose time is over, so that another can be proposed."""
    over = _open(setting).filter(expires_at__lte=setting.now)
    over.update(outcome="expired", decided_at=setting.now)


def _open(setting: Setting) -> QuerySet[RoleHandover]:
    return RoleHandover.objects.filter(company=setting.company, outcome="")


def _found(handover: str, *, by: Member, now: datetime) -> tuple[Setting, RoleHandover]:
    """The locked hand-over, for those whom it concerns.

    Raises:
        RoleHandover.DoesNotExist: for everybody else.
    """
    assert by.company_id is not None
    setting = locked(by.company_id, actor=by.actor, now=now)
    return setting, handovers_answered_by(by).get(pk=handover)


def _rule(proposal: RoleHandover, now: datetime) -> Handover:
    return Handover(
        giver=proposal.giver_id,
        taker=proposal.taker_id,
        proposer=proposal.proposer_id,
        is_open=not proposal.outcome and now < proposal.expires_at,
    )


def _close(proposal: RoleHandover, outcome: str, *, by: Member, now: datetime) -> None:
    proposal.outcome = outcome
    proposal.decided_by_id = by.id
    proposal.decided_at = now
    proposal.save(update_fields=["outcome", "decided_by", "decided_at"])
