"""Django application of labeling."""

from django.apps import AppConfig

from qaplatform.people.labeler_role import grant_to_labelers
from qaplatform.web.metrics import register_gauge
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
    NavEntry(
        label="People from files",
        url_name="labeling:imported_people",
        roles=frozenset({"administrator"}),
        order=82,
        icon="people",
        section="Administration",
    ),
    NavEntry(
        label="Changes to read",
        url_name="labeling:reading",
        roles=frozenset({"team_lead", "policy_owner", "qa_manager"}),
        order=35,
        icon="policy",
        section="Work",
    ),
)

READS, APPENDS = ("SELECT",), ("SELECT", "INSERT")
# What a labeler's request needs of the work itself.
LABELER_RIGHTS = {
    **dict.fromkeys(
        (
            *("labeling_policy", "labeling_policyversion", "labeling_policyversion_revisions", "labeling_clause"),
            *("labeling_clauserevision", "labeling_category", "labeling_adoption", "labeling_queue"),
            *("labeling_labelschema", "labeling_lane", "labeling_place", "labeling_optout", "labeling_acknowledgement"),
        ),
        READS,
    ),
    **dict.fromkeys(
        (
            *("labeling_label", "labeling_lateanswer", "labeling_skip", "labeling_reveal", "labeling_escalation"),
            *("labeling_endedassignment", "labeling_idempotentanswer"),
        ),
        APPENDS,
    ),
    "labeling_slot": ("SELECT", "UPDATE"),
    "labeling_item": ("SELECT", "UPDATE"),
}


class LabelingConfig(AppConfig):
    """Settings of the application."""

    name = "labeling"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the navigation and connect the receiver; it imports models, so not before those are loaded."""
        from labeling.queries.leases import expired_leases
        from labeling.queries.work_facts import facts_of_work
        from labeling.receivers import free_work, free_work_of_mover
        from qaplatform.people.queries.work_facts import register_work_facts
        from qaplatform.people.signals import account_deactivated, labeler_moved
        from qaplatform.people.views.account_links import register_account_link

        grant_to_labelers(LABELER_RIGHTS)
        account_deactivated.connect(free_work, dispatch_uid="labeling.free_work")
        labeler_moved.connect(free_work_of_mover, dispatch_uid="labeling.free_work_of_mover")
        register_work_facts("labeling", facts_of_work)
        register_gauge("qa_expired_leases", "Leases that ran out and that nobody has taken over yet.", expired_leases)
        register_account_link("Decisions from files", "labeling:joins_of_account")
        for entry in ENTRIES:
            register(entry)
