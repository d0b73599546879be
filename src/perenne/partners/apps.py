"""Makes the package known to Django."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.partners"
    label = "partners"
    default_auto_field = "django.db.models.BigAutoField"
