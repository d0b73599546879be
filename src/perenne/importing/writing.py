"""Write a judged book: new rows go in, rows on file must agree, each in one statement."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from perenne.catalog.queries import current_catalogue
from perenne.importing.errors import Problem, Problems
from perenne.importing.tax_ids import stage_verified
from perenne.platform.bulk import copy_rows, make_staging
from perenne.platform.ids import new_id
from perenne.rules.lifecycle import end_after

# What differs from what is on file: a book may add to what was imported, never rewrite it.
_DIFFERENT: tuple[tuple[str, str, str], ...] = (
    (
        "staff",
        "person",
        "join accounts_staffmember t on t.code = x.person where (t.name, t.email, t.phone, t.role, "
        "coalesce(t.region_id, '')) <> (x.name, x.email, x.phone, x.role, coalesce(x.region, ''))",
    ),
    (
        "partners",
        "partner",
        "join partners_partner t on t.code = x.partner where (t.name, t.region_id, t.city, "
        "t.contact_name, t.email, t.phone) <> (x.name, x.region, x.city, x.contact_name, x.email, "
        "x.phone)",
    ),
    (
        "companies",
        "company",
        "join accounts_company t on t.code = x.company where (t.name, t.region_id, t.country, "
        "t.locale, t.tax_id, t.kind) <> (x.name, x.region, x.country, x.locale, x.tax_id, x.kind)",
    ),
    (
        "people",
        "person",
        "join accounts_person t on t.code = x.person join accounts_company c "
        "on c.id = t.company_id where (t.name, t.email, t.locale, c.code) "
        "<> (x.name, x.email, x.locale, x.company) "
        # People may write their name and language anew; the address and the company stay.
        "and ((t.email, c.code) <> (x.email, x.company) or not exists (select 1 "
        "from platform_journalentry j where j.subject = t.id and j.kind = 'profile.changed'))",
    ),
    (
        "people",
        "email",
        "join accounts_company c on c.code = x.company join accounts_person t "
        "on t.company_id = c.id and lower(t.email) = lower(x.email) where t.code <> x.person",
    ),
    (
        "payment_methods",
        "payment_method",
        "join billing_paymentmethod t on t.code = x.payment_method join accounts_company c "
        "on c.id = t.company_id where (t.kind, t.last4, t.valid_through, c.code) "
        "<> (x.kind, coalesce(x.last4, ''), coalesce(x.valid_through, ''), x.company)",
    ),
    (
        "contracts",
        "contract",
        "join subscriptions_contract t on t.code = x.contract "
        "join accounts_company c on c.id = t.company_id "
        "left join partners_partner p on p.id = t.partner_id "
        "left join accounts_staffmember s on s.id = t.sales_person_id "
        "where (t.channel, t.partner_model, c.code, coalesce(p.code, '')) <> (x.channel, "
        "coalesce(x.partner_model, ''), x.company, coalesce(x.partner, '')) "
        "or (x.sales_person is null) <> (s.id is null) "
        "or (s.id is not null and x.sales_person not in (s.code, s.email))",
    ),
    # A subscription is compared with its opening: what happened since is no contradiction.
    (
        "subscriptions",
        "subscription",
        "join subscriptions_subscription t on t.code = x.subscription "
        "join subscriptions_contract k on k.id = t.contract_id "
        "join lateral (select * from subscriptions_term where subscription_id = t.id "
        "order by starts_on limit 1) o on true "
        "join renewals_planrevision r on r.subscription_id = t.id and r.revision = 1 "
        "left join billing_paymentmethod m on m.id = r.payment_method_id "
        "where (k.code, o.offer_id, o.seats, o.starts_on, o.renews_on, o.anchor_day, "
        "r.renews_automatically, coalesce(m.code, ''), r.offer_id, coalesce(r.seats, o.seats), "
        "coalesce(t.renewable_online::text, '')) <> (x.contract, "
        "x.product || '/' || x.access || '/' || x.term_months, x.seats, x.starts_on, x.renews_on, "
        "x.anchor_day, x.renews_automatically, coalesce(x.payment_method, ''), "
        "x.product || '/' || x.access || '/' || coalesce(x.next_term_months, x.term_months), "
        "coalesce(x.next_seats, x.seats), coalesce(x.renewable_online::text, ''))",
    ),
)

_NOT_ASSIGNED = """
select x.line, x.person from staged_assignments x
join subscriptions_subscription s on s.code = x.subscription
left join accounts_person p on p.code = x.person
where not exists (select 1 from subscriptions_assignment a
                  where a.subscription_id = s.id and a.person_id = p.id)
"""


def judge_against_file(problems: Problems) -> None:
    """Add the rows whose code is on file with other values, and seats of what is on file."""
    reason = "is on file with other values; an import adds, it does not change"
    for table, column, rest in _DIFFERENT:
        query = f"select x.line, x.{column} from staged_{table} x {rest}"
        _add_found(problems, table, column, query, reason)
    reason = "holds no seat of it on file; of a subscription on file seats are assigned there"
    _add_found(problems, "assignments", "person", _NOT_ASSIGNED, reason)


def _add_found(problems: Problems, table: str, column: str, query: str, reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(1000):
            for line, value in rows:
                problems.add(Problem(f"{table}.csv", line, column, value, reason))


@dataclass(frozen=True, slots=True)
class Statement:
    """An insertion of the rows that are new, with the prefix of their ids."""

    table: str
    prefix: str
    query: str


# {id} becomes an expression for a new id; %(as_of)s is the book's first business day.
STATEMENTS = (
    Statement(
        "staff",
        "stf",
        "insert into accounts_staffmember (id, code, name, email, phone, role, region_id) "
        "select {id}, person, name, email, phone, role, region from staged_staff x "
        "where not exists (select 1 from accounts_staffmember t where t.code = x.person)",
    ),
    Statement(
        "partners",
        "ptn",
        "insert into partners_partner (id, code, name, region_id, city, contact_name, email, phone)"
        " select {id}, partner, name, region, city, contact_name, email, phone "
        "from staged_partners x "
        "where not exists (select 1 from partners_partner t where t.code = x.partner)",
    ),
    # Who answers for a partner can act for it; they sign in once they are invited.
    Statement(
        "partner_people",
        "ptp",
        "insert into partners_partnerperson (id, code, partner_id, name, email, locale) "
        "select {id}, p.code || '-1', p.id, p.contact_name, p.email, "
        "case when r.countries && array['TW', 'HK', 'MO'] then 'zh-Hant' else 'en' end "
        "from staged_partners x join partners_partner p "
        "on p.code = x.partner join catalog_region r on r.code = p.region_id "
        "where p.contact_name <> '' and not exists (select 1 from partners_partnerperson t "
        "where t.partner_id = p.id)",
    ),
    Statement(
        "companies",
        "com",
        "insert into accounts_company (id, code, name, region_id, country, locale, tax_id, "
        "tax_id_is_verified, kind) select {id}, company, name, region, country, locale, tax_id, "
        "exists (select 1 from verified_tax_ids v where v.line = x.line), kind "
        "from staged_companies x "
        "where not exists (select 1 from accounts_company t where t.code = x.company)",
    ),
    Statement(
        "people",
        "prs",
        "insert into accounts_person (id, code, company_id, name, email, locale) "
        "select {id}, person, c.id, x.name, email, x.locale from (select distinct on (person) * "
        "from staged_people order by person, line) x join accounts_company c on c.code = x.company "
        "where not exists (select 1 from accounts_person t where t.code = x.person)",
    ),
    Statement(
        "roles",
        "",
        "insert into accounts_personrole (person_id, role) select p.id, x.role "
        "from staged_people x join accounts_person p on p.code = x.person "
        # A role that was taken here since does not come back with the same book.
        "where p.deactivated_at is null and not exists (select 1 from platform_journalentry j "
        "where j.subject = p.id and (j.kind in ('role.revoked', 'role.handed_over') "
        "and j.facts ->> 'role' = x.role or j.kind = 'person.deactivated')) "
        "on conflict (person_id, role) do nothing",
    ),
    Statement(
        "payment_methods",
        "pmt",
        "insert into billing_paymentmethod (id, code, company_id, kind, last4, valid_through, "
        "token) select {id}, payment_method, c.id, x.kind, coalesce(last4, ''), "
        "coalesce(valid_through, ''), case when x.kind in ('card', 'direct_debit') "
        "then x.kind || ':' || coalesce(last4, '') || ':' || coalesce(valid_through, '') || ':' "
        "|| payment_method else '' end from staged_payment_methods x "
        "join accounts_company c on c.code = x.company where not exists (select 1 "
        "from billing_paymentmethod t where t.code = x.payment_method)",
    ),
    Statement(
        "contracts",
        "ctr",
        "insert into subscriptions_contract (id, code, company_id, channel, partner_id, "
        "sales_person_id, partner_model) select {id}, contract, c.id, channel, p.id, s.id, "
        "coalesce(partner_model, '') from staged_contracts x "
        "join accounts_company c on c.code = x.company "
        "left join partners_partner p on p.code = x.partner "
        "left join accounts_staffmember s on x.sales_person in (s.code, s.email) "
        "where not exists (select 1 from subscriptions_contract t where t.code = x.contract)",
    ),
    # Buying from a partner is the consent that it looks after what it sold; one that a company
    # ended since stays ended.
    Statement(
        "partner_links",
        "lnk",
        "insert into partners_partnerlink (id, partner_id, company_id, consented_at, consented_by) "
        "select {id}, x.partner_id, x.company_id, %(now)s, 'import' from (select distinct on "
        "(k.partner_id, k.company_id) c.line, k.partner_id, k.company_id from staged_contracts c "
        "join subscriptions_contract k on k.code = c.contract where k.partner_id is not null "
        "order by k.partner_id, k.company_id, c.line) x where not exists (select 1 "
        "from partners_partnerlink t where t.partner_id = x.partner_id "
        "and t.company_id = x.company_id)",
    ),
    Statement(
        "subscriptions",
        "sub",
        "insert into subscriptions_subscription (id, code, company_id, contract_id, region_id, "
        "anchor_day, renewable_online, imported_as_of, renews_on, ended_on, ended_because, "
        "plan_revision, version) select {id}, x.subscription, k.company_id, k.id, c.region_id, "
        "x.anchor_day, x.renewable_online, %(as_of)s, x.renews_on, e.ended_on, "
        "case when e.ended_on is null then '' else 'expired' end, 1, 1 "
        "from staged_subscriptions x join subscriptions_contract k on k.code = x.contract "
        "join accounts_company c on c.id = k.company_id "
        "left join lateral (select x.renews_on + d.days as ended_on from days_to_end d "
        "where d.region = c.region_id and d.channel = k.channel and d.months = x.term_months "
        "and x.renews_on < %(as_of)s and x.renews_on + d.days <= %(as_of)s) e on true "
        "where not exists (select 1 from subscriptions_subscription t "
        "where t.code = x.subscription)",
    ),
    Statement(
        "opening",
        "",
        "drop table if exists pg_temp.new_subscriptions; "
        "create temporary table new_subscriptions on commit drop as select t.id, t.company_id, x.* "
        "from staged_subscriptions x join subscriptions_subscription t on t.code = x.subscription "
        "where not exists (select 1 from subscriptions_term o where o.subscription_id = t.id)",
    ),
    Statement(
        "terms",
        "trm",
        "insert into subscriptions_term (id, subscription_id, starts_on, renews_on, offer_id, "
        "seats, anchor_day, came_by, order_id) select {id}, x.id, starts_on, renews_on, "
        "product || '/' || access || '/' || term_months, seats, anchor_day, 'imported', '' "
        "from new_subscriptions x",
    ),
    Statement(
        "seats",
        "",
        "insert into subscriptions_seatchange (subscription_id, effective_on, seats, reason) "
        "select id, starts_on, seats, 'imported' from new_subscriptions",
    ),
    Statement(
        "plans",
        "pln",
        "insert into renewals_planrevision (id, company_id, subscription_id, revision, "
        "renews_automatically, offer_id, seats, payment_method_id, conflict, change, campaign, "
        "merges, decided_on, actor) "
        "select {id}, x.company_id, x.id, 1, renews_automatically, product || '/' || access || '/' "
        "|| coalesce(next_term_months, term_months), nullif(next_seats, x.seats), m.id, '', '', "
        "'', '{{}}', %(as_of)s, 'import' from new_subscriptions x "
        "left join billing_paymentmethod m on m.code = x.payment_method",
    ),
    Statement(
        "assignments",
        "asg",
        "insert into subscriptions_assignment (id, company_id, subscription_id, person_id, "
        "assigned_on, released_because) select {id}, n.company_id, n.id, p.id, n.starts_on, '' "
        "from staged_assignments x join new_subscriptions n using (subscription) "
        "join accounts_person p on p.code = x.person",
    ),
)


def write(*, as_of: date, now: datetime) -> dict[str, int]:
    """Insert what is new; return how many rows of each kind were."""
    _stage_ends(as_of)
    stage_verified()
    written = {}
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            query = statement.query.replace("{id}", _id_expression(statement.prefix))
            cursor.execute(query, {"as_of": as_of, "now": now})
            written[statement.table] = cursor.rowcount
    return written


def _id_expression(prefix: str) -> str:
    """Ids made in the database from one that was made here: its beginning, and the line."""
    if not prefix:
        return "null"
    stem = new_id(prefix)[: len(prefix) + 1 + 18]
    return f"'{stem}' || lpad(to_hex(x.line), 8, '0')"


def _stage_ends(as_of: date) -> None:
    """After how many days each kind of subscription ends if nobody renews it, by its policy."""
    catalogue = current_catalogue()
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct coalesce(c.region, f.region_id), coalesce(k.channel, g.channel), "
            "x.term_months from staged_subscriptions x "
            "left join staged_contracts k on k.contract = x.contract "
            "left join staged_companies c on c.company = k.company "
            "left join subscriptions_contract g on g.code = x.contract "
            "left join accounts_company f on f.id = g.company_id or f.code = k.company"
        )
        kinds = cursor.fetchall()
    make_staging("days_to_end", "region text, channel text, months int, days int")
    rows = []
    for region, channel, months in kinds:
        policy = catalogue.policy_for(region, channel, months, as_of)
        days = (end_after(as_of, months=months, policy=policy) - as_of).days
        rows.append((region, channel, months, days))
    copy_rows("days_to_end", ("region", "channel", "months", "days"), sorted(set(rows)))
