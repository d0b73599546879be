"""Whom a user acts as, where there are several to choose from: one at a time."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View

from perenne.accounts.memberships import Membership, memberships_of
from perenne.web.requests import UserRequest
from perenne.web.signing_in.entering import next_of
from perenne.web.signing_in.sessions import MEMBER_KEY, act_as
from perenne.web.words import roles_text


class MembershipsView(View):
    """GET shows them, POST chooses one."""

    def get(self, request: UserRequest) -> HttpResponse:
        """Companies first, then partners and the vendor; nothing if all were taken away."""
        own = memberships_of(request.user.pk)
        where = request.GET.get("next", "")
        return render(
            request,
            "web/memberships.html",
            {
                "memberships": [
                    {"one": one, "roles": _roles(one), "is_acting": _acts_as(request, one)}
                    for one in own
                ],
                "next": where if url_has_allowed_host_and_scheme(where, allowed_hosts=None) else "",
            },
        )

    def post(self, request: UserRequest) -> HttpResponse:
        """Act as the chosen one, if it is the user's own."""
        wanted = request.POST.get("member", "")
        one = next((one for one in memberships_of(request.user.pk) if one.key == wanted), None)
        if one is None:
            messages.error(request, _("You can no longer act for this organisation."))
            return redirect("memberships")
        response = redirect(next_of(request))
        act_as(request, response, one)
        return response


def _roles(one: Membership) -> str:
    return roles_text(sorted(one.member.roles))


def _acts_as(request: UserRequest, one: Membership) -> bool:
    return bool(request.session.get(MEMBER_KEY) == one.key)
