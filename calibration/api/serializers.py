"""What the API of calibration says, field by field."""

from rest_framework import serializers


class EstimateOut(serializers.Serializer):
    """A value with its interval; null where it cannot be told, for the reason in `status`."""

    value = serializers.FloatField(allow_null=True)
    lower = serializers.FloatField(allow_null=True)
    upper = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField()
    n = serializers.IntegerField()
    status = serializers.CharField()


class PopulationOut(serializers.Serializer):
    """Which slots, reference, clause revisions, versions and period a figure counts."""

    queue = serializers.CharField()
    queue_id = serializers.CharField()
    question = serializers.CharField()
    slots = serializers.CharField()
    reference = serializers.CharField()
    clauses = serializers.ListField(child=serializers.CharField())
    versions = serializers.ListField(child=serializers.IntegerField())
    since = serializers.CharField(allow_null=True)
    until = serializers.CharField(allow_null=True)


class AgreementOut(serializers.Serializer):
    """One cut's agreement."""

    key = serializers.CharField()
    name = serializers.CharField()
    alpha = EstimateOut()
    percent = EstimateOut()
    ac1 = EstimateOut()
    fleiss = EstimateOut()
    n_items = serializers.IntegerField()
    n_ratings = serializers.IntegerField()
    n_pairable = serializers.IntegerField()
    population = PopulationOut()
    computed_at = serializers.DateTimeField()


class AccuracyOut(serializers.Serializer):
    """One cut's accuracy, against the reference that the population names."""

    key = serializers.CharField()
    name = serializers.CharField()
    accuracy = EstimateOut()
    n = serializers.IntegerField()
    correct = serializers.IntegerField()
    target = serializers.FloatField()
    answers_to_settle = serializers.IntegerField(
        allow_null=True,
        help_text="About how many more answers settle the standing; 0: none, null: it cannot be told.",
    )
    false_positive = EstimateOut()
    false_negative = EstimateOut()
    false_positives = serializers.IntegerField()
    false_negatives = serializers.IntegerField()
    wrong_selections = serializers.IntegerField()
    cannot_tell = serializers.IntegerField()
    has_unequal_chances = serializers.BooleanField()
    is_weighted = serializers.BooleanField()
    reference = serializers.CharField(source="population.reference")
    population = PopulationOut()
    computed_at = serializers.DateTimeField()


class AgreementMetricsOut(serializers.Serializer):
    """Agreement of a queue's question by one cut."""

    queue = serializers.UUIDField(source="queue_id")
    question = serializers.CharField()
    counted_at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField()
    headline = AgreementOut(allow_null=True)
    figures = AgreementOut(source="rows", many=True)


class ErrorKindsOut(serializers.Serializer):
    """Errors by kind, and the two rates."""

    false_positives = serializers.IntegerField()
    false_negatives = serializers.IntegerField()
    wrong_selections = serializers.IntegerField()
    cannot_tell = serializers.IntegerField()
    false_positive = EstimateOut()
    false_negative = EstimateOut()


class ConfusionOut(serializers.Serializer):
    """Expected answers in rows, given ones in columns."""

    expected = serializers.ListField(child=serializers.CharField())
    given = serializers.ListField(child=serializers.CharField())
    cells = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class ClauseAccuracyOut(serializers.Serializer):
    """Accuracy on one clause."""

    code = serializers.CharField()
    title = serializers.CharField()
    accuracy = EstimateOut()
    wrong = serializers.IntegerField(source="errors")


class StandingOut(serializers.Serializer):
    """A standing as it was declared."""

    declared_on = serializers.DateField()
    standing = serializers.CharField()
    accuracy = EstimateOut()
    target = serializers.FloatField()


class WatchOut(serializers.Serializer):
    """Where the CUSUM of a labeler stands."""

    level = serializers.CharField()
    n = serializers.IntegerField()
    limit = serializers.FloatField()
    started_at = serializers.DateTimeField()
    started_why = serializers.CharField()
    alarm_index = serializers.IntegerField(allow_null=True)
    change_index = serializers.IntegerField(allow_null=True)


class DisputedOut(serializers.Serializer):
    """The accuracy with the answers whose dispute is open, and without them; null where none is disputed."""

    with_disputed = EstimateOut()
    without_disputed = EstimateOut()
    disputed = serializers.IntegerField()
    disputed_wrong = serializers.IntegerField()


class QueueScorecardOut(serializers.Serializer):
    """One queue of a scorecard."""

    queue = serializers.UUIDField(source="queue_id")
    queue_name = serializers.CharField()
    question = serializers.CharField()
    target = serializers.FloatField()
    accuracy = EstimateOut()
    standing = serializers.CharField()
    declared_on = serializers.DateField(allow_null=True)
    answers_to_settle = serializers.IntegerField(
        allow_null=True,
        help_text="About how many more answers settle the standing; 0: none, null: it cannot be told.",
    )
    settle_words = serializers.CharField()
    n_base = serializers.IntegerField()
    n_extra = serializers.IntegerField()
    confusion = ConfusionOut(allow_null=True)
    error_kinds = ErrorKindsOut(source="errors", allow_null=True)
    clauses = ClauseAccuracyOut(many=True)
    watch = WatchOut(allow_null=True)
    standings = StandingOut(many=True)
    disputed = DisputedOut(allow_null=True)
    has_unequal_chances = serializers.BooleanField()
    is_weighted = serializers.BooleanField()
    population = PopulationOut(allow_null=True)


class ScorecardOut(serializers.Serializer):
    """A labeler's scorecard; no item is named."""

    labeler = serializers.UUIDField(source="person.labeler_id")
    name = serializers.CharField(source="person.name")
    vendor = serializers.CharField(source="person.vendor")
    team = serializers.CharField(source="person.team")
    accuracy = EstimateOut(source="person.accuracy")
    standing = serializers.CharField(source="person.standing")
    declared_on = serializers.DateField(source="person.declared_on", allow_null=True)
    answers_to_settle = serializers.IntegerField(
        allow_null=True,
        source="person.answers_to_settle",
        help_text="About how many more answers settle the standing; 0: none, null: it cannot be told.",
    )
    reference = serializers.CharField()
    queues = QueueScorecardOut(many=True)


class FlagOut(serializers.Serializer):
    """A quality flag: what was found, and where it stands."""

    id = serializers.UUIDField(source="public_id")
    labeler = serializers.UUIDField(source="labeler.public_id")
    labeler_name = serializers.CharField(source="labeler.display_name")
    queue = serializers.UUIDField(source="queue.public_id")
    queue_name = serializers.CharField(source="queue.name")
    cause = serializers.CharField()
    state = serializers.CharField()
    is_disputed = serializers.BooleanField()
    error_kind = serializers.CharField()
    words = serializers.CharField(source="finding.words", default="")
    n = serializers.IntegerField(source="finding.n", default=None)
    wrong = serializers.IntegerField(source="finding.wrong_count", default=None)
    p_value = serializers.FloatField(source="finding.p_value", default=None)
    population = serializers.JSONField(source="finding.population", default=None)
    opened_at = serializers.DateTimeField()
    reply_due_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class GoldOut(serializers.Serializer):
    """The newest answer of a gold item."""

    id = serializers.UUIDField(source="gold_id")
    item = serializers.UUIDField(source="item_id")
    external_id = serializers.CharField()
    queue_name = serializers.CharField()
    state = serializers.CharField()
    pool = serializers.CharField()
    question = serializers.CharField()
    accepted = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    clause = serializers.CharField()
    number = serializers.IntegerField()
    author = serializers.CharField()
    approver = serializers.CharField()
    approved_at = serializers.DateTimeField(allow_null=True)
    approved_alone = serializers.BooleanField()
    approved_elsewhere = serializers.CharField()
    answers = serializers.IntegerField()
    right = serializers.IntegerField()
