"""Makes the package known to Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
