"""What was said stays; of a request only what its steps move; both sides are of one company."""

from django.db import migrations

from perenne.platform.guards import append_only, same_company


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0001_initial"),
        ("platform", "0002_guards"),
        ("subscriptions", "0002_guards"),
        ("accounts", "0001_initial"),
    ]

    operations = [
        append_only("support_contactentry"),
        append_only("support_colleaguerequest"),
        append_only(
            "support_contactrequest",
            except_columns=[
                "state",
                "owner_kind",
                "partner_id",
                "staff_id",
                "answer_by",
                "overdue_told_for",
                "remind_at",
                "reminded_for",
                "outcome",
            ],
        ),
        same_company("support_contactrequest", "subscription_id", "subscriptions_subscription"),
        same_company("support_contactrequest", "asked_by_id", "accounts_person"),
        same_company("support_colleaguerequest", "subscription_id", "subscriptions_subscription"),
        same_company("support_colleaguerequest", "asked_by_id", "accounts_person"),
    ]
