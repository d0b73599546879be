"""Revenue that was earned, and periods whose books are closed."""

from django.db import models
from django.db.models import Q


class RevenueRelease(models.Model):
    """Revenue of one company that its days through a day have earned. Append-only."""

    id = models.TextField(primary_key=True)
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    through = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_release_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.through} {self.amount_minor}"


class ReleasedLine(models.Model):
    """What an order line had earned more through a day. Append-only."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(RevenueRelease, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(
        "billing.OrderLine", on_delete=models.PROTECT, related_name="releases"
    )
    through = models.DateField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_line_is_released_once", fields=["order_line", "through"]
            ),
            models.CheckConstraint(
                name="a_released_line_is_positive", condition=Q(amount_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id} {self.through} {self.amount_minor}"


class RevenueMark(models.Model):
    """A day through which all revenue of a region was released. The latest is the mark."""

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    through = models.DateField()
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="released_through_once", fields=["region", "through"]),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.through}"


class PeriodClose(models.Model):
    """Somebody's word that a region's books are complete through a day. Append-only."""

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    through = models.DateField()
    closed_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_period_is_closed_once", fields=["region", "through"]),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.through}"
