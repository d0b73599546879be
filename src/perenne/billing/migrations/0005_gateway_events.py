"""Verified webhooks count once; of refused ones only a count is kept."""

from django.db import migrations, models

from perenne.platform.guards import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_campaigns_of_orders"),
        ("platform", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="EventRefusal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("gateway", models.TextField()),
                ("reason", models.TextField(help_text="The code of the refusal.")),
                ("count", models.PositiveBigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "reason"), name="refusals_are_counted"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InboxEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("gateway", models.TextField()),
                ("event_id", models.TextField()),
                ("about", models.TextField(help_text="charge, refund, setup or other")),
                ("reference", models.TextField(blank=True, default="")),
                ("received_at", models.DateTimeField()),
                ("processed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("processed_at__isnull", True)),
                        fields=["id"],
                        name="events_to_process",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "event_id"), name="an_event_counts_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("processed_at__isnull", False),
                            models.Q(("reference", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="what_waits_can_be_looked_up",
                    ),
                ],
            },
        ),
        append_only("billing_inboxevent", except_columns=["processed_at"]),
    ]
