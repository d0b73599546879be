"""Terms remember the anchor that their end follows from; aligning changes it for later ones."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0004_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="term",
            name="anchor_day",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        # Every term that was sold so far followed from its subscription's anchor.
        migrations.RunSQL(
            """
            alter table subscriptions_term disable trigger append_only;
            update subscriptions_term t set anchor_day = s.anchor_day
                from subscriptions_subscription s where s.id = t.subscription_id;
            set constraints all immediate;
            alter table subscriptions_term enable trigger append_only;
            """,
            migrations.RunSQL.noop,
        ),
    ]
