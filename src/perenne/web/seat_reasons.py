"""Why a seat is not given or taken, for pages: words with their links."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.http import urlencode

from perenne.accounts.queries import Member
from perenne.renewals.wording import Naming, fixer_text
from perenne.rules.seat_refusals import SeatRefusal
from perenne.rules.seat_remedies import SeatStep, remedy_of_seats
from perenne.seats.queries import seat_naming
from perenne.seats.wording import seat_reason_text, seat_step_text
from perenne.web.refusals import Explained, Link


def explain_seats(
    refusals: Iterable[SeatRefusal], *, member: Member, locale: str
) -> list[Explained]:
    """All reasons in words; each leads somewhere or names who can help."""
    naming = seat_naming(member, locale)
    words = Naming(locale=locale, product="", partner="", contact="", region="", currency="")
    found = []
    for refusal in refusals:
        remedy = remedy_of_seats(refusal)
        links = [
            Link(seat_step_text(step, naming), _href(step, refusal, member))
            for step in remedy.steps
        ]
        found.append(
            Explained(
                refusal.code,
                seat_reason_text(refusal, naming),
                fixer_text(remedy.fixer, words),
                tuple(links),
            )
        )
    return found


def _href(step: SeatStep, refusal: SeatRefusal, member: Member) -> str:
    if step is SeatStep.ADD_SEATS:
        # Contract managers buy; administrators ask a person, who tells them how.
        if "contract_manager" not in member.roles:
            return reverse("ask")
        product = getattr(refusal, "product", "")
        return f"{reverse('subscriptions')}?{urlencode({'product': product})}"
    if step is SeatStep.CHANGE_GROUP:
        return reverse("groups")
    if step in (SeatStep.GIVE_SEAT_BACK, SeatStep.VIEW_SEATS):
        return reverse("seats")
    if step is SeatStep.ASK_ADMINISTRATORS:
        return reverse("ask")
    return ""
