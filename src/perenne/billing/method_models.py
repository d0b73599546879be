"""Visits to the gateway's page on which a payment method is entered."""

from django.db import models
from django.db.models import Q

SETUP_OUTCOMES = ("", "completed", "cancelled", "expired", "refused")


class MethodSetup(models.Model):
    """One visit, kept with the company that it is for before the gateway hears of it.

    Its id is the idempotency key. ``outcome`` is empty while the payer may still enter something.
    """

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    # The gateway's name for it and its page; empty until it has answered.
    setup_id = models.TextField(default="", blank=True)
    url = models.TextField(default="", blank=True)
    # The subscription from whose page somebody came, to lead back there.
    subscription = models.TextField(default="", blank=True)
    actor = models.TextField()
    started_at = models.DateTimeField()
    outcome = models.TextField(default="", blank=True)
    method = models.OneToOneField(
        "billing.PaymentMethod", on_delete=models.PROTECT, null=True, related_name="setup"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_setup_is_for_one_visit", fields=["setup_id"], condition=~Q(setup_id="")
            ),
            models.CheckConstraint(
                name="setup_outcome_is_known", condition=Q(outcome__in=SETUP_OUTCOMES)
            ),
            models.CheckConstraint(
                name="a_completed_setup_has_its_method",
                condition=Q(outcome="completed", method__isnull=False)
                | ~Q(outcome="completed") & Q(method__isnull=True),
            ),
            models.CheckConstraint(
                name="a_setup_ends_once",
                condition=Q(outcome="", ended_at__isnull=True)
                | ~Q(outcome="") & Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.outcome}"
