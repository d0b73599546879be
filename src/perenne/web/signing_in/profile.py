"""The own profile: name, language, and the ways to what protects the sign-in."""

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from perenne.accounts.memberships import Membership, memberships_of
from perenne.accounts.operations.profiles import change_profile
from perenne.web.plain_text import PlainNameField
from perenne.web.requests import MemberRequest
from perenne.web.second_step import needs_second_step
from perenne.web.signing_in.sessions import MEMBER_KEY, speak

LANGUAGES = [("en", "English"), ("zh-Hant", "繁體中文")]


class ProfileForm(forms.Form):
    """What people say of themselves."""

    name = PlainNameField(label=gettext_lazy("Name"), autocomplete="name")
    locale = forms.ChoiceField(label=gettext_lazy("Language of pages and mails"), choices=LANGUAGES)


class ProfileView(View):
    """GET shows it, POST changes name and language."""

    def get(self, request: MemberRequest) -> HttpResponse:
        """The form, and what else there is to look after."""
        member = request.member
        return _page(request, ProfileForm(initial={"name": member.name, "locale": member.locale}))

    def post(self, request: MemberRequest) -> HttpResponse:
        """Write what changed."""
        form = ProfileForm(request.POST)
        if request.member.is_staff:
            form.fields["locale"].required = False
        if not form.is_valid():
            return _page(request, form, status=400)
        locale = form.cleaned_data["locale"] or request.member.locale
        changed = change_profile(
            request.session[MEMBER_KEY],
            request.user,
            name=form.cleaned_data["name"],
            locale=locale,
            now=request.now,
        )
        response = redirect("profile")
        if locale != request.member.locale and not request.member.is_staff:
            speak(response, memberships_of_session(request).member)
        if changed:
            messages.success(request, _("Your profile was changed."))
        return response


def memberships_of_session(request: MemberRequest) -> Membership:
    """The membership in which the session acts, read again."""
    key = request.session[MEMBER_KEY]
    return next(one for one in memberships_of(request.user.pk) if one.key == key)


def _page(request: MemberRequest, form: ProfileForm, *, status: int = 200) -> HttpResponse:
    return render(
        request,
        "web/profile.html",
        {
            "form": form,
            "email": request.user.email,
            "has_password": request.user.has_usable_password(),
            "has_second_step": is_mfa_enabled(request.user),
            "needs_second_step": needs_second_step(request.member),
            "sessions": len(UserSession.objects.purge_and_list(request.user)),
            "has_several": len(memberships_of(request.user.pk)) > 1,
        },
        status=status,
    )


def end_session(request: MemberRequest, number: int) -> HttpResponse:
    """End one of the own sessions, wherever it is.

    Raises:
        Http404: if it is somebody else's, or ended already.
    """
    session = UserSession.objects.filter(user=request.user, pk=number).first()
    if session is None:
        raise Http404
    is_this = session.session_key == request.session.session_key
    session.end()
    if is_this:
        request.session.flush()
        return redirect("sign-in")
    messages.success(request, _("The session has ended."))
    return redirect("usersessions_list")
