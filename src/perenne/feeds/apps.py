"""Makes the package known to Django."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.feeds"
    label = "feeds"
    default_auto_field = "django.db.models.BigAutoField"
