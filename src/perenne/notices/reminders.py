"""Send the renewal reminders of a region's day: each milestone of each subscription once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from perenne.catalog.models import Vendor
from perenne.catalog.queries import current_catalogue
from perenne.notices.outbox import Letter, post
from perenne.notices.recipients import Recipient, recipients_of, specialist
from perenne.notices.rendering import Reader, render_reminder, render_unmanaged
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.faults import fp
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.renewals.queries import Outlook, outlooks
from perenne.rules.reminders import reminders_due

KIND = "renewal_reminder"
UNMANAGED = "company_unmanaged"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A milestone of a subscription whose day has come."""

    subscription: str
    company: str
    region: str
    renews_on: date
    days_before: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a reminder can be due: one range of an index for each day of renewal."""

    region: str
    day: date
    renewal_days: list[date]

    def asked(self) -> dict[str, str | list[date]]:
        """The parameters of the queries."""
        return {"region": self.region, "days": self.renewal_days}


def send_due_reminders(
    *, region: str, day: date, now: datetime, since: date | None = None, batch: int = BATCH
) -> int:
    """Write the mails of what has come due by ``day``; return how many milestones were told.

    Any number of calls a day is fine, also two at once. Only the latest milestone that has come
    is told, so days that were missed bring one reminder. What is due at one company on one day is
    one mail for each recipient; mails are handed over later, from the table.

    Args:
        since: the first day whose reminders were not sent yet; ``day`` itself if left out.
        batch: companies in one transaction.

    Source: docs/explanation/time.md, «Reminders».
    """
    reach = reach_of(region, day, since=since or day)
    return sum(_remind(companies, reach=reach, now=now) for companies in companies_in(reach, batch))


_COMPANIES = """
select distinct company_id from subscriptions_subscription
where region_id = %(region)s and ended_on is null and renews_on = any(%(days)s)
order by company_id
"""

# In a statement of its own: what another run wrote while we waited for the lock is only seen by
# the next one. A renewal waits too, or has moved the row out of reach.
_LOCK = """
select id from subscriptions_subscription
where company_id = any(%(companies)s) and region_id = %(region)s and ended_on is null
  and renews_on = any(%(days)s)
order by id for no key update
"""

_IN_REACH = """
select s.id, s.company_id, s.renews_on, s.imported_as_of, t.starts_on, k.channel, o.months,
       array(select n.milestone from notices_notice n where n.subscription_id = s.id
             and n.renews_on = s.renews_on and n.kind = any(%(kinds)s)) as told
from subscriptions_subscription s
join subscriptions_contract k on k.id = s.contract_id
join subscriptions_term t
  on t.subscription_id = s.id and t.renews_on = s.renews_on and t.reversed_by is null
join catalog_offer o on o.id = t.offer_id
where s.id = any(%(ids)s)
  and not exists (select 1 from renewals_parkedsubscription x
                  where x.subscription_id = s.id and x.unparked_at is null)
order by s.id
"""


def companies_in(reach: Reach, batch: int) -> Iterator[list[str]]:
    """Companies with a subscription in reach of a milestone, in batches by id."""
    # Kept by the server while batches commit: one look at the index, however many there are.
    with connection.chunked_cursor() as cursor:
        cursor.execute(_COMPANIES, reach.asked())
        while rows := cursor.fetchmany(batch):
            yield [company for (company,) in rows]


def reach_of(region: str, day: date, *, since: date) -> Reach:
    """Where some policy has a reminder on one of the days from ``since`` to ``day``."""
    ahead = {
        days
        for policy in current_catalogue().policy_records
        for days in policy.settings.get("reminder_days", ())
    }
    told_on = [since + timedelta(n) for n in range((day - since).days + 1)]
    renews_on = {one for on in told_on for n in ahead if (one := on + timedelta(n)) > day}
    return Reach(region, day, sorted(renews_on))


def _remind(companies: Sequence[str], *, reach: Reach, now: datetime) -> int:
    with atomic("reminders"):
        told = _tell(companies, reach=reach, now=now)
    fp("reminders.committed")
    return told


def _tell(companies: Sequence[str], *, reach: Reach, now: datetime) -> int:
    """In the caller's transaction: mails, notices and facts of what is due at these companies."""
    due, day = _due(companies, reach), reach.day
    if not due:
        return 0
    views = {one.subscription_id: one for one in outlooks([d.subscription for d in due], now=now)}
    by_company: dict[str, list[Due]] = defaultdict(list)
    for one in due:
        by_company[one.company].append(one)
    people = recipients_of(sorted(by_company))
    letters = _letters(by_company, people, views)
    mails = post(letters, day=day, now=now)
    told_by: dict[str, list[str]] = defaultdict(list)
    for mail, letter in zip(mails, letters, strict=True):
        if letter.kind == KIND:
            for subscription, _, _ in letter.tells:
                told_by[subscription].append(mail)
    journal.record_new([_fact(one, told_by[one.subscription], day=day) for one in due], at=now)
    return sum(1 for one in due if told_by[one.subscription])


def _due(companies: Sequence[str], reach: Reach) -> list[Due]:
    catalogue = current_catalogue()
    locked = select(_LOCK, reach.asked() | {"companies": list(companies)})
    ids = [row["id"] for row in locked]
    found = []
    for row in select(_IN_REACH, {"ids": ids, "kinds": [KIND, UNMANAGED]}):
        policy = catalogue.policy_for(reach.region, row["channel"], row["months"], reach.day)
        come = reminders_due(
            starts_on=row["starts_on"],
            renews_on=row["renews_on"],
            imported_as_of=row["imported_as_of"],
            as_of=reach.day,
            reminder_days=policy.reminder_days,
        )
        if come and str(come[-1]) not in row["told"]:
            found.append(
                Due(row["id"], row["company_id"], reach.region, row["renews_on"], come[-1])
            )
    return found


def _letters(
    by_company: dict[str, list[Due]],
    people: dict[str, list[Recipient]],
    views: dict[str, Outlook],
) -> list[Letter]:
    """One for each recipient and company; one to the specialist where nobody manages."""
    vendor = Vendor.objects.values_list("name", flat=True).get()
    desk = specialist()
    letters = []
    for company, dues in by_company.items():
        tells = tuple((one.subscription, one.renews_on, str(one.days_before)) for one in dues)
        seen = [(views[one.subscription], one.days_before) for one in dues]
        told = people.get(company, [])
        for person in told:
            reader = Reader(person.name, person.locale, person.manages)
            mail = render_reminder(seen, reader=reader, vendor=vendor)
            letters.append(Letter(KIND, company, person, mail, tells))
        if desk is not None and not any(person.manages for person in told):
            mail = render_unmanaged(
                company=seen[0][0].company_name,
                name=desk.name,
                vendor=vendor,
                told_others=bool(told),
            )
            letters.append(Letter(UNMANAGED, company, desk, mail, tells))
    return letters


def _fact(one: Due, mails: list[str], *, day: date) -> Fact:
    return Fact(
        kind="reminder.sent" if mails else "reminder.undeliverable",
        subject=one.subscription,
        company=one.company,
        region=one.region,
        business_day=day,
        actor="run",
        facts={
            "days_before": one.days_before,
            "renews_on": one.renews_on.isoformat(),
            **({"mail": mails} if mails else {}),
        },
        once_key=f"{one.renews_on}/{one.days_before}",
    )
