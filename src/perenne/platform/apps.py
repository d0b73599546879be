"""Makes the package known to Django."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.platform"
    label = "platform"
    default_auto_field = "django.db.models.BigAutoField"
