"""Requests as our pages receive them."""

from datetime import datetime

from django.http import HttpRequest

from perenne.accounts.queries import Member


class PageRequest(HttpRequest):
    """A request with its moment, and the member who acts; None before signing in."""

    now: datetime
    member: Member | None


class MemberRequest(PageRequest):
    """A request of somebody who signed in: the permission registry let them in."""

    member: Member
