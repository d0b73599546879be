"""Hand mails over to SMTP: marked before they leave, so that no crash sends one twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from perenne.catalog.models import Vendor
from perenne.notices.mailers import HandedOver, Mailer, SmtpMailer
from perenne.notices.message import UnwritableMailError, message_of
from perenne.notices.sealing import unsealed
from perenne.platform.bulk import select
from perenne.platform.faults import fp
from perenne.platform.writing import atomic

# What a killed process leaves as unknown; more at once would be faster and lose more.
BATCH = 50
GIVE_UP_AFTER = timedelta(hours=24)
_BACKOFF_MINUTES = (1, 5, 15, 60, 240)
# How long a process may be silent before the mails in its hands count as lost.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a hand-over went, by the state that the mails entered."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    unknown: int = 0
    skipped: int = 0


def deliver_waiting(
    *, now: datetime, limit: int | None = None, mailer: Mailer | None = None
) -> Delivered:
    """Hand over every mail that waits and whose time has come, oldest first; at most ``limit``.

    A mail is marked ``sending`` and committed before it is handed over. One that a dead process
    left so becomes ``unknown`` and is never sent again by itself: twice is worse than late. A
    reminder of nothing but subscriptions that were renewed or ended since is ``skipped``.
    """
    _mark_lost()
    vendor = Vendor.objects.values_list("name", flat=True).first() or "Perenne"
    counts = dict.fromkeys(("sent", "failed", "waiting", "unknown", "skipped"), 0)
    left = limit
    post = mailer or SmtpMailer()
    try:
        while mails := _claim(now, BATCH if left is None else min(BATCH, left)):
            results = _hand_over(mails, post, vendor=vendor)
            for state in _settle(results, now=now):
                counts[state] += 1
            left = None if left is None else left - len(mails)
            if any(handed.is_away for _, handed in results):
                break  # the post is away: the rest would fare no better
    finally:
        post.close()
    return Delivered(**counts)


_CLAIM = """
update notices_mail m set state = 'sending', tries = tries + 1, not_before = clock_timestamp()
from (select id from notices_mail where state = 'waiting' and not_before <= %s
      order by not_before, id limit %s for update skip locked) due
where m.id = due.id
returning m.id, m.to_name, m.to_address, m.subject, m.text, m.html, m.locale, m.created_at,
          m.tries, m.seal, coalesce(nullif(m.thread, ''), (
              select string_agg(distinct s.contract_id, ' ') from notices_notice n
              join subscriptions_subscription s on s.id = n.subscription_id
              where n.mail_id = m.id)) as threads,
          m.kind = 'renewal_reminder' and not exists (
              select 1 from notices_notice n
              join subscriptions_subscription s on s.id = n.subscription_id
              where n.mail_id = m.id and s.renews_on = n.renews_on and s.ended_on is null
          ) as is_settled
"""


def _claim(now: datetime, how_many: int) -> list[dict[str, Any]]:
    with atomic("mail.claim"):
        mails = select(_CLAIM, [now, how_many])
    fp("mail.claimed")
    return sorted(mails, key=lambda mail: str(mail["id"]))


def _mark_lost() -> None:
    """Mails in the hands of a process that is gone; by the database's clock, which is nobody's."""
    select(
        "update notices_mail set state = 'unknown', "
        "last_error = 'the process that sent it ended' where state = 'sending' "
        "and not_before < clock_timestamp() - %s returning id",
        [LEASE],
    )


def _hand_over(
    mails: Sequence[dict[str, Any]], post: Mailer, *, vendor: str
) -> list[tuple[dict[str, Any], HandedOver]]:
    """What became of each; once the post is away, the others wait without being tried."""
    results: list[tuple[dict[str, Any], HandedOver]] = []
    away: HandedOver | None = None
    for mail in mails:
        handed = away or _hand_one_over(mail, post, vendor=vendor)
        if handed.is_away:
            away = handed
        results.append((mail, handed))
    return results


def _hand_one_over(mail: dict[str, Any], post: Mailer, *, vendor: str) -> HandedOver:
    if mail["is_settled"]:
        return HandedOver("skipped", "renewed or ended before it was sent")
    try:
        message = message_of(unsealed(mail), vendor=vendor, base_url=settings.PERENNE_BASE_URL)
    except UnwritableMailError as error:
        return HandedOver("failed", str(error)[:500])
    fp("mail.handing_over")
    handed = post.hand_over(message)
    fp("mail.handed_over")
    return handed


def _settle(results: Sequence[tuple[dict[str, Any], HandedOver]], *, now: datetime) -> list[str]:
    """Record what became of each; return the states that they entered."""
    rows = [
        (mail["id"], *_after(mail, handed.state, now=now), handed.error) for mail, handed in results
    ]
    with atomic("mail.record"), connection.cursor() as cursor:
        cursor.execute(
            "update notices_mail m set state = v.state, not_before = v.not_before, "
            "sent_at = case when v.state = 'sent' then %s end, last_error = v.error "
            "from unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[]) "
            "as v(id, state, not_before, error) where m.id = v.id",
            [now, *(list(column) for column in zip(*rows, strict=True))],
        )
    return [state for _, state, _, _ in rows]


def _after(mail: dict[str, Any], state: str, *, now: datetime) -> tuple[str, datetime]:
    if state != "waiting":
        return state, now
    if now - mail["created_at"] >= GIVE_UP_AFTER:
        return "failed", now
    wait = _BACKOFF_MINUTES[min(mail["tries"], len(_BACKOFF_MINUTES)) - 1]
    return "waiting", now + timedelta(minutes=wait)
