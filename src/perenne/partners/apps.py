"""Makes the package known to Django, and partners' people to the memberships."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """The package under its short name."""

    name = "perenne.partners"
    label = "partners"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let users act for partners."""
        from perenne.accounts.memberships import register
        from perenne.partners.queries import PartnerPeople

        register(PartnerPeople())
