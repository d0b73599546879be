"""Mails that wait, for tests of their delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from perenne.notices.outbox import Letter, post
from perenne.notices.recipients import Recipient
from perenne.notices.rendering import Rendered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from perenne.accounts.models import Company
    from perenne.subscriptions.models import Subscription


def a_waiting_mail(
    company: Company,
    *,
    now: datetime,
    to: str = "ana@atelier-nord.example",
    tells: Sequence[Subscription] = (),
) -> str:
    """A mail to Ana that waits since ``now``, and tells of subscriptions if any; its id."""
    mail = Rendered("en", "Your renewal", "Dear Ana,\n", "<p>Dear Ana,</p>")
    # A kind of its own unless it tells of something: only reminders can come too late.
    kind = "renewal_reminder" if tells else "test"
    told = tuple((one.pk, one.renews_on, "30") for one in tells)
    number = f"prs_{now.timestamp()}_{len(told)}"
    letter = Letter(kind, company.pk, Recipient(number, "Ana Diaz", to, "en"), mail, told)
    with transaction.atomic():
        return post([letter], day=now.date(), now=now)[0]
