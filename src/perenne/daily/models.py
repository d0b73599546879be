"""Which business days of which region are finished, and what happened in them."""

from django.db import models


class FinishedDay(models.Model):
    """A region's business day whose run has finished. The latest is the region's mark.

    The counts are those of the journal, kept so that the history page is one query.
    """

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    finished_at = models.DateTimeField()
    # The mark that an import sets has no counts: nothing was run.
    was_run = models.BooleanField()
    # Of days that were missed only the last one reminds, of all that came due in them.
    reminded = models.BooleanField(default=True)
    reminders = models.PositiveIntegerField(default=0)
    renewed = models.PositiveIntegerField(default=0)
    declined = models.PositiveIntegerField(default=0)
    past_due = models.PositiveIntegerField(default=0)
    expired = models.PositiveIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0, help_text="Net amount renewed.")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_day_is_finished_once", fields=["region", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.day}"
