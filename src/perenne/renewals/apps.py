"""Makes the package known to Django."""

from django.apps import AppConfig


class RenewalsConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.renewals"
    label = "renewals"
    default_auto_field = "django.db.models.BigAutoField"
