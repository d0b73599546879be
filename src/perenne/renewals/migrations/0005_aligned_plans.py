"""A renewal plan may have its next term end on a common day."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("renewals", "0004_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="planrevision",
            name="aligns_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="planrevision",
            name="aligns_anchor",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="planrevision",
            constraint=models.CheckConstraint(
                condition=Q(aligns_on__isnull=True, aligns_anchor__isnull=True)
                | Q(aligns_on__isnull=False, aligns_anchor__gte=1, aligns_anchor__lte=31),
                name="an_aligned_plan_has_an_anchor",
            ),
        ),
    ]
