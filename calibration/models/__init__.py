"""Gold, placements, measurements, flags, training and certification."""

from calibration.models.flags import Dispute, EvidenceRow, Flag, FlagEvent, FlagReply, SkillSuspension
from calibration.models.gold import GoldAnswer, GoldItem
from calibration.models.measurements import GoldScore, MetricSnapshot, StaleMark, StandingRecord, Watch, WeeklyTest
from calibration.models.sampling import Placement, SamplingPlan
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
    "Attempt",
    "AttemptAnswer",
    "CalibrationSet",
    "Certification",
    "CoachingPlan",
    "CoachingStep",
    "Dispute",
    "EvidenceRow",
    "Flag",
    "FlagEvent",
    "FlagReply",
    "GoldAnswer",
    "GoldItem",
    "GoldScore",
    "MetricSnapshot",
    "Placement",
    "SamplingPlan",
    "SetItem",
    "SkillSuspension",
    "StaleMark",
    "StandingRecord",
    "Watch",
    "WeeklyTest",
]
