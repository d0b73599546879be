"""Makes the package known to Django."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"
