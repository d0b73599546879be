"""Makes the package known to Django."""

from django.apps import AppConfig


class QuotesConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.quotes"
    label = "quotes"
    default_auto_field = "django.db.models.BigAutoField"
