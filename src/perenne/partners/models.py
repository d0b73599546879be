"""Resellers who sell and renew the vendor's subscriptions."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Partner(models.Model):
    """A reseller and how to reach it."""

    id = models.TextField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    region = models.ForeignKey("catalog.Region", on_delete=models.PROTECT, related_name="+")
    city = models.TextField(default="", blank=True)
    contact_name = models.TextField(default="", blank=True)
    email = models.TextField()
    phone = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.name


class PartnerPerson(models.Model):
    """Somebody who works for a partner, and acts for it."""

    id = models.TextField(primary_key=True)
    code = models.TextField(unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="people")
    name = models.TextField()
    email = models.TextField()
    locale = models.TextField()
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="partner_people"
    )
    deactivated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "partner", Lower("email"), name="person_listed_once_at_partner"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartnerLink(models.Model):
    """A company's consent that a partner looks after what it sold to the company.

    Ended links stay: they say who could see the company when.
    """

    id = models.TextField(primary_key=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="links")
    company = models.ForeignKey(
        "accounts.Company", on_delete=models.PROTECT, related_name="partner_links"
    )
    consented_at = models.DateTimeField()
    consented_by = models.TextField(help_text="Actor, as in the journal.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="partner_linked_once",
                fields=["partner", "company"],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} for {self.company_id}"
