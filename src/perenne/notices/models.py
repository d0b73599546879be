"""Mails, and which subject and milestone each of them told to whom: the evidence of notice."""

from django.db import models
from django.db.models import Q

MAIL_STATES = ("waiting", "sending", "sent", "failed", "unknown", "skipped")


class Mail(models.Model):
    """One mail to one person, rendered once; then only its delivery state moves."""

    id = models.TextField(primary_key=True)
    # None: to the vendor's staff, to a partner, or to a user who acts for several.
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, null=True, related_name="+"
    )
    kind = models.TextField()
    # The fact that it tells of; None for what tells of notices instead, or of nothing.
    fact = models.ForeignKey(
        "platform.JournalEntry", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # What its secret link is for (accounts/links.py): the secret itself is only made when the
    # mail is handed over, so that nobody who reads the table can use it.
    seal = models.TextField(default="", blank=True)
    to_name = models.TextField()
    to_address = models.TextField()
    locale = models.TextField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField()
    # SHA-256 of subject, text and HTML: proves later what was said.
    rendered_hash = models.CharField(max_length=64)
    template_version = models.TextField()
    # Id that groups it with others in mail programs; empty where contracts do.
    thread = models.TextField(default="", db_default="", blank=True)
    business_day = models.DateField()
    state = models.TextField(default="waiting")
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(help_text="Next try of delivery.")
    last_error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="mail_state_is_known", condition=Q(state__in=MAIL_STATES)),
            models.UniqueConstraint(
                name="fact_told_once_to_each",
                fields=["fact", "to_address"],
                condition=Q(fact__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="mail_to_be_sent",
                fields=["not_before", "id"],
                condition=Q(state__in=["waiting", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to_address}"


class Notice(models.Model):
    """That a person was told of one milestone of one subject; at most once. Append-only."""

    id = models.BigAutoField(primary_key=True)
    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, related_name="notices")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="notices"
    )
    # The renewal that it is about: the next term's milestones are other ones.
    renews_on = models.DateField()
    kind = models.TextField()
    milestone = models.TextField(help_text="Days before renews_on, such as 30.")
    # Id of a person or of a member of staff.
    recipient = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="told_once",
                fields=["subscription", "renews_on", "kind", "milestone", "recipient"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.milestone} of {self.subscription_id}"
