"""Judge the staged rows together: codes that are unknown or twice, and what contradicts."""

from django.db import connection

from perenne.importing.errors import Problem, Problems

# Each query returns file line, column, value and reason of one kind of mistake.
_UNKNOWN = """
select x.line, '{column}', x.{column}, 'is unknown: no such {what}' from staged_{table} x
where x.{column} is not null
  and not exists (select 1 from {target} t where t.{key} = x.{column}){also}
"""


def _unknown(table: str, column: str, what: str, target: str, staged: str = "") -> tuple[str, str]:
    also = ""
    if staged:
        also = f" and not exists (select 1 from staged_{staged} t where t.{what} = x.{column})"
    key = "code"
    text = _UNKNOWN.format(
        table=table, column=column, what=what.replace("_", " "), target=target, key=key, also=also
    )
    return table, text


def _twice(table: str, column: str) -> tuple[str, str]:
    return (
        table,
        f"select line, '{column}', {column}, 'stands twice, first in line ' || first from ("
        f"select line, {column}, min(line) over (partition by {column}) as first "
        f"from staged_{table}) x where line <> first",
    )


_STAFF_UNKNOWN = (
    "contracts",
    "select x.line, 'sales_person', x.sales_person, 'is unknown: no such member of staff' "
    "from staged_contracts x where x.sales_person is not null "
    "and not exists (select 1 from staged_staff t where x.sales_person in (t.person, t.email)) "
    "and not exists (select 1 from accounts_staffmember t "
    "where x.sales_person in (t.code, t.email))",
)

CHECKS: tuple[tuple[str, str], ...] = (
    _twice("staff", "person"),
    _twice("partners", "partner"),
    _twice("companies", "company"),
    _twice("payment_methods", "payment_method"),
    _twice("contracts", "contract"),
    _twice("subscriptions", "subscription"),
    (
        "staff",
        "select line, 'email', email, 'is used by two members of staff' from (select line, email, "
        "min(line) over (partition by lower(email)) as first from staged_staff) x "
        "where line <> first",
    ),
    (
        "people",
        "select line, 'person', person, 'stands twice with the same role' from (select line, "
        "person, min(line) over (partition by person, role) as first from staged_people) x "
        "where line <> first",
    ),
    (
        "people",
        "select line, 'person', person, 'stands twice with other values, first in line ' || first "
        "from (select line, person, row(company, name, email, locale) as said, "
        "first_value(row(company, name, email, locale)) over same as said_first, "
        "first_value(line) over same as first from staged_people "
        "window same as (partition by person order by line)) x where said <> said_first",
    ),
    (
        "people",
        "select line, 'email', email, 'is used by two people of the company' from (select line, "
        "person, email, first_value(person) over (partition by company, lower(email) "
        "order by line) as first from staged_people) x where person <> first",
    ),
    _unknown("staff", "region", "region", "catalog_region"),
    _unknown("partners", "region", "region", "catalog_region"),
    _unknown("companies", "region", "region", "catalog_region"),
    (
        "companies",
        "select x.line, 'country', x.country, 'is unknown or not in region ' || x.region "
        "from staged_companies x join catalog_region r on r.code = x.region "
        "where not x.country = any(r.countries)",
    ),
    (
        "companies",
        "select x.line, 'locale', x.locale, 'is not one of the vendor''s: ' || "
        "array_to_string(v.locales, ', ') from staged_companies x, catalog_vendor v "
        "where not x.locale = any(v.locales)",
    ),
    (
        "people",
        "select x.line, 'locale', x.locale, 'is not one of the vendor''s: ' || "
        "array_to_string(v.locales, ', ') from staged_people x, catalog_vendor v "
        "where not x.locale = any(v.locales)",
    ),
    _unknown("people", "company", "company", "accounts_company", "companies"),
    _unknown("payment_methods", "company", "company", "accounts_company", "companies"),
    (
        "payment_methods",
        "select line, 'valid_through', '', 'is empty; a card needs its last valid month' "
        "from staged_payment_methods where kind = 'card' and valid_through is null",
    ),
    (
        "payment_methods",
        "select line, 'last4', '', 'is empty; a card needs its last four digits' "
        "from staged_payment_methods where kind = 'card' and last4 is null",
    ),
    _unknown("contracts", "company", "company", "accounts_company", "companies"),
    _unknown("contracts", "partner", "partner", "partners_partner", "partners"),
    _STAFF_UNKNOWN,
    (
        "contracts",
        "select line, 'partner', coalesce(partner, ''), case when channel = 'partner' "
        "then 'is empty; a partner''s contract names the partner' "
        "else 'is set, but the channel is ' || channel end from staged_contracts "
        "where (channel = 'partner') <> (partner is not null)",
    ),
    (
        "contracts",
        "select line, 'partner_model', coalesce(partner_model, ''), case when channel = 'partner' "
        "then 'is empty; write agency or resale' else 'is set, but the channel is ' || channel end "
        "from staged_contracts where (channel = 'partner') <> (partner_model is not null)",
    ),
    (
        "contracts",
        "select line, 'sales_person', '', 'is empty; a contract of the sales team names one' "
        "from staged_contracts where channel = 'sales' and sales_person is null",
    ),
    _unknown("subscriptions", "contract", "contract", "subscriptions_contract", "contracts"),
    _unknown("subscriptions", "product", "product", "catalog_product"),
    (
        "subscriptions",
        "select x.line, 'term_months', x.term_months::text, 'is not an offer of the catalogue: ' "
        "|| x.product || '/' || x.access || '/' || x.term_months from staged_subscriptions x "
        "join catalog_product p on p.code = x.product where not exists (select 1 "
        "from catalog_offer o where o.id = x.product || '/' || x.access || '/' || x.term_months)",
    ),
    (
        "subscriptions",
        "select x.line, 'next_term_months', x.next_term_months::text, "
        "'is not an offer of the catalogue: ' || x.product || '/' || x.access || '/' || "
        "x.next_term_months from staged_subscriptions x "
        "join catalog_product p on p.code = x.product where x.next_term_months is not null "
        "and x.next_term_months <> x.term_months and not exists (select 1 from catalog_offer o "
        "where o.id = x.product || '/' || x.access || '/' || x.next_term_months)",
    ),
    _unknown(
        "subscriptions",
        "payment_method",
        "payment_method",
        "billing_paymentmethod",
        "payment_methods",
    ),
    (
        "subscriptions",
        "select x.line, 'payment_method', x.payment_method, 'belongs to company ' || m.company "
        "|| ', the contract to ' || k.company from staged_subscriptions x "
        "join all_contracts k on k.contract = x.contract "
        "join all_methods m on m.payment_method = x.payment_method where m.company <> k.company",
    ),
    _unknown(
        "assignments",
        "subscription",
        "subscription",
        "subscriptions_subscription",
        "subscriptions",
    ),
    _unknown("assignments", "person", "person", "accounts_person", "people"),
    (
        "assignments",
        "select line, 'person', person, 'holds a seat of ' || subscription || ' twice' from ("
        "select line, subscription, person, min(line) over (partition by subscription, person) "
        "as first from staged_assignments) x where line <> first",
    ),
    (
        "assignments",
        "select x.line, 'person', x.person, 'is of company ' || p.company || "
        "', the subscription of ' || k.company from staged_assignments x "
        "join all_people p on p.person = x.person "
        "join staged_subscriptions s on s.subscription = x.subscription "
        "join all_contracts k on k.contract = s.contract where p.company <> k.company",
    ),
    (
        "assignments",
        "select x.line, 'subscription', x.subscription, 'has ' || s.seats || "
        "' seats; this is assignment ' || x.place from (select line, subscription, "
        "row_number() over (partition by subscription order by line) as place "
        "from staged_assignments) x join staged_subscriptions s using (subscription) "
        "where x.place > s.seats",
    ),
)

# Rows on file and rows of the book as one, for checks that do not care where a row is.
_TOGETHER = """
create or replace temporary view all_contracts as
    select contract, company from staged_contracts
    union select k.code, c.code from subscriptions_contract k
        join accounts_company c on c.id = k.company_id
        where not exists (select 1 from staged_contracts x where x.contract = k.code);
create or replace temporary view all_methods as
    select payment_method, company from staged_payment_methods
    union select m.code, c.code from billing_paymentmethod m
        join accounts_company c on c.id = m.company_id
        where not exists (select 1 from staged_payment_methods x where x.payment_method = m.code);
create or replace temporary view all_people as
    select distinct person, company from staged_people
    union select p.code, c.code from accounts_person p
        join accounts_company c on c.id = p.company_id
        where not exists (select 1 from staged_people x where x.person = p.code);
"""


def judge(problems: Problems) -> None:
    """Add what is wrong between rows; needs the staging tables of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER)
        for name in ("companies", "people", "contracts", "payment_methods", "subscriptions"):
            cursor.execute(f"analyze staged_{name}")
        for table, query in CHECKS:
            cursor.execute(query)
            while rows := cursor.fetchmany(1000):
                for line, column, value, reason in rows:
                    problems.add(Problem(f"{table}.csv", line, column, value or "", reason))
