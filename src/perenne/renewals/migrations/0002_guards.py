"""Plan revisions are history, and pay with the company's own methods."""

from django.db import migrations

from perenne.platform.guards import append_only, same_company


class Migration(migrations.Migration):
    dependencies = [("renewals", "0001_initial"), ("billing", "0002_guards")]

    operations = [
        append_only("renewals_planrevision"),
        same_company("renewals_planrevision", "subscription_id", "subscriptions_subscription"),
        same_company("renewals_planrevision", "payment_method_id", "billing_paymentmethod"),
    ]
