"""Give partners of installations that are older than consents what the import gives new ones."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from perenne.platform.ids import new_ids

# Buying from a partner is the consent that it looks after what it sold.
_LINKS = """
insert into partners_partnerlink (id, partner_id, company_id, consented_at, consented_by)
select (%s::text[])[row_number() over (order by k.partner_id, k.company_id)],
       k.partner_id, k.company_id, now(), 'import'
from (select distinct partner_id, company_id from subscriptions_contract
      where partner_id is not null) k
"""

# Who answers for a partner can act for it; they sign in once they are invited.
_PEOPLE = """
insert into partners_partnerperson (id, code, partner_id, name, email, locale)
select (%s::text[])[row_number() over (order by p.code)],
       p.code || '-1', p.id, p.contact_name, p.email,
       case when r.countries && array['TW', 'HK', 'MO'] then 'zh-Hant' else 'en' end
from partners_partner p join catalog_region r on r.code = p.region_id
where p.contact_name <> ''
"""


def consent_to_what_was_sold(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Older installations have contracts of partners, and neither links nor people."""
    with editor.connection.cursor() as cursor:
        cursor.execute("select count(*) from subscriptions_contract where partner_id is not null")
        cursor.execute(_LINKS, [new_ids("lnk", cursor.fetchone()[0])])
        cursor.execute("select count(*) from partners_partner")
        cursor.execute(_PEOPLE, [new_ids("ptp", cursor.fetchone()[0])])


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_seller_details"),
        ("partners", "0002_people"),
        ("subscriptions", "0009_parts_of_terms"),
    ]

    # What the tables of 0002 hold goes with them.
    operations = [migrations.RunPython(consent_to_what_was_sold, migrations.RunPython.noop)]
