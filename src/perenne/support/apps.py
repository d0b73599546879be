"""Makes the package known to Django."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.support"
    label = "support"
    default_auto_field = "django.db.models.BigAutoField"
