"""A term that is a part of a whole one remembers until when the whole one would run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0008_returns"),
    ]

    operations = [
        migrations.AddField(
            model_name="term",
            name="whole_until",
            field=models.DateField(null=True),
        ),
        # Every stretch that was sold so far was priced as a part of the term that would follow.
        migrations.RunSQL(
            """
            alter table subscriptions_term disable trigger append_only;
            update subscriptions_term t
                set whole_until = (t.starts_on + make_interval(months => o.months))::date
                from catalog_offer o where o.id = t.offer_id and t.anchor_day is null;
            set constraints all immediate;
            alter table subscriptions_term enable trigger append_only;
            """,
            migrations.RunSQL.noop,
        ),
    ]
