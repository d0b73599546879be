"""Makes the package known to Django."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
