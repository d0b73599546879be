"""Makes the package known to Django."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
