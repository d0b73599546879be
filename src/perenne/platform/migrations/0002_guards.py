"""The journal is append-only; the function that guards append-only tables of all packages."""

from django.db import migrations

from perenne.platform.guards import REFUSE_CHANGE, append_only


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE_CHANGE, "drop function perenne_refuse_change()"),
        append_only("platform_journalentry"),
    ]
