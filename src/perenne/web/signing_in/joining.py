"""The page behind the link of an invitation."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from perenne.accounts.errors import InvitationError
from perenne.accounts.models import User
from perenne.accounts.operations.inviting import OpenInvitation, join, read_invitation
from perenne.notices.jobs import send_soon
from perenne.web.people_words import invitation_text
from perenne.web.requests import PageRequest
from perenne.web.signing_in.joining_forms import FirstPasswordForm
from perenne.web.signing_in.sessions import act_as


class InvitationView(View):
    """GET says who is invited to what; POST joins, with a first password where there is none."""

    def get(self, request: PageRequest, secret: str) -> HttpResponse:
        """Ask for a password, to sign in, or just for yes."""
        try:
            found = read_invitation(secret, now=request.now)
        except InvitationError as error:
            return _refused(request, error)
        return _page(request, found, FirstPasswordForm(User(email=found.invitation.email)))

    def post(self, request: PageRequest, secret: str) -> HttpResponse:
        """Join; somebody new is signed in by it."""
        try:
            found = read_invitation(secret, now=request.now)
        except InvitationError as error:
            return _refused(request, error)
        form = FirstPasswordForm(User(email=found.invitation.email), request.POST)
        if found.user is None and not form.is_valid():
            return _page(request, found, form, status=400)
        signed_in = request.user if isinstance(request.user, User) else None
        password = form.cleaned_data["password1"] if found.user is None else ""
        try:
            user, one = join(secret, user=signed_in, password=password, now=request.now)
        except InvitationError as error:
            return _refused(request, error)
        send_soon()
        messages.success(request, _("Welcome! You now act for %(who)s") % {"who": one.organisation})
        response = redirect("home")
        if signed_in is None:
            response = perform_login(request, user, email=user.email, redirect_url="/")
        if request.user.is_authenticated:
            act_as(request, response, one)
        return response


def _page(
    request: PageRequest, found: OpenInvitation, form: FirstPasswordForm, *, status: int = 200
) -> HttpResponse:
    is_other = request.user.is_authenticated and request.user != found.user
    return render(
        request,
        "web/invitation.html",
        {
            "found": found,
            "form": form,
            "is_other": is_other,
            "must_sign_in": found.user is not None and not request.user.is_authenticated,
            "is_new": found.user is None and not is_other,
        },
        status=status,
    )


def _refused(request: PageRequest, error: InvitationError) -> HttpResponse:
    return render(
        request, "web/invitation_refused.html", {"reason": invitation_text(error)}, status=404
    )
