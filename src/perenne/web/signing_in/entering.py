"""The way in: everybody of the demo, or the page for e-mail and password; and the way out."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views import View
from django.views.decorators.http import require_POST

from perenne.accounts.memberships import membership
from perenne.accounts.models import Person, StaffMember
from perenne.accounts.operations.users import user_of_demo
from perenne.partners.models import PartnerPerson
from perenne.web.requests import PageRequest
from perenne.web.signing_in.sessions import begin_demo
from perenne.web.words import role_text, roles_text

_SHOWN = 40
_ROLES_SHOWN = ("contract_manager", "primary_admin", "payer", "viewer")


class SignInView(View):
    """Where everybody who is not signed in is sent."""

    def get(self, request: PageRequest) -> HttpResponse:
        """A demo offers its people by company, name or role; a live installation asks who it is."""
        if settings.PERENNE_MODE != "demo":
            where = request.GET.get("next", "")
            query = f"?{urlencode({'next': where})}" if where else ""
            return redirect(f"{reverse('account_login')}{query}")
        search = request.GET.get("q", "").strip()
        return render(
            request,
            "web/sign_in.html",
            {
                "search": search,
                "people": [
                    {"person": person, "roles": _roles(person)} for person in _people(search)
                ],
                "partners": _partners(search),
                "staff": [
                    {"staff": one, "role": role_text(one.role)}
                    for one in StaffMember.objects.filter(deactivated_at=None).order_by(
                        "role", "code"
                    )
                ],
                "next": request.GET.get("next", ""),
            },
        )

    def post(self, request: PageRequest) -> HttpResponse:
        """Become the chosen member of the demo, in their language."""
        one = membership(request.POST.get("member", ""))
        if settings.PERENNE_MODE != "demo" or one is None or not one.is_active:
            return redirect("sign-in")
        response = redirect(next_of(request))
        begin_demo(request, response, user_of_demo(one, now=request.now), one)
        return response


def _people(search: str) -> list[Person]:
    people = Person.objects.select_related("company").filter(
        roles__role__in=_ROLES_SHOWN, deactivated_at=None
    )
    if search:
        people = people.filter(
            Q(name__icontains=search)
            | Q(company__name__icontains=search)
            | Q(company__code__iexact=search)
            | Q(email__icontains=search)
        )
    found = people.order_by("company__code", "code").distinct()[:_SHOWN]
    return list(found.prefetch_related("roles"))


def _partners(search: str) -> list[PartnerPerson]:
    people = PartnerPerson.objects.select_related("partner").filter(deactivated_at=None)
    if search:
        people = people.filter(
            Q(name__icontains=search)
            | Q(partner__name__icontains=search)
            | Q(partner__code__iexact=search)
        )
    return list(people.order_by("partner__code", "code")[:_SHOWN])


def _roles(person: Person) -> str:
    return roles_text(one.role for one in person.roles.all())


def next_of(request: PageRequest) -> str:
    """Where the visitor was going, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else reverse("home")


@require_POST
def sign_out(request: PageRequest) -> HttpResponse:
    """End the session, here and in the list of sessions."""
    if request.session.session_key:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)
    return redirect("sign-in")
