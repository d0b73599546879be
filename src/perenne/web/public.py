"""Pages for everybody: health, sign-in of the demo, and what is not there."""

import sys

from django.conf import settings
from django.db import OperationalError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.http import require_POST

from perenne.accounts.models import Person, StaffMember
from perenne.web.middleware import MEMBER_KEY, member_of_session
from perenne.web.requests import PageRequest
from perenne.web.words import role_text

_SHOWN = 40
_RETRY_S = 5
_ROLES_SHOWN = ("contract_manager", "primary_admin", "payer", "viewer")


def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether this process answers; needs nothing else."""
    return JsonResponse({"ok": True})


class SignInView(View):
    """Be anybody of the demo: GET finds them, POST becomes them."""

    def get(self, request: PageRequest) -> HttpResponse:
        """People by company, name or role, and all staff."""
        search = request.GET.get("q", "").strip()
        people = Person.objects.select_related("company").filter(roles__role__in=_ROLES_SHOWN)
        if search:
            people = people.filter(
                Q(name__icontains=search)
                | Q(company__name__icontains=search)
                | Q(company__code__iexact=search)
                | Q(email__icontains=search)
            )
        found = people.order_by("company__code", "code").distinct()[:_SHOWN]
        return render(
            request,
            "web/sign_in.html",
            {
                "search": search,
                "people": [
                    {"person": person, "roles": _roles(person)}
                    for person in found.prefetch_related("roles")
                ],
                "staff": [
                    {"staff": one, "role": role_text(one.role)}
                    for one in StaffMember.objects.order_by("role", "code")
                ],
                "next": request.GET.get("next", ""),
            },
        )

    def post(self, request: PageRequest) -> HttpResponse:
        """Become the chosen member, in their language."""
        key = request.POST.get("member", "")
        member = member_of_session(key)
        if member is None:
            return redirect("sign-in")
        request.session.cycle_key()
        request.session[MEMBER_KEY] = key
        response = redirect(_next(request))
        if not member.is_staff:
            language = "zh-hant" if member.locale == "zh-Hant" else "en"
            translation.activate(language)
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax")
        return response


def _roles(person: Person) -> str:
    return ", ".join(role_text(one.role) for one in person.roles.all())


def _next(request: PageRequest) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if wanted and is_ours else "home"


@require_POST
def sign_out(request: PageRequest) -> HttpResponse:
    """Forget who acted."""
    request.session.flush()
    return redirect("sign-in")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Nothing is here for this member."""
    return render(request, "web/not_found.html", status=404)


def failed(_request: HttpRequest) -> HttpResponse:
    """Something broke; says nothing about how, and needs nothing that may be broken too."""
    # Django calls this while it handles the exception.
    is_away = isinstance(sys.exception(), OperationalError)
    page = render_to_string("web/failed.html", {"is_away": is_away})
    if not is_away:
        return HttpResponse(page, status=500)
    return HttpResponse(page, status=503, headers={"Retry-After": str(_RETRY_S)})
