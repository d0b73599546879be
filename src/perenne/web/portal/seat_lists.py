"""Seats by a list: a CSV of people and products, what would become of each row, and then it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views import View

from perenne.seats.errors import SeatsRefusedError
from perenne.seats.operations.listing import (
    RowOutcome,
    RowState,
    assign_listed,
    unassign_listed,
)
from perenne.seats.queries import seat_naming
from perenne.seats.sheet_words import row_text, sheet_mistake_text
from perenne.seats.sheets import ROWS_MAX, SheetError, read_sheet
from perenne.web.context import page_locale
from perenne.web.requests import MemberRequest
from perenne.web.seat_reasons import explain_seats

# More than the most rows need.
_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class _Sent:
    """A list as the form sends it; ``text`` is carried from the check to the doing."""

    text: str = ""
    takes: bool = False
    waits: bool = False


class SeatListView(View):
    """GET shows the form; POST says what would become of each row, or does it."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """The form."""
        return _page(request, _Sent())

    def post(self, request: MemberRequest) -> HttpResponse:
        """Check the list, or do what it says."""
        content = _content(request)
        is_check = request.POST.get("step") != "do"
        sent = _Sent(
            text=content.decode("utf-8", "replace"),
            takes=request.POST.get("kind") == "take_back",
            waits="waits" in request.POST,
        )
        try:
            outcomes = _outcomes(request, content, sent, dry_run=is_check)
        except SheetError as error:
            naming = seat_naming(request.member, page_locale())
            return _page(request, sent, problem=sheet_mistake_text(error.mistake, naming))
        except SeatsRefusedError as refused:
            return _page(request, sent, refused=refused)
        return _page(request, sent, outcomes=outcomes, is_done=not is_check)


def _content(request: MemberRequest) -> bytes:
    """The file, or what was carried from the check of it."""
    file = request.FILES.get("file")
    if file is not None:
        return bytes(file.read(_BYTES_MAX + 1))
    return request.POST.get("text", "").encode()


def _outcomes(
    request: MemberRequest, content: bytes, sent: _Sent, *, dry_run: bool
) -> list[RowOutcome]:
    rows = read_sheet(content)
    if sent.takes:
        return unassign_listed(rows, by=request.member, now=request.now, dry_run=dry_run)
    return assign_listed(
        rows, by=request.member, now=request.now, waits=sent.waits, dry_run=dry_run
    )


def _page(
    request: MemberRequest,
    sent: _Sent,
    *,
    outcomes: Sequence[RowOutcome] = (),
    is_done: bool = False,
    problem: str = "",
    refused: SeatsRefusedError | None = None,
) -> HttpResponse:
    locale = page_locale()
    naming = seat_naming(request.member, locale)
    refusals = () if refused is None else refused.refusals
    refused_rows = [one for one in outcomes if one.state is RowState.REFUSED]
    context = {
        "sent": sent,
        "rows_max": ROWS_MAX,
        "rows": [(one.row, row_text(one, naming), one.state) for one in outcomes],
        "changes": sum(one.state in _CHANGING for one in outcomes),
        "refused": len(refused_rows),
        "is_done": is_done,
        "problem": problem,
        "reasons": explain_seats(refusals, member=request.member, locale=locale),
    }
    status = 422 if problem or refused else 200
    return render(request, "web/seat_list.html", context, status=status)


_CHANGING = frozenset({RowState.GIVEN, RowState.WAITS, RowState.TAKEN})
