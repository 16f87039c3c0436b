"""States and kinds of measuring and improving."""

from django.db.models import TextChoices


class GoldState(TextChoices):
    """Where a gold item stands."""

    PROPOSED = "proposed", "Waiting for approval"
    LIVE = "live", "Live"
    SUSPENDED = "suspended", "Suspended"
    RETIRED = "retired", "Retired"


class GoldPool(TextChoices):
    """What a gold item is used for; pools never mix."""

    MONITORING = "monitoring", "Monitoring"
    TRAINING = "training", "Training"
    EXAM = "exam", "Exam"


class GoldMode(TextChoices):
    """How often one gold item is shown."""

    MATCHED = "matched", "Matched: as rarely as ordinary items, hard to spot"
    POOLED = "pooled", "Pooled: each gold item is seen by everybody, easier to spot"


class Purpose(TextChoices):
    """Why a slot was placed."""

    GOLD = "gold", "Gold"
    SET = "set", "Calibration set"


class Reference(TextChoices):
    """What an accuracy is measured against."""

    GOLD = "gold", "Gold"
    AUDIT_BLIND = "audit_blind", "Blind audit"
    AUDIT_SEEN = "audit_seen", "Audit with the answer in view"
    CONSENSUS = "consensus", "Consensus"


class AuditOrigin(TextChoices):
    """Where audits come from."""

    DRAWN = "drawn", "Drawn here"
    IMPORTED = "imported", "Came with a file"


class AuditDraw(TextChoices):
    """How decisions are drawn for an audit."""

    RANDOM = "random", "At random from all decisions"
    LABELER = "labeler", "The same number for each person"
    CATEGORY = "category", "The same number for each answer given"
    VENDOR = "vendor", "The same number for each vendor"


class AdjudicationOutcome(TextChoices):
    """What one person decides about a disagreement between labeler and auditor."""

    STANDS = "stands", "The decision stands: the auditor erred"
    OVERTURNED = "overturned", "Overturned: the decision was wrong"
    UNCLEAR = "unclear", "The policy is unclear: it leaves the score and goes to the policy owner"


class Metric(TextChoices):
    """What a snapshot measures."""

    AGREEMENT = "agreement", "Agreement"
    ACCURACY = "accuracy", "Accuracy"
    ATTRIBUTION = "attribution", "Where disagreement comes from"


class Cut(TextChoices):
    """By what a snapshot is cut."""

    QUEUE = "queue", "Queue"
    WEEK = "week", "Week"
    CLAUSE = "clause", "Clause"
    CATEGORY = "category", "Category"
    LANGUAGE = "language", "Language"
    VENDOR = "vendor", "Vendor"
    VENDOR_PAIR = "vendor_pair", "Between two vendors"
    TEAM = "team", "Team"
    LABELER = "labeler", "Labeler"


class WatchLevel(TextChoices):
    """How a CUSUM stands."""

    QUIET = "quiet", "In control"
    WATCH = "watch", "Watch"
    ALARM = "alarm", "Alarm"


class FlagCause(TextChoices):
    """The two things that open a flag."""

    CUSUM = "cusum", "CUSUM alarm"
    WEEKLY_TEST = "weekly_test", "Weekly test"


class ErrorKind(TextChoices):
    """Which way answers are wrong."""

    FALSE_POSITIVE = "false_positive", "Over-enforces: sees violations that are none"
    FALSE_NEGATIVE = "false_negative", "Under-enforces: misses violations"
    WRONG_SELECTION = "wrong_selection", "Picks the wrong category"
    MIXED = "mixed", "Mixed errors"


class FlagState(TextChoices):
    """Where a flag stands; disputed is a mark beside the state."""

    OPEN = "open", "Needs a decision"
    DISMISSED = "dismissed", "Dismissed"
    COACHING = "coaching", "Coaching"
    RETRAINING = "retraining", "Retraining"
    RECERTIFIED = "recertified", "Recertified"
    CLOSED = "closed", "Closed"


class FlagDecision(TextChoices):
    """What a person decides about a flag; the last one is what passing an exam does."""

    DISMISS = "dismiss", "Dismiss: the finding does not hold"
    WATCH = "watch", "Watch on: no measure now, the check starts again from zero"
    COACH = "coach", "Coach: a plan made from the errors, signed by both sides"
    RETRAIN = "retrain", "Retrain: calibration sets, and a proposal to suspend the certification"
    CLOSE = "close", "Close: the work on this flag ends without a new certification"
    RECERTIFY = "recertify", "Recertified by passing an exam"


class SuspensionState(TextChoices):
    """Where a proposed suspension stands."""

    PROPOSED = "proposed", "Waits for a second QA manager"
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"
    LIFTED = "lifted", "Lifted"


class DisputeState(TextChoices):
    """Where a dispute stands."""

    OPEN = "open", "Waits for an independent decision"
    UPHELD = "upheld", "The expected answer stands"
    OVERTURNED = "overturned", "The labeler was right: the item leaves the score"
    GOLD_CORRECTED = "gold_corrected", "The gold was wrong and was corrected"
    LAPSED = "lapsed", "Not decided in time: the item leaves the score"


class SetPurpose(TextChoices):
    """What a calibration set is for."""

    PRACTICE = "practice", "Practice: answer and reason after each item"
    EXAM = "exam", "Exam: no answers until the end"


class AttemptState(TextChoices):
    """How far somebody is with a set."""

    ASSIGNED = "assigned", "Not started"
    STARTED = "started", "Started"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Not passed"
    CANCELLED = "cancelled", "Cancelled"


class SuspicionKind(TextChoices):
    """What a search looks for."""

    WRONG_GOLD = "wrong_gold", "Gold that is probably wrong"
    LEAKED_GOLD = "leaked_gold", "Gold that has probably got about"
    COPYING = "copying", "Two people who share wrong answers"
    SPEEDING = "speeding", "Answers too fast to have been read, and worse for it"
    LONG_RUNS = "long_runs", "Long runs of one answer"


class SuspicionState(TextChoices):
    """Where a suspicion stands."""

    OPEN = "open", "To be looked into"
    CONFIRMED = "confirmed", "Confirmed"
    DISMISSED = "dismissed", "Dismissed"


class Aggregator(TextChoices):
    """How several answers become one."""

    MAJORITY = "majority", "Majority"
    DAWID_SKENE = "dawid_skene", "Dawid-Skene"
    ONE_COIN = "one_coin", "One-coin"
    GLAD = "glad", "GLAD"
