"""Roles, scopes and kinds of people."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What somebody is here to do."""

    LABELER = "labeler", "Labeler"
    TEAM_LEAD = "team_lead", "Team lead"
    VENDOR_MANAGER = "vendor_manager", "Vendor manager"
    AUDITOR = "auditor", "Auditor"
    QA_MANAGER = "qa_manager", "QA manager"
    TRAINER = "trainer", "Trainer"
    POLICY_OWNER = "policy_owner", "Policy owner"
    ESCALATION = "escalation", "Escalation"
    ADMINISTRATOR = "administrator", "Administrator"


class Scope(TextChoices):
    """How far a membership reaches."""

    PLATFORM = "platform", "All vendors"
    VENDOR = "vendor", "One vendor"
    TEAM = "team", "One team"


class LabelerKind(TextChoices):
    """Who labels."""

    PERSON = "person", "Person"
    MODEL = "model", "Model"
    EXTERNAL = "external", "Known from imported decisions"


class GrantSource(TextChoices):
    """Why a skill was granted."""

    CERTIFICATION = "certification", "Certification"
    MANUAL = "manual", "Granted by hand"
    IMPORT = "import", "Taken over from elsewhere"
