"""Django application of qaplatform.people."""

from django.apps import AppConfig

from qaplatform.web.navigation import NavEntry, register

ADMINISTRATOR = frozenset({"administrator"})
ENTRIES = (
    NavEntry(
        label="Accounts",
        url_name="people:accounts",
        roles=ADMINISTRATOR,
        order=80,
        icon="people",
        section="Administration",
    ),
    NavEntry(
        label="Vendors",
        url_name="people:vendors",
        roles=ADMINISTRATOR,
        order=81,
        icon="vendor",
        section="Administration",
    ),
    NavEntry(
        label="Change password",
        url_name="account_change_password",
        roles=frozenset(),
        order=91,
        icon="settings",
        section="My account",
    ),
    NavEntry(
        label="API tokens",
        url_name="people:tokens",
        roles=frozenset(),
        order=90,
        icon="settings",
        section="My account",
    ),
)


class PeopleConfig(AppConfig):
    """Settings of the application."""

    name = "qaplatform.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the administrator's pages on the rail."""
        for entry in ENTRIES:
            register(entry)
