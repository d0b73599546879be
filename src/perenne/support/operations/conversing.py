"""What both sides say to each other: answers of the owner, replies of the company."""

from datetime import datetime, timedelta

from perenne.accounts.queries import Member
from perenne.catalog.queries import current_catalogue
from perenne.rules.asking import AskedTooOften, Step
from perenne.support.errors import ContactRefusedError
from perenne.support.letters import answered_letter, replied_letter
from perenne.support.models import ContactEntry
from perenne.support.operations.turns import Turn, turn
from perenne.support.queries import contact_requests_visible_to, contact_requests_worked_by


def answer(request_id: str, text: str, *, member: Member, now: datetime) -> None:
    """Answer a request; the asker reads it by mail and in the account.

    Raises:
        UnknownRequestError: if ``member`` does not work it.
        ContactRefusedError: if it is closed: reopen it first.

    Source: docs/explanation/contact-requests.md, «The conversation».
    """
    mine = contact_requests_worked_by(member)
    with turn(Step.ANSWER, request_id, among=mine, member=member, now=now) as taken:
        view = taken.record(kind="contact_request.answered", entry="answered", text=text)
        taken.send(answered_letter(view, text, author=taken.author))


def reply(request_id: str, text: str, *, member: Member, now: datetime) -> None:
    """Write again as the company that asked; what was answered or closed is open once more.

    Raises:
        UnknownRequestError: if it is not there for ``member``.
        ContactRefusedError: if they wrote as often as a day allows.

    Source: docs/explanation/contact-requests.md, «The conversation».
    """
    ours = contact_requests_visible_to(member).filter(company_id=member.company_id)
    with turn(Step.REPLY, request_id, among=ours, member=member, now=now) as taken:
        _check_limit(taken)
        view = taken.record(kind="contact_request.replied", entry="replied", text=text)
        taken.send(replied_letter(view, text, author=taken.author))


def _check_limit(taken: Turn) -> None:
    region = taken.request.region_id
    most = current_catalogue().answer_policy_for(region, taken.day).messages_a_day
    written = ContactEntry.objects.filter(actor=taken.member.actor, business_day=taken.day)
    if written.count() >= most:
        raise ContactRefusedError((AskedTooOften(most, taken.day + timedelta(1)),))
