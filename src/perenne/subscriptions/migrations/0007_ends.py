"""A subscription may end because its invoice was voided."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_approval_rules"),
        ("catalog", "0004_seller_details"),
        ("subscriptions", "0006_fewer_indexes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="subscription",
            name="an_end_has_a_reason",
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_because", ""), ("ended_on__isnull", True)),
                    models.Q(
                        ("ended_because__in", ("expired", "switched", "returned", "voided")),
                        ("ended_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="an_end_has_a_reason",
            ),
        ),
    ]
