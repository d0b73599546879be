"""What machines tell us: the payment gateway's webhooks."""

from http import HTTPStatus

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from perenne.billing.events import (
    WEBHOOK_BYTES_MAX,
    Reception,
    refuse_oversize,
    take_webhook,
)
from perenne.daily.jobs import hear_soon
from perenne.platform.clock import SystemClock
from perenne.web.requests import PageRequest

_STATUS = {
    Reception.TAKEN: HTTPStatus.OK,
    Reception.KNOWN: HTTPStatus.OK,
    Reception.FORGED: HTTPStatus.UNAUTHORIZED,
    Reception.TOO_OLD: HTTPStatus.BAD_REQUEST,
    Reception.TOO_LARGE: HTTPStatus.BAD_REQUEST,
    Reception.MALFORMED: HTTPStatus.BAD_REQUEST,
    Reception.NO_GATEWAY: HTTPStatus.NOT_FOUND,
}


@csrf_exempt  # its signature proves more than a token could
@require_POST
def gateway_webhook(request: PageRequest) -> HttpResponse:
    """Take an event of the payment gateway, however often it comes; says nothing of why not.

    Whatever goes wrong on our side is a 5xx: the gateway tries again.
    """
    reception = _received(request)
    if reception is Reception.TAKEN:
        hear_soon()
    return HttpResponse(status=_STATUS[reception], content_type="text/plain")


def _received(request: PageRequest) -> Reception:
    announced = request.headers.get("Content-Length", "")
    is_number = announced.isascii() and announced.isdigit()
    if is_number and int(announced[:9]) > WEBHOOK_BYTES_MAX:
        return refuse_oversize(now=request.now)
    try:
        # Read from the stream, so that no more than this is ever held.
        body = request.read(WEBHOOK_BYTES_MAX + 1)
    except OSError:
        # The sender has gone; nobody is there to be told.
        body = b""
    return take_webhook(
        body,
        request.headers,
        # A demo's clock may stand on another day; signatures are of the machine's.
        arrived_at=SystemClock().now(),
        now=request.now,
    )
