"""Django application of calibration."""

from django.apps import AppConfig

from qaplatform.people.labeler_role import grant_to_labelers
from qaplatform.web.metrics import register_gauge
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

WORD_ENTRIES = (
    NavEntry(label="Words", url_name="calibration:glossary", roles=frozenset(), order=200, icon="book", section="Help"),
)

GOLD_ENTRIES = (
    NavEntry(
        label="Gold",
        url_name="calibration:gold",
        roles=frozenset({"qa_manager", "policy_owner", "trainer"}),
        order=45,
        icon="gold",
        section="Quality",
    ),
    NavEntry(
        label="Suspicions",
        url_name="calibration:suspicions",
        roles=frozenset({"qa_manager", "policy_owner"}),
        order=46,
        icon="health",
        section="Quality",
    ),
)


JOB_ENTRIES = (
    NavEntry(
        label="Jobs",
        url_name="calibration:jobs",
        roles=frozenset({"administrator"}),
        order=83,
        icon="health",
        section="Administration",
    ),
)

ESCALATION_ENTRIES = (
    NavEntry(
        label="Escalations",
        url_name="calibration:escalations",
        roles=frozenset({"escalation"}),
        order=41,
        icon="flag",
        section="Quality",
    ),
)

AUDIT_ENTRIES = (
    NavEntry(
        label="Audits",
        url_name="calibration:audits",
        roles=frozenset({"qa_manager", "auditor"}),
        order=42,
        icon="audit",
        section="Quality",
    ),
    NavEntry(
        label="Disagreements",
        url_name="calibration:disagreements",
        roles=frozenset({"qa_manager", "policy_owner"}),
        order=43,
        icon="disagreement",
        section="Quality",
    ),
)


class CalibrationConfig(AppConfig):
    """Settings of the application, and the one event that it listens to."""

    name = "calibration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers; they import models, so not before those are loaded."""
        from calibration.receivers import keep_scored_answers, move_joined_scores, note_stale, suspend_changed
        from labeling.signals import label_recorded, labelers_joined, policy_adopted, revision_asked

        grant_to_labelers({"calibration_stalemark": ("INSERT",)})
        labelers_joined.connect(move_joined_scores, dispatch_uid="calibration.move_joined_scores")
        label_recorded.connect(note_stale, dispatch_uid="calibration.note_stale")
        revision_asked.connect(keep_scored_answers, dispatch_uid="calibration.keep_scored_answers")
        policy_adopted.connect(suspend_changed, dispatch_uid="calibration.suspend_changed")
        for entry in (
            *PAGE_ENTRIES,
            *LOOP_ENTRIES,
            *GOLD_ENTRIES,
            *ESCALATION_ENTRIES,
            *AUDIT_ENTRIES,
            *JOB_ENTRIES,
            *WORD_ENTRIES,
        ):
            register(entry)
        self._join_labeling()
        self._join_health()

    def _join_health(self) -> None:
        """Old figures, and those that a recomputation does not confirm, are told with the state of the service."""
        from calibration.queries.verifications import see_figures
        from calibration.queries.waiting_marks import oldest_mark_seconds, see_counting
        from qaplatform.web.health import register_check

        register_check("figures", see_figures)
        register_check("counting", see_counting)
        register_gauge(
            "qa_oldest_stale_mark_seconds", "Age of the oldest answer that no figure counts yet.", oldest_mark_seconds
        )

    def _join_labeling(self) -> None:
        """Gold is imported on labeling's pages, and measuring is a page of each queue."""
        from calibration.forms.gold import GoldColumnsForm
        from calibration.queries.flag_requeues import flags_behind
        from calibration.queries.gold_consequences import gold_consequence
        from calibration.queries.plan_figures import gold_words
        from calibration.services import decision_columns
        from calibration.services.gold_import import gold_fields, import_gold
        from calibration.views.set_desks import notes_of_set
        from labeling.enums import ImportKind
        from labeling.forms.imports import register_columns_form
        from labeling.queries.consequences import register_consequence
        from labeling.queries.queue_words import register_queue_words
        from labeling.queries.requeues import register_occasions
        from labeling.services.imports.kinds import Importer, register_importer
        from labeling.services.imports.references import ReferenceKeeper, register_reference_keeper
        from labeling.views.desk_notes import register_desk_notes
        from labeling.views.import_results import register_import_result
        from labeling.views.queue_tabs import register_queue_tab

        register_importer(ImportKind.GOLD, Importer(gold_fields, import_gold))
        register_columns_form(ImportKind.GOLD, GoldColumnsForm)
        kept = decision_columns
        register_reference_keeper(ReferenceKeeper(kept.set_up, kept.store, kept.against_undo, kept.undo))
        register_import_result("See the first result", "calibration:first_result")
        register_queue_tab("Measuring", "calibration:plan")
        register_queue_tab("Joint answers", "calibration:consensus")
        register_consequence(gold_consequence)
        register_queue_words(gold_words)
        register_occasions(flags_behind)
        register_desk_notes(notes_of_set)
