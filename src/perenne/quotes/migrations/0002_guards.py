"""What was offered stays; of a version only what its steps move, of a hold only its release."""

from django.db import migrations

from perenne.platform.guards import append_only, same_company


class Migration(migrations.Migration):
    dependencies = [
        ("quotes", "0001_initial"),
        ("platform", "0002_guards"),
        ("subscriptions", "0002_guards"),
        ("accounts", "0001_initial"),
    ]

    operations = [
        append_only("quotes_quote"),
        append_only(
            "quotes_quoteversion",
            except_columns=[
                "state",
                "issued_on",
                "issued_at",
                "seal",
                "ended_on",
                "ended_at",
                "ended_by",
                "reason",
                "accepted_option",
                "change",
            ],
        ),
        append_only("quotes_quoteoption"),
        append_only("quotes_quotesubject"),
        append_only("quotes_hold", except_columns=["released_on"]),
        append_only("quotes_quoterecipient"),
        append_only("quotes_quoteanswer"),
        same_company("quotes_quotesubject", "subscription_id", "subscriptions_subscription"),
        same_company("quotes_hold", "subscription_id", "subscriptions_subscription"),
    ]
