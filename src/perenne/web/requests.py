"""Requests as our pages receive them."""

from datetime import datetime

from django.http import HttpRequest

from perenne.accounts.models import User
from perenne.accounts.queries import Member


class PageRequest(HttpRequest):
    """A request with its moment, and the member who acts; None before signing in."""

    now: datetime
    member: Member | None


class UserRequest(PageRequest):
    """A request of somebody who signed in, whatever they act as."""

    user: User


class MemberRequest(UserRequest):
    """A request of somebody who acts: the permission registry let them in."""

    member: Member


def sent_codes(request: HttpRequest, field: str) -> tuple[str, ...]:
    """The ids or codes sent in a field, each once; what cannot be one is left out."""
    sent = (one.strip() for one in request.POST.getlist(field))
    return tuple(dict.fromkeys(one for one in sent if one and one.isascii() and one.isprintable()))
