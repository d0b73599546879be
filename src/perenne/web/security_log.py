"""One line for each event that somebody who looks for attacks wants to see; never a secret.

Values that came from outside are written as JSON, so that they cannot begin a line of their own.
"""

import json
import logging

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

_log = logging.getLogger("perenne.security")


def denied(request: HttpRequest) -> None:
    """Somebody asked for a route that is not for them."""
    _write("denied", request)


def sign_in_failed(request: HttpRequest, email: str) -> None:
    """A password did not fit, or came too often."""
    _write("sign_in_failed", request, email=email)


def signed_in(request: HttpRequest, user: str) -> None:
    """Somebody signed in."""
    _write("signed_in", request, user=user)


def _write(event: str, request: HttpRequest, **facts: str) -> None:
    member = getattr(request, "member", None)
    match = request.resolver_match
    said = {
        "event": event,
        "route": match.url_name if match else "",
        "method": request.method,
        "member": None if member is None else member.actor,
        "address": get_adapter().get_client_ip(request),
        **facts,
    }
    _log.info("%s", json.dumps(said, ensure_ascii=True))
