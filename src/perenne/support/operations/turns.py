"""One step of a request, by whoever takes it: lock, rule, entry, mails and fact in one commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from perenne.accounts.queries import Member
from perenne.notices.outbox import Letter, post
from perenne.partners.models import Partner
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.writing import atomic
from perenne.rules.asking import RequestState, Step, StepImpossible, promises_anew, state_after
from perenne.support.errors import ContactRefusedError, UnknownRequestError
from perenne.support.facts import promise_of, zone_of
from perenne.support.models import ContactEntry, ContactRequest
from perenne.support.operations.handing_on import hand_on, lost_owner
from perenne.support.queries import RequestView, request_views
from perenne.support.telling import fact_of

WRITTEN = ("state", "owner_kind", "partner", "staff", "answer_by", "remind_at", "outcome")


@dataclass(frozen=True, slots=True)
class Turn:
    """A step under way: the locked request in its new state, who takes the step, and when."""

    request: ContactRequest
    member: Member
    now: datetime
    day: date

    @property
    def author(self) -> str:
        """Who writes, and for whom."""
        names = [self.member.name]
        if self.member.partner_id is not None:
            names.append(Partner.objects.get(pk=self.member.partner_id).name)
        return " · ".join(names)

    def record(self, *, kind: str, entry: str, text: str, **facts: str) -> RequestView:
        """Write the request, the entry and the fact; return how the request looks then."""
        request = self.request
        request.save(update_fields=WRITTEN)
        promised = {"answer_by": request.answer_by.isoformat()}
        ContactEntry.objects.create(
            request=request,
            kind=entry,
            text=text,
            actor=self.member.actor,
            author=self.author,
            happened_at=self.now,
            business_day=self.day,
            facts=facts | (promised if request.state == RequestState.OPEN else {}),
        )
        fact = fact_of(request, kind=kind, day=self.day, actor=self.member.actor, **facts)
        journal.record_all([fact], at=self.now)
        return request_views([request.pk], now=self.now)[0]

    def send(self, letter: Letter) -> None:
        """Write a mail about it."""
        post([letter], day=self.day, now=self.now)


@contextmanager
def turn(
    step: Step, request_id: str, *, among: QuerySet[ContactRequest], member: Member, now: datetime
) -> Iterator[Turn]:
    """Lock a request and move it by ``step``; a promise that begins anew is given by its owner.

    Args:
        among: the door through which ``member`` came.

    Raises:
        UnknownRequestError: if it is not there for them.
        ContactRefusedError: if somebody else made the step impossible.

    Source: docs/explanation/contact-requests.md, «The conversation».
    """
    with atomic(f"contact_request.{step}"):
        request = among.select_for_update(of=("self",), no_key=True).filter(pk=request_id).first()
        if request is None:
            raise UnknownRequestError(f"request {request_id!r} is not there for {member.actor}")
        if lost_owner(request):
            hand_on([request], now=now)
        before = RequestState(request.state)
        after = state_after(before, step)
        if isinstance(after, StepImpossible):
            raise ContactRefusedError((after,))
        request.state = after
        if after is not RequestState.CLOSED:
            request.outcome = ""
        if promises_anew(before, after):
            owner = request.partner_id or request.staff_id
            assert owner is not None, "a request has an owner"
            promise = promise_of(owner, region=request.region_id, now=now)
            request.answer_by, request.remind_at = promise.answer_by, promise.remind_at
        yield Turn(request, member, now, today(now, zone_of(request.region_id)))
