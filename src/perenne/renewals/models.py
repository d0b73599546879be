"""The renewal plan of each subscription, and the subscriptions set aside for a person."""

from django.db import models
from django.db.models import Q


class PlanRevision(models.Model):
    """What happens at ``renews_on``, as it was decided at one moment. Append-only.

    The revision in force is the one that ``Subscription.plan_revision`` names.
    """

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="plan_revisions"
    )
    revision = models.PositiveIntegerField()
    renews_automatically = models.BooleanField()
    offer = models.ForeignKey("catalog.Offer", on_delete=models.PROTECT, related_name="+")
    # None: all seats then owned.
    seats = models.PositiveIntegerField(null=True)
    payment_method = models.ForeignKey(
        "billing.PaymentMethod", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Why it can no longer be executed; empty while it can. A person decides, it is never dropped.
    conflict = models.TextField(default="", blank=True)
    decided_on = models.DateField()
    actor = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="plan_revision_once", fields=["subscription", "revision"]),
            models.CheckConstraint(
                name="a_plan_keeps_a_seat", condition=Q(seats__isnull=True) | Q(seats__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} r{self.revision}"


class ParkedSubscription(models.Model):
    """A subscription that the run gave up on after five tries; it waits for a person."""

    id = models.TextField(primary_key=True)
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="parkings"
    )
    reason = models.TextField()
    parked_at = models.DateTimeField()
    business_day = models.DateField()
    unparked_at = models.DateTimeField(null=True)
    unparked_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="parked_once", fields=["subscription"], condition=Q(unparked_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.reason}"
