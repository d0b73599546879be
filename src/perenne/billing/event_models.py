"""The inbox of verified webhooks, and a count of those that were refused."""

from django.db import models
from django.db.models import Q


class InboxEvent(models.Model):
    """A verified webhook, kept so that it counts once; only ``processed_at`` is ever set later.

    It says what to look up and nothing of what became of it: the gateway is asked.
    """

    id = models.BigAutoField(primary_key=True)
    gateway = models.TextField()
    event_id = models.TextField()
    about = models.TextField(help_text="charge, refund, setup or other")
    # The idempotency key of our attempts, or the id of a set-up; empty if it is none of ours.
    reference = models.TextField(default="", blank=True)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="an_event_counts_once", fields=["gateway", "event_id"]),
            models.CheckConstraint(
                name="what_waits_can_be_looked_up",
                condition=Q(processed_at__isnull=False) | ~Q(reference=""),
            ),
        ]
        indexes = [
            models.Index(
                name="events_to_process", fields=["id"], condition=Q(processed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_id} {self.about}"


class EventRefusal(models.Model):
    """How many webhooks were refused for a reason: all that is kept of them."""

    id = models.BigAutoField(primary_key=True)
    gateway = models.TextField()
    reason = models.TextField(help_text="The code of the refusal.")
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="refusals_are_counted", fields=["gateway", "reason"]),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reason} {self.count}"
