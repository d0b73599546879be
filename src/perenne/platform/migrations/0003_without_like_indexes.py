"""Drop the second index of each indexed text; see platform/postgresql."""

from django.db import migrations

DROP = """
do $$ declare found record; begin
    for found in
        select c.oid::regclass as name from pg_index i
        join pg_class c on c.oid = i.indexrelid
        join pg_opclass o on o.oid = i.indclass[0]
        join pg_class t on t.oid = i.indrelid
        where o.opcname in ('text_pattern_ops', 'varchar_pattern_ops')
          and t.relnamespace = 'public'::regnamespace and c.relname like '%\\_like'
    loop
        execute format('drop index %s', found.name);
    end loop;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0002_guards"),
        ("billing", "0005_gateway_events"),
        ("renewals", "0003_changes"),
    ]

    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]
