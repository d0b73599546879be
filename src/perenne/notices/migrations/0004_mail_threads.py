"""Mails that tell of no subscription are grouped too; code that does not know of it writes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_skipped_mails")]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="thread",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
