"""Administrators and the vendor's staff need a second step at sign-in, outside of a demo."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from perenne.accounts.queries import Member
from perenne.rules.roles import ADMINISTRATORS
from perenne.web.requests import PageRequest


def needs_second_step(member: Member) -> bool:
    """Whether what they may do asks for more than a password."""
    is_live = settings.PERENNE_MODE != "demo"
    return is_live and (member.is_staff or bool(member.roles & ADMINISTRATORS))


def second_step_missing(
    request: PageRequest, member: Member, *, is_own: bool
) -> HttpResponse | None:
    """To the page where it is set up; None if they need none, have one, or are there already."""
    if is_own or not needs_second_step(member) or is_mfa_enabled(request.user):
        return None
    messages.warning(request, _("Your role needs a second step at sign-in. Set one up to go on."))
    return redirect("mfa_index")
