"""Django application of calibration."""

from django.apps import AppConfig

from qaplatform.web.navigation import NavEntry, register

LOOP_ENTRIES = (
    NavEntry(
        label="My quality",
        url_name="calibration:my_quality",
        roles=frozenset({"labeler"}),
        order=20,
        icon="quality",
        section="Work",
    ),
    NavEntry(
        label="Quality flags",
        url_name="calibration:flags",
        roles=frozenset({"qa_manager", "team_lead", "trainer", "vendor_manager"}),
        order=40,
        icon="flag",
        section="Quality",
    ),
    NavEntry(
        label="Calibration sets",
        url_name="calibration:sets",
        roles=frozenset({"trainer", "qa_manager"}),
        order=60,
        icon="sets",
        section="Training",
    ),
    NavEntry(
        label="Training board",
        url_name="calibration:board",
        roles=frozenset({"trainer", "qa_manager", "team_lead"}),
        order=61,
        icon="training",
        section="Training",
    ),
)

PAGE_ENTRIES = (
    NavEntry(label="Home", url_name="calibration:home", roles=frozenset(), order=0, icon="home"),
    NavEntry(
        label="Agreement",
        url_name="calibration:agreement",
        roles=frozenset({"qa_manager", "trainer", "policy_owner", "auditor"}),
        order=32,
        icon="agreement",
        section="Quality",
    ),
    NavEntry(
        label="People",
        url_name="calibration:people",
        roles=frozenset({"qa_manager", "team_lead", "vendor_manager"}),
        order=34,
        icon="people",
        section="Quality",
    ),
)


class CalibrationConfig(AppConfig):
    """Settings of the application, and the one event that it listens to."""

    name = "calibration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers; they import models, so not before those are loaded."""
        from calibration.receivers import note_stale
        from labeling.signals import label_recorded

        label_recorded.connect(note_stale, dispatch_uid="calibration.note_stale")
        for entry in (*PAGE_ENTRIES, *LOOP_ENTRIES):
            register(entry)
