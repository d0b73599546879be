"""Published prices and policies are followed by other versions, never edited."""

from django.db import migrations

from perenne.platform.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("platform", "0002_guards")]

    operations = [
        append_only("catalog_pricelist"),
        append_only("catalog_price"),
        append_only("catalog_policyversion"),
    ]
