"""The page for somebody whose role does not open a page: which role does, and who holds it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from perenne.accounts.queries import Member, holders_visible_to
from perenne.rules.permissions import roles_with
from perenne.web.requests import PageRequest
from perenne.web.words import roles_text

_SHOWN = 10
_OF_COMPANIES = (
    "contract_manager",
    "payer",
    "approver",
    "primary_admin",
    "secondary_admin",
    "viewer",
)


def missing_role(request: PageRequest, member: Member, action: str) -> HttpResponse:
    """Say it to people of a company about their company's pages.

    Raises:
        Http404: for everybody and everything else.
    """
    roles = [role for role in roles_with(action) if role in _OF_COMPANIES]
    if member.company_id is None or not roles:
        raise Http404
    holders = holders_visible_to(member, roles)
    return render(
        request,
        "web/no_permission.html",
        {
            "needed": roles_text(roles),
            "holders": [
                {"person": person, "roles": roles_text(held)} for person, held in holders[:_SHOWN]
            ],
        },
        status=403,
    )
