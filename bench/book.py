"""A book of any size: companies of ten subscriptions, a given number due on one day."""

from datetime import date, timedelta

DAY = date(2026, 12, 10)
REGION = "US"
_A_COMPANY = 10

_FILL = """
insert into accounts_company (id, code, name, region_id, country, locale, tax_id,
                              tax_id_is_verified, kind)
select 'com_' || lpad(n::text, 8, '0'), 'C' || n, 'Company ' || n, 'US', 'US', 'en', '', false,
       'business' from generate_series(1, %(companies)s) n;
insert into accounts_person (id, code, company_id, name, email, locale)
select 'prs_' || lpad(n::text, 8, '0'), 'U' || n, 'com_' || lpad(n::text, 8, '0'), 'Ana ' || n,
       'ana@c' || n || '.example', 'en' from generate_series(1, %(companies)s) n;
insert into accounts_personrole (person_id, role)
select id, 'contract_manager' from accounts_person;
insert into billing_paymentmethod (id, code, company_id, kind, last4, valid_through, token)
select 'pmt_' || lpad(n::text, 8, '0'), 'M' || n, 'com_' || lpad(n::text, 8, '0'), 'card', '4242',
       '2039-12', 'card:4242:2039-12:M' || n from generate_series(1, %(companies)s) n;
insert into subscriptions_contract (id, code, company_id, channel, partner_model)
select 'ctr_' || lpad(n::text, 8, '0'), '110-' || n, 'com_' || lpad(n::text, 8, '0'), 'online', ''
from generate_series(1, %(companies)s) n;
create temporary table book as
select 'sub_' || lpad(n::text, 8, '0') as id, n, (n - 1) / 10 + 1 as company,
       case when n %% (%(size)s / %(due)s) = 0 then %(day)s::date
            else %(day)s::date + 1 + (n %% 300)::int end as renews_on,
       1 + n %% 7 as seats
from generate_series(1, %(size)s) n;
alter table book add column offer text;
update book set offer = case n %% 3 when 0 then 'LT/named_user/12' when 1 then 'DRAFT/named_user/12'
                        else 'MODEL/named_user/12' end;
insert into subscriptions_subscription (id, code, company_id, contract_id, region_id, anchor_day,
    imported_as_of, renews_on, ended_because, plan_revision, version)
select id, 'S' || n, 'com_' || lpad(company::text, 8, '0'), 'ctr_' || lpad(company::text, 8, '0'),
       'US', extract(day from renews_on), %(day)s, renews_on, '', 1, 1 from book;
insert into subscriptions_term (id, subscription_id, starts_on, renews_on, offer_id, seats,
    anchor_day, came_by, order_id)
select 'trm_' || lpad(n::text, 8, '0'), id, renews_on - interval '1 year', renews_on, offer, seats,
       extract(day from renews_on), 'imported', '' from book;
insert into subscriptions_seatchange (subscription_id, effective_on, seats, reason)
select id, renews_on - interval '1 year', seats, 'imported' from book;
insert into renewals_planrevision (id, company_id, subscription_id, revision, renews_automatically,
    offer_id, seats, payment_method_id, conflict, change, campaign, merges, decided_on, actor)
select 'pln_' || lpad(n::text, 8, '0'), 'com_' || lpad(company::text, 8, '0'), id, 1, true, offer,
       null, 'pmt_' || lpad(company::text, 8, '0'), '', '', '', '{}', %(day)s, 'import' from book;
insert into daily_finishedday (region_id, day, finished_at, was_run, reminded, reminders, renewed,
    declined, past_due, expired, amount_minor, currency)
select code, %(day)s::date - 1, now(), false, true, 0, 0, 0, 0, 0, 0, currency from catalog_region;
drop table book;
"""


def fill(*, size: int, due: int) -> None:
    """Put ``size`` subscriptions into an empty database, ``due`` of them renewing on ``DAY``."""
    from datetime import UTC, datetime

    from django.db import connection, transaction
    from tests.support.paths import DEMO_CATALOGUE

    from perenne.importing.catalogue import import_catalogue

    import_catalogue(DEMO_CATALOGUE, now=datetime(2026, 1, 1, 12, tzinfo=UTC))
    values = {"size": size, "due": due, "day": DAY, "companies": -(-size // _A_COMPANY)}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _FILL.strip().removesuffix(";").split(";\n"):
            cursor.execute(statement, values if "%" in statement else None)


def days_after(n: int) -> date:
    """The day ``n`` days after the one on which the book is due."""
    return DAY + timedelta(n)
