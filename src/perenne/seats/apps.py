"""Makes the package known to Django."""

from django.apps import AppConfig


class SeatsConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.seats"
    label = "seats"
    default_auto_field = "django.db.models.BigAutoField"
