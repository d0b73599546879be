"""Makes the package known to Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
