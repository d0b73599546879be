"""What was told stays on record; of a mail only its delivery moves."""

from django.db import migrations

from perenne.platform.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("platform", "0002_guards")]

    operations = [
        append_only("notices_notice"),
        append_only(
            "notices_mail",
            except_columns=["state", "tries", "not_before", "last_error", "sent_at"],
        ),
    ]
