"""The cache that all processes share, and the queue of facts that are still to be told."""

import django.db.models.deletion
from django.db import migrations, models

CACHE = migrations.RunSQL(
    """
    create table platform_cache (
        key text primary key,
        value text not null,
        expires_at timestamptz not null
    );
    create index platform_cache_expires_at on platform_cache (expires_at);
    """,
    "drop table platform_cache;",
)


class Migration(migrations.Migration):
    dependencies = [("platform", "0003_without_like_indexes")]

    operations = [
        CACHE,
        migrations.CreateModel(
            name="UntoldFact",
            fields=[
                (
                    "fact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="platform.journalentry",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.AlterField(
            model_name="journalentry",
            name="actor",
            field=models.TextField(
                help_text="run, import, person:…, partner:…, staff:…, user:… or command"
            ),
        ),
    ]
