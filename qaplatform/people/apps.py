"""Django application of qaplatform.people."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from qaplatform.people.labeler_role import grant_to_labelers
from qaplatform.web.health import register_check
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

# What a labeler's request needs to know of people: who asks, and what they are certified for.
LABELER_RIGHTS = {
    "people_labeler": ("SELECT",),
    "people_skillgrant": ("SELECT",),
    "people_user": ("SELECT",),
    "people_vendor": ("SELECT",),
    "trail_trailentry": ("SELECT (id)", "INSERT"),
}


class PeopleConfig(AppConfig):
    """Settings of the application."""

    name = "qaplatform.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the administrator's pages on the rail, and keep the labelers' role to its rights."""
        from qaplatform.people.services.labeler_role import grant_after_migrate, see_role

        for entry in ENTRIES:
            register(entry)
        register_check("labelers' role", see_role, is_vital=True)
        grant_to_labelers(LABELER_RIGHTS)
        post_migrate.connect(grant_after_migrate, sender=self, dispatch_uid="people.grant_after_migrate")
