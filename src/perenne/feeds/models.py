"""Addresses under which calendar programs fetch what a member may see."""

from django.db import models
from django.db.models import Q


class CalendarFeed(models.Model):
    """One address; its secret is signed, not stored. Who makes a new one ends the old.

    ``member`` is a key such as ``person:prs_…``: the feed shows what they may see on the day of
    the fetch, and nothing once they have left.
    """

    id = models.TextField(primary_key=True)
    member = models.TextField()
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, null=True, related_name="+"
    )
    locale = models.TextField()
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_feed_a_member", fields=["member"], condition=Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.member}"
