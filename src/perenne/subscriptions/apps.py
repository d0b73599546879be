"""Makes the package known to Django."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.subscriptions"
    label = "subscriptions"
    default_auto_field = "django.db.models.BigAutoField"
