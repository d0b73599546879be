"""What every package stands on: the journal of facts, and the demo's clock."""

from django.db import models


class JournalEntry(models.Model):
    """One fact, written in the transaction of its effect; never changed.

    Mails, pages and webhooks are fed from here: a fact that was rolled back was never told.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField(help_text="Stable name of the fact, such as subscription.renewed.")
    # Ids as text: the journal lies below all packages whose rows it names.
    subject = models.TextField(help_text="Id of what it happened to.")
    company = models.TextField(
        default="", help_text="Id of the tenant; empty for the vendor's own."
    )
    region = models.TextField(default="")
    # The business day for which a run did it, or the day in the region on which a person did.
    business_day = models.DateField()
    happened_at = models.DateTimeField()
    actor = models.TextField(
        help_text="run, import, person:…, partner:…, staff:…, user:… or command"
    )
    facts = models.JSONField(default=dict)
    # Facts that a repeated run must not tell twice carry a key; the others leave it empty.
    once_key = models.TextField(null=True)  # noqa: DJ001 - NULLs do not collide, '' would

    class Meta:
        constraints = [
            models.UniqueConstraint(name="fact_told_once", fields=["subject", "kind", "once_key"]),
        ]
        indexes = [
            models.Index(name="journal_by_subject", fields=["subject", "id"]),
            models.Index(name="journal_by_day", fields=["region", "business_day", "kind"]),
            models.Index(name="journal_by_company", fields=["company", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.business_day} {self.kind} {self.subject}"


class UntoldFact(models.Model):
    """A fact of which somebody is still to be told by mail; the row goes with the mail's writing.

    A queue in the transaction of the fact: nothing is told that did not happen, and nothing that
    happened stays untold.
    """

    fact = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, primary_key=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"untold {self.fact_id}"


class TurnedClock(models.Model):
    """The one clock of a demo: stands at a day until somebody turns it."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    stands_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="there_is_one_clock", condition=models.Q(id=1)),
        ]

    def __str__(self) -> str:
        return f"stands on {self.stands_on}"
