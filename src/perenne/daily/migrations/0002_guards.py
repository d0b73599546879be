"""A finished day stays finished: a clock that went back changes nothing."""

from django.db import migrations

from perenne.platform.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("daily", "0001_initial"), ("platform", "0002_guards")]

    operations = [append_only("daily_finishedday")]
