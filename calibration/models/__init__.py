"""Gold, audits, placements, measurements, flags, training and certification."""

from calibration.models.audits import Adjudication, Audit, AuditedLabel, ItemAdjudication
from calibration.models.consensus import ConsensusAnswer, ConsensusRun
from calibration.models.demo import DemoLoad
from calibration.models.flags import (
    BurntGold,
    Dispute,
    EmergencyPause,
    EvidenceRow,
    Flag,
    FlagEvent,
    FlagReply,
    SkillSuspension,
)
from calibration.models.gold import GoldAnswer, GoldItem
from calibration.models.integrity import GoldHealth, Suspicion, Verification
from calibration.models.measurements import (
    GoldScore,
    GroupStanding,
    MetricSnapshot,
    Recount,
    StaleMark,
    StandingRecord,
    Watch,
    WeeklyTest,
)
from calibration.models.sampling import Placement, SamplingPlan, TeamSightings
from calibration.models.training import (
    Attempt,
    AttemptAnswer,
    CalibrationSet,
    Certification,
    CoachingPlan,
    CoachingStep,
    SetItem,
)

__all__ = [
    "Adjudication",
    "Attempt",
    "AttemptAnswer",
    "Audit",
    "AuditedLabel",
    "BurntGold",
    "CalibrationSet",
    "Certification",
    "CoachingPlan",
    "CoachingStep",
    "ConsensusAnswer",
    "ConsensusRun",
    "DemoLoad",
    "Dispute",
    "EmergencyPause",
    "EvidenceRow",
    "Flag",
    "FlagEvent",
    "FlagReply",
    "GoldAnswer",
    "GoldHealth",
    "GoldItem",
    "GoldScore",
    "GroupStanding",
    "ItemAdjudication",
    "MetricSnapshot",
    "Placement",
    "Recount",
    "SamplingPlan",
    "SetItem",
    "SkillSuspension",
    "StaleMark",
    "StandingRecord",
    "Suspicion",
    "TeamSightings",
    "Verification",
    "Watch",
    "WeeklyTest",
]
