"""Pages of the vendor's staff: the history of runs, and the demo's mailbox."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render

from perenne.daily.queries import marks, run_history
from perenne.notices.mailbox import Mailbox
from perenne.notices.sink_store import mailbox_path
from perenne.renewals.queries import conflicted_subscriptions, parked_subscriptions
from perenne.web.requests import MemberRequest
from perenne.web.words import problem_text

_DAYS_SHOWN = 14
_MAILS_SHOWN = 50


def runs(request: MemberRequest) -> HttpResponse:
    """What happened on each business day in each region, newest first."""
    finished = marks()
    return render(
        request,
        "web/runs.html",
        {
            "runs": run_history(days=_DAYS_SHOWN),
            "marks": finished,
            "common_mark": next(iter(finished.values()))
            if len(set(finished.values())) == 1
            else None,
            "parked": parked_subscriptions(),
            "conflicted": [
                {"of": one, "why": problem_text(one.problem)} for one in conflicted_subscriptions()
            ],
        },
    )


def mailbox(request: MemberRequest) -> HttpResponse:
    """What the demo's mail sink received, newest first."""
    search = request.GET.get("q", "").strip()
    before = request.GET.get("before", "")
    box = _mailbox()
    mails = box.messages(
        limit=_MAILS_SHOWN + 1,
        before=int(before) if before.isascii() and before.isdigit() else None,
        search=search,
    )
    return render(
        request,
        "web/mailbox.html",
        {
            "mails": mails[:_MAILS_SHOWN],
            "older": mails[_MAILS_SHOWN - 1] if len(mails) > _MAILS_SHOWN else None,
            "search": search,
            "count": box.count(search=search),
        },
    )


def mail(request: MemberRequest, number: int) -> HttpResponse:
    """One mail: headers, text and HTML."""
    found = _mailbox().message(number)
    if found is None:
        raise Http404
    return render(request, "web/mail.html", {"mail": found, "number": number})


def mail_html(_request: MemberRequest, number: int) -> HttpResponse:
    """The HTML part alone, for a frame without rights: no scripts, no forms, no other hosts."""
    found = _mailbox().message(number)
    if found is None or not found.html:
        raise Http404
    response = HttpResponse(found.html)
    response["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'self'"
    )
    return response


def _mailbox() -> Mailbox:
    return Mailbox(mailbox_path(settings.PERENNE_HOME))
