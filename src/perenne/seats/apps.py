"""Makes the package known to Django, and what people who leave give back."""

from django.apps import AppConfig


class SeatsConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.seats"
    label = "seats"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the seats, groups and places in the queue of those who leave given back."""
        from perenne.accounts.operations.leaving import also_take
        from perenne.seats.operations.leaving import give_back_everything

        also_take(give_back_everything)
