"""The renewal plan of each subscription, and the subscriptions set aside for a person."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class PlanRevision(models.Model):
    """What happens at ``renews_on``, as it was decided at one moment. Append-only.

    The revision in force is the one that ``Subscription.plan_revision`` names.
    """

    id = models.TextField(primary_key=True)
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    # Found by the constraint on subscription and revision.
    subscription = models.ForeignKey(
        "subscriptions.Subscription",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="plan_revisions",
    )
    revision = models.PositiveIntegerField()
    renews_automatically = models.BooleanField()
    offer = models.ForeignKey(
        "catalog.Offer", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    # None: all seats then owned.
    seats = models.PositiveIntegerField(null=True)
    payment_method = models.ForeignKey(
        "billing.PaymentMethod",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
    )
    # The customer's change that decided it; empty for the import's and the run's.
    change = models.TextField(default="", blank=True)
    # The campaign at whose price it is executed; empty for the price list's.
    campaign = models.TextField(default="", blank=True)
    # Subscriptions that this one takes in when it is executed, and the other way round.
    merges = ArrayField(models.TextField(), default=list)
    merged_into = models.ForeignKey(
        "subscriptions.Subscription",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
    )
    # First day not covered by the next term, and the anchor from then on, if that term ends on the
    # common day of several subscriptions instead of being whole.
    aligns_on = models.DateField(null=True)
    aligns_anchor = models.PositiveSmallIntegerField(null=True)
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
            models.CheckConstraint(
                name="an_aligned_plan_has_an_anchor",
                condition=Q(aligns_on__isnull=True, aligns_anchor__isnull=True)
                | Q(aligns_on__isnull=False, aligns_anchor__gte=1, aligns_anchor__lte=31),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} r{self.revision}"


class Change(models.Model):
    """What somebody was shown of a change, and that it was committed; never another price.

    Its further state is derived: from the attempts that carry its id, and from the plans.
    """

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    region = models.TextField()
    kind = models.TextField()
    subjects = ArrayField(models.TextField(), help_text="Ids of the subscriptions.")
    choices = models.JSONField()
    # Exactly what was shown; the hash names it, and a commit has to bring the same one.
    preview = models.JSONField()
    hash = models.TextField()
    made_by = models.TextField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    committed_by = models.TextField(default="", blank=True)
    committed_at = models.DateTimeField(null=True)
    business_day = models.DateField(null=True)
    # Undone while it was only planned, by whom and when.
    undone_by = models.TextField(default="", blank=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_commit_has_a_day",
                condition=Q(committed_at__isnull=True, business_day__isnull=True)
                | Q(committed_at__isnull=False, business_day__isnull=False),
            ),
            models.CheckConstraint(
                name="only_what_was_committed_is_undone",
                condition=Q(undone_at__isnull=True) | Q(committed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="changes_of_a_company", fields=["company", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class Reversal(models.Model):
    """An order that was returned, wholly or for some of its seats. Append-only."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey("billing.Order", on_delete=models.PROTECT, related_name="reversals")
    change = models.TextField()
    seats = models.PositiveIntegerField(help_text="Seats that were given back.")
    is_whole = models.BooleanField(help_text="Whether nothing of the order is left.")
    business_day = models.DateField()
    made_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="an_order_ends_once", fields=["order"], condition=Q(is_whole=True)
            ),
            models.CheckConstraint(name="a_reversal_returns_a_seat", condition=Q(seats__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} -{self.seats}"


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


class LosingChoice(models.Model):
    """Who is to lose a seat when seats become fewer, as it was decided at one moment.

    Append-only: the newest choice for a day is in force.
    """

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="losing_choices"
    )
    # First day on which there are fewer seats.
    effective_on = models.DateField()
    people = ArrayField(models.TextField(), default=list, help_text="Ids; the rule does the rest.")
    decided_on = models.DateField()
    decided_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        indexes = [
            models.Index(name="choices_for_a_day", fields=["subscription", "effective_on", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.effective_on}: {len(self.people)}"
