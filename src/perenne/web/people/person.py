"""One person of a company: their roles, their invitation, and their leaving."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST

from perenne.accounts.errors import InvitationError, RoleRefusedError
from perenne.accounts.models import Person
from perenne.accounts.operations.inviting import invite
from perenne.accounts.operations.leaving import deactivate, reactivate
from perenne.accounts.operations.roles import RoleChange, change_roles
from perenne.accounts.queries import invitations_open_to, people_visible_to, role_facts
from perenne.notices.jobs import send_soon
from perenne.rules.roles import GIVEN_BY_ADMINISTRATORS, leave_refusals
from perenne.web.people.listing import roles_of
from perenne.web.people_words import invitation_text, role_refusal_text
from perenne.web.requests import MemberRequest
from perenne.web.words import role_meaning, role_text


def person(request: MemberRequest, person_id: str) -> HttpResponse:
    """Who they are, what they may do, and whether they sign in."""
    found = _found(request, person_id)
    member = request.member
    return render(
        request,
        "web/person.html",
        {
            "person": found,
            "roles": roles_of(found),
            "is_invited": found.pk in invitations_open_to(member, now=request.now),
            "is_self": found.pk == member.id,
            "may_change_roles": member.may("role.change") and found.deactivated_at is None,
        },
    )


def _found(request: MemberRequest, person_id: str) -> Person:
    return get_object_or_404(people_visible_to(request.member), pk=person_id)


class RolesForm(forms.Form):
    """The roles that administrators give, ticked where they are held."""

    roles = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(role, role) for role in GIVEN_BY_ADMINISTRATORS],
    )


class RolesView(View):
    """GET shows which roles a person holds, POST gives and takes them as ticked."""

    def get(self, request: MemberRequest, person_id: str) -> HttpResponse:
        """Each role with what it opens."""
        found = _found(request, person_id)
        return _roles_page(request, found, set(found.roles.values_list("role", flat=True)))

    def post(self, request: MemberRequest, person_id: str) -> HttpResponse:
        """All changes or none."""
        found = _found(request, person_id)
        form = RolesForm(request.POST)
        if not form.is_valid():
            return _roles_page(request, found, set(), status=400)
        ticked = set(form.cleaned_data["roles"])
        changes = [
            RoleChange(found.pk, role, is_held=role in ticked) for role in GIVEN_BY_ADMINISTRATORS
        ]
        try:
            done = change_roles(changes, by=request.member, now=request.now)
        except RoleRefusedError as refused:
            for refusal in refused.refusals:
                messages.error(request, role_refusal_text(refusal))
            return _roles_page(request, found, ticked, status=400)
        if done:
            send_soon()
            messages.success(request, _("The roles of %(name)s were changed.") % {"name": found})
        # Who gave up the own administration may no longer see the page of people.
        still = found.pk != request.member.id or "primary_admin" in ticked
        return redirect("person", found.pk) if still else redirect("profile")


def _roles_page(
    request: MemberRequest, found: Person, ticked: set[str], *, status: int = 200
) -> HttpResponse:
    held = set(found.roles.values_list("role", flat=True))
    return render(
        request,
        "web/person_roles.html",
        {
            "person": found,
            "is_self": found.pk == request.member.id,
            "manages": "contract_manager" in held,
            "roles": [
                {
                    "code": role,
                    "name": role_text(role),
                    "meaning": role_meaning(role),
                    "is_held": role in ticked,
                }
                for role in GIVEN_BY_ADMINISTRATORS
            ],
        },
        status=status,
    )


class LeavingForm(forms.Form):
    """Whether the person has left the company: asked where they are its last contract manager."""

    has_left = forms.BooleanField(
        required=False, label=gettext_lazy("This person has left the company")
    )


class LeavingView(View):
    """GET says what somebody loses, POST takes it."""

    def get(self, request: MemberRequest, person_id: str) -> HttpResponse:
        """What will be taken, or why it cannot."""
        return self._page(request, _found(request, person_id))

    def post(self, request: MemberRequest, person_id: str) -> HttpResponse:
        """Take roles, sessions, seats and invitations."""
        found = _found(request, person_id)
        form = LeavingForm(request.POST)
        has_left = form.is_valid() and form.cleaned_data["has_left"]
        try:
            deactivate([found.pk], by=request.member, now=request.now, has_left=has_left)
        except RoleRefusedError as refused:
            for refusal in refused.refusals:
                messages.error(request, role_refusal_text(refusal))
            return self._page(request, found, status=400)
        send_soon()
        messages.success(request, _("%(name)s can no longer act here.") % {"name": found})
        return redirect("people" if found.pk != request.member.id else "sign-in")

    def _page(self, request: MemberRequest, found: Person, *, status: int = 200) -> HttpResponse:
        facts = role_facts(found.company_id)
        refusals = leave_refusals(facts, person=found.pk)
        return render(
            request,
            "web/person_leaving.html",
            {
                "person": found,
                "roles": roles_of(found),
                "reasons": [role_refusal_text(one) for one in refusals],
                "can_say_left": bool(refusals)
                and not leave_refusals(facts, person=found.pk, has_left=True),
                "form": LeavingForm(),
            },
            status=status,
        )


@require_POST
def invitation(request: MemberRequest, person_id: str) -> HttpResponse:
    """Invite somebody who is listed, or once more; an earlier link ends."""
    found = _found(request, person_id)
    try:
        invite([f"person:{found.pk}"], actor=request.member.actor, now=request.now)
    except InvitationError as error:
        messages.error(request, invitation_text(error))
    else:
        send_soon()
        messages.success(
            request, _("%(name)s was invited. The link is on its way.") % {"name": found.name}
        )
    return redirect("person", found.pk)


@require_POST
def returning(request: MemberRequest, person_id: str) -> HttpResponse:
    """Take somebody back as a named user."""
    found = _found(request, person_id)
    reactivate(found.pk, by=request.member, now=request.now)
    messages.success(request, _("%(name)s is a named user again.") % {"name": found.name})
    return redirect("person", found.pk)
