"""End a request with its outcome, withdraw it, or take it up again."""

from datetime import datetime

from django.db.models import Q

from perenne.accounts.queries import Member
from perenne.rules.asking import OUTCOMES_OF_OWNER, Outcome, Step
from perenne.support.letters import closed_letter, reopened_letter, withdrawn_letter
from perenne.support.operations.turns import turn
from perenne.support.queries import contact_requests_visible_to, contact_requests_worked_by


def close(request_id: str, outcome: Outcome, text: str, *, member: Member, now: datetime) -> None:
    """End a request as its owner; the asker is told how it ended, and what was written.

    Raises:
        UnknownRequestError: if ``member`` does not work it.
        ContactRefusedError: if it is closed already.
        ValueError: if the outcome is only the asker's to state.
    """
    if outcome not in OUTCOMES_OF_OWNER:
        raise ValueError(f"{outcome} is stated by who asked")
    mine = contact_requests_worked_by(member)
    with turn(Step.CLOSE, request_id, among=mine, member=member, now=now) as taken:
        taken.request.outcome = outcome
        view = taken.record(
            kind="contact_request.closed", entry="closed", text=text, outcome=outcome
        )
        taken.send(closed_letter(view, text, author=taken.author))


def withdraw(request_id: str, *, member: Member, now: datetime) -> None:
    """End a request as who asked it, or as contract manager; its owner is told.

    Raises:
        UnknownRequestError: if it is not theirs to withdraw.
        ContactRefusedError: if it is closed already.
    """
    ours = contact_requests_visible_to(member).filter(company_id=member.company_id)
    if "contract_manager" not in member.roles:
        ours = ours.filter(Q(asked_by_id=member.id))
    with turn(Step.CLOSE, request_id, among=ours, member=member, now=now) as taken:
        taken.request.outcome = Outcome.WITHDRAWN
        view = taken.record(
            kind="contact_request.closed", entry="closed", text="", outcome=Outcome.WITHDRAWN
        )
        taken.send(withdrawn_letter(view, author=taken.author))


def reopen(request_id: str, *, member: Member, now: datetime) -> None:
    """Take up a request again that was answered or closed, with a new promise.

    Raises:
        UnknownRequestError: if ``member`` does not work it.
        ContactRefusedError: if it is open.
    """
    mine = contact_requests_worked_by(member)
    with turn(Step.REOPEN, request_id, among=mine, member=member, now=now) as taken:
        view = taken.record(kind="contact_request.reopened", entry="reopened", text="")
        taken.send(reopened_letter(view))
