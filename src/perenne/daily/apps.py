"""Makes the package known to Django."""

from django.apps import AppConfig


class DailyConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.daily"
    label = "daily"
    default_auto_field = "django.db.models.BigAutoField"
