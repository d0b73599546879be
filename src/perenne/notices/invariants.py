"""Laws of notices: told once, never too late, each with its fact."""

from perenne.platform.invariants import Invariant, by_query

INVARIANTS: tuple[Invariant, ...] = (
    by_query(
        "M1",
        "Nobody is told twice of one milestone",
        "select format('%s: %s of %s to %s', subscription_id, kind, milestone, recipient) "
        "from notices_notice group by subscription_id, renews_on, kind, milestone, recipient "
        "having count(*) > 1",
    ),
    by_query(
        "M2",
        "No renewal reminder on or after the renewal day",
        "select format('%s: reminder of %s days sent on %s, renews on %s', n.subscription_id, "
        "n.milestone, m.business_day, n.renews_on) from notices_notice n "
        "join notices_mail m on m.id = n.mail_id "
        "where n.kind = 'renewal_reminder' and m.business_day >= n.renews_on",
    ),
    by_query(
        "M3",
        "Every reminder in the journal has its notice, and the other way round",
        "select format('%s: %s', coalesce(j.subject, n.subscription_id), "
        "coalesce(j.once_key, n.told)) from (select subject, once_key "
        "from platform_journalentry where kind = 'reminder.sent') j "
        "full join (select distinct subscription_id, renews_on || '/' || milestone as told "
        "from notices_notice where kind = 'renewal_reminder') n "
        "on n.subscription_id = j.subject and n.told = j.once_key "
        "where j.subject is null or n.subscription_id is null",
    ),
)
