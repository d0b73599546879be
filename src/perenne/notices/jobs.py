"""Mails that are not to wait for the minute's look: nudges, and what somebody asked for just now.

Whether there is a user with an address is only looked up here, so that the page that takes the
address answers everybody alike.
"""

from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app as queue
from procrastinate.exceptions import AlreadyEnqueued

from perenne.accounts.models import User
from perenne.notices.delivery import deliver_waiting
from perenne.notices.sign_in_mails import post_reset_link, post_sign_in_code
from perenne.notices.telling import tell_waiting_facts
from perenne.platform import restore_gate
from perenne.platform.clock import clock

_LOCK = "notices.send"


@queue.task(name="notices.send", queueing_lock=_LOCK, lock=_LOCK, pass_context=False)
def send() -> None:
    """Tell what waits and hand over what waits; the minute's look does the same."""
    restore_gate.require_open()
    now = clock().now()
    tell_waiting_facts(now=now)
    deliver_waiting(now=now)


def send_soon() -> None:
    """Have a worker send what was just written, once the transaction is committed."""
    # In a savepoint: that it is enqueued already must not undo what the caller wrote.
    with suppress(AlreadyEnqueued), transaction.atomic():
        send.defer()


@queue.task(name="notices.write_reset_link", pass_context=False)
def write_reset_link(email: str) -> None:
    """Write to the user with this address, if there is one, how to set a new password."""
    user = _active(email)
    if user is not None:
        post_reset_link(user, now=clock().now())
        send_soon()


@queue.task(name="notices.write_sign_in_code", pass_context=False)
def write_sign_in_code(email: str, code: str) -> None:
    """Write the code to the user with this address, if there is one."""
    user = _active(email)
    if user is not None:
        post_sign_in_code(user, code, now=clock().now())
        send_soon()


def _active(email: str) -> User | None:
    return User.objects.filter(email=email.lower(), is_active=True).first()
