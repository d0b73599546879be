"""Send the renewal reminders of a region's day: each milestone of each subscription once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from perenne.catalog.queries import current_catalogue
from perenne.notices.models import Mail, Notice
from perenne.notices.rendering import TEMPLATE_VERSION, Rendered, language_of, render_reminder
from perenne.platform import journal
from perenne.platform.bulk import copy_in, select
from perenne.platform.ids import new_ids
from perenne.platform.journal import Fact
from perenne.renewals.queries import Outlook, outlooks
from perenne.rules.reminders import reminders_due

KIND = "renewal_reminder"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell."""

    id: str
    name: str
    email: str
    locale: str


@dataclass(frozen=True, slots=True)
class Due:
    """A milestone of a subscription whose day has come."""

    subscription: str
    company: str
    region: str
    renews_on: date
    days_before: int


def send_due_reminders(*, region: str, day: date, now: datetime) -> int:
    """Write the mails of what has come due by ``day``; return how many milestones were told.

    Any number of calls a day is fine. Only the latest milestone that has come is told, so days
    that were missed bring one reminder. Mails of one company on one day are one mail for each
    recipient; they are handed over later, from the table.

    Source: docs/explanation/time.md, «Reminders».
    """
    told = 0
    for companies in _companies_with_candidates(region, day):
        told += _remind(companies, region=region, day=day, now=now)
    return told


_COMPANIES = """
select distinct company_id from subscriptions_subscription
where region_id = %(region)s and ended_on is null and renews_on > %(day)s
  and renews_on <= %(horizon)s and company_id > %(after)s
order by company_id limit %(limit)s
"""

_CANDIDATES = """
select s.id, s.company_id, s.renews_on, s.imported_as_of, t.starts_on, k.channel, o.months,
       array(select n.milestone from notices_notice n where n.subscription_id = s.id
             and n.renews_on = s.renews_on and n.kind = any(%(kinds)s)) as told
from subscriptions_subscription s
join subscriptions_contract k on k.id = s.contract_id
join subscriptions_term t
  on t.subscription_id = s.id and t.renews_on = s.renews_on and t.reversed_by is null
join catalog_offer o on o.id = t.offer_id
where s.company_id = any(%(companies)s) and s.region_id = %(region)s and s.ended_on is null
  and s.renews_on > %(day)s and s.renews_on <= %(horizon)s
  and not exists (select 1 from renewals_parkedsubscription x
                  where x.subscription_id = s.id and x.unparked_at is null)
order by s.id for update of s
"""


def _companies_with_candidates(region: str, day: date) -> Iterator[list[str]]:
    """Companies with a subscription in reach of a milestone, in batches by id."""
    after = ""
    while rows := select(
        _COMPANIES,
        {
            "region": region,
            "day": day,
            "horizon": day + timedelta(_horizon_days()),
            "after": after,
            "limit": BATCH,
        },
    ):
        yield [row["company_id"] for row in rows]
        after = rows[-1]["company_id"]


@transaction.atomic
def _remind(companies: Sequence[str], *, region: str, day: date, now: datetime) -> int:
    due = _due(companies, region=region, day=day)
    if not due:
        return 0
    recipients = _recipients(sorted({one.company for one in due}))
    views = {one.subscription_id: one for one in outlooks([d.subscription for d in due], now=now)}
    by_company: dict[str, list[Due]] = defaultdict(list)
    for one in due:
        by_company[one.company].append(one)
    letters = [
        (recipient, company, dues)
        for company, dues in by_company.items()
        for recipient in recipients.get(company, ())
    ]
    mails = _write_mails(letters, views, day=day, now=now)
    _write_facts(due, letters, mails, day=day, now=now)
    return sum(1 for one in due if recipients.get(one.company))


def _due(companies: Sequence[str], *, region: str, day: date) -> list[Due]:
    catalogue = current_catalogue()
    rows = select(
        _CANDIDATES,
        {
            "companies": list(companies),
            "region": region,
            "day": day,
            "horizon": day + timedelta(_horizon_days()),
            "kinds": [KIND],
        },
    )
    found = []
    for row in rows:
        policy = catalogue.policy_for(region, row["channel"], row["months"], day)
        come = reminders_due(
            starts_on=row["starts_on"],
            renews_on=row["renews_on"],
            imported_as_of=row["imported_as_of"],
            as_of=day,
            reminder_days=policy.reminder_days,
        )
        if come and str(come[-1]) not in row["told"]:
            found.append(Due(row["id"], row["company_id"], region, row["renews_on"], come[-1]))
    return found


def _horizon_days() -> int:
    """The earliest reminder of any policy: nothing that renews later can be due."""
    records = current_catalogue().policy_records
    return max(max(one.settings.get("reminder_days", [0]), default=0) for one in records)


_PEOPLE = """
select p.company_id, p.id, p.name, p.email, p.locale, r.role from accounts_person p
join accounts_personrole r on r.person_id = p.id
where p.company_id = any(%s) and r.role in ('contract_manager', 'primary_admin') order by p.id
"""


def _recipients(companies: Sequence[str]) -> dict[str, list[Recipient]]:
    """Contract managers by company; where nobody holds the role, the primary administrators."""
    by_role: dict[tuple[str, str], list[Recipient]] = defaultdict(list)
    for row in select(_PEOPLE, [list(companies)]):
        person = Recipient(row["id"], row["name"], row["email"], row["locale"])
        by_role[row["company_id"], row["role"]].append(person)
    found = {}
    for company in companies:
        managers = by_role[company, "contract_manager"] or by_role[company, "primary_admin"]
        if managers:
            found[company] = managers
    return found


def _write_mails(
    letters: Sequence[tuple[Recipient, str, list[Due]]],
    views: dict[str, Outlook],
    *,
    day: date,
    now: datetime,
) -> list[str]:
    identities = new_ids("mail", len(letters))
    rendered = [
        _rendered(recipient, [(views[one.subscription], one.days_before) for one in dues])
        for recipient, _, dues in letters
    ]
    copy_in(
        Mail,
        "id company_id kind to_name to_address locale subject text html rendered_hash "
        "template_version business_day state tries not_before last_error created_at".split(),
        (
            (
                identity,
                company,
                KIND,
                recipient.name,
                recipient.email,
                mail.locale,
                mail.subject,
                mail.text,
                mail.html,
                mail.rendered_hash,
                TEMPLATE_VERSION,
                day,
                "waiting",
                0,
                now,
                "",
                now,
            )
            for identity, mail, (recipient, company, _) in zip(
                identities, rendered, letters, strict=True
            )
        ),
    )
    copy_in(
        Notice,
        ("mail_id", "subscription_id", "renews_on", "kind", "milestone", "recipient"),
        (
            (identity, one.subscription, one.renews_on, KIND, str(one.days_before), recipient.id)
            for identity, (recipient, _, dues) in zip(identities, letters, strict=True)
            for one in dues
        ),
    )
    return identities


def _rendered(recipient: Recipient, dues: Sequence[tuple[Outlook, int]]) -> Rendered:
    return render_reminder(dues, name=recipient.name, locale=language_of(recipient.locale))


def _write_facts(
    due: Sequence[Due],
    letters: Sequence[tuple[Recipient, str, list[Due]]],
    mails: Sequence[str],
    *,
    day: date,
    now: datetime,
) -> None:
    told_by: dict[str, list[str]] = defaultdict(list)
    for mail, (_, _, dues) in zip(mails, letters, strict=True):
        for one in dues:
            told_by[one.subscription].append(mail)
    journal.record_new(
        [
            Fact(
                kind="reminder.sent" if told_by[one.subscription] else "reminder.undeliverable",
                subject=one.subscription,
                company=one.company,
                region=one.region,
                business_day=day,
                actor="run",
                facts={
                    "days_before": one.days_before,
                    "renews_on": one.renews_on.isoformat(),
                    "mail": told_by[one.subscription],
                },
                once_key=f"{one.renews_on}/{one.days_before}",
            )
            for one in due
        ],
        at=now,
    )
