"""Makes the package known to Django, and what people who leave give back."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.subscriptions"
    label = "subscriptions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the seats of those who leave released with them."""
        from perenne.accounts.operations.leaving import also_take
        from perenne.subscriptions.operations.leaving import release_seats_of

        also_take(release_seats_of)
