"""Django application of labeling."""

from django.apps import AppConfig

from qaplatform.web.navigation import NavEntry, register

MANAGERS = frozenset({"qa_manager", "trainer"})

ENTRIES = (
    NavEntry(
        label="Work", url_name="labeling:work", roles=frozenset({"labeler"}), order=10, icon="work", section="Work"
    ),
    NavEntry(label="Queues", url_name="labeling:queues", roles=MANAGERS, order=30, icon="queue", section="Work"),
    NavEntry(
        label="Imports",
        url_name="labeling:imports",
        roles=frozenset({"qa_manager"}),
        order=32,
        icon="import",
        section="Work",
    ),
    NavEntry(
        label="Policies",
        url_name="labeling:policies",
        roles=MANAGERS | {"policy_owner"},
        order=34,
        icon="policy",
        section="Work",
    ),
)


class LabelingConfig(AppConfig):
    """Settings of the application."""

    name = "labeling"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the navigation and connect the receiver; it imports models, so not before those are loaded."""
        from labeling.receivers import free_leases
        from qaplatform.people.signals import account_deactivated

        account_deactivated.connect(free_leases, dispatch_uid="labeling.free_leases")
        for entry in ENTRIES:
            register(entry)
