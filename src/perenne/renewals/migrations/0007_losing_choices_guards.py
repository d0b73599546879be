"""Choices of who loses a seat are only appended, and refer to their own company only."""

from django.db import migrations

from perenne.platform.guards import append_only, same_company


class Migration(migrations.Migration):
    dependencies = [("renewals", "0006_losing_choices")]

    operations = [
        append_only("renewals_losingchoice"),
        same_company("renewals_losingchoice", "subscription_id", "subscriptions_subscription"),
    ]
