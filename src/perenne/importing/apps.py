"""Makes the package known to Django."""

from django.apps import AppConfig


class ImportingConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.importing"
    label = "importing"
    default_auto_field = "django.db.models.BigAutoField"
