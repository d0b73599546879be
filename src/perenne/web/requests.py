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
