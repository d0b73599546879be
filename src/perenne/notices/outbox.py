"""Write mails into the table from which they are handed over, with what each of them tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from perenne.notices.models import Mail, Notice
from perenne.notices.recipients import Recipient
from perenne.notices.rendering import Rendered
from perenne.platform.bulk import copy_in
from perenne.platform.ids import new_ids


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered mail; ``tells`` are the subscription, renewal day and milestone of its notices.

    ``thread`` is an id under which mail programs group it with others; what tells of subscriptions
    is grouped by their contracts. ``fact`` is the number of the fact that it tells of; ``seal``
    says what its secret link is for.
    """

    kind: str
    company: str | None
    to: Recipient
    mail: Rendered
    tells: tuple[tuple[str, date, str], ...] = ()
    thread: str = ""
    fact: int | None = None
    seal: str = ""


def post(letters: Sequence[Letter], *, day: date, now: datetime) -> list[str]:
    """Append mails and their notices; return the mails' ids in the order of ``letters``.

    The caller's transaction must be open: a notice and what it is the evidence of are one.

    Raises:
        IntegrityError: if somebody was told of one of these milestones before.
    """
    assert connection.in_atomic_block, "a mail is written in the transaction of its facts"
    identities = new_ids("mail", len(letters))
    copy_in(
        Mail,
        "id company_id kind fact_id seal to_name to_address locale subject text html rendered_hash "
        "template_version thread business_day state tries not_before last_error created_at".split(),
        (
            (
                identity,
                letter.company,
                letter.kind,
                letter.fact,
                letter.seal,
                letter.to.name,
                letter.to.email,
                letter.mail.locale,
                letter.mail.subject,
                letter.mail.text,
                letter.mail.html,
                letter.mail.rendered_hash,
                letter.mail.version,
                letter.thread,
                day,
                "waiting",
                0,
                now,
                "",
                now,
            )
            for identity, letter in zip(identities, letters, strict=True)
        ),
    )
    copy_in(
        Notice,
        ("mail_id", "subscription_id", "renews_on", "kind", "milestone", "recipient"),
        (
            (identity, subscription, renews_on, letter.kind, milestone, letter.to.id)
            for identity, letter in zip(identities, letters, strict=True)
            for subscription, renews_on, milestone in letter.tells
        ),
    )
    return identities
