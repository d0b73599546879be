"""The sequence that numbers subscriptions and contracts sold here."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0003_successors")]

    operations = [
        migrations.RunSQL(
            "create sequence subscriptions_number;", "drop sequence subscriptions_number;"
        ),
    ]
