"""Pages for everybody: health, and what is not there, or not now."""

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

_RETRY_S = 5
_WAIT_S = "60"


def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether this process answers; needs nothing else."""
    return JsonResponse({"ok": True})


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


def too_many(request: HttpRequest) -> HttpResponse:
    """Somebody tries too often; they may go on in a minute."""
    response = render(request, "web/too_many.html", status=429)
    response["Retry-After"] = _WAIT_S
    return response


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    """A form without its token: an old page, or one of somebody else's making."""
    return render(request, "web/stale_form.html", status=403)
