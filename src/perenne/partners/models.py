"""Resellers who sell and renew the vendor's subscriptions."""

from django.db import models


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
