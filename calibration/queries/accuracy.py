"""Accuracy for pages: read from snapshots, each figure with its reference and population."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from calibration.enums import Cut, DisputeState, Metric, Reference
from calibration.models import EvidenceRow, GoldScore, MetricSnapshot
from calibration.queries.agreement import main_questions
from calibration.queries.clauses import read_versions, revisions_in_force
from calibration.queries.draws import weighted_in
from calibration.queries.error_kinds import count_errors
from calibration.queries.populations import Population
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.settling import more_to_settle, more_to_settle_group
from calibration.queries.windows import own_starts, window_start
from calibration.stats import ConfusionTally, Estimate, proportion
from labeling.models import ClauseRevision, Queue
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from qaplatform.people.queries.scopes import visible_labelers, visible_teams, visible_vendors

# Roles that see results of the people they cover; an administrator keeps accounts and sees no scorecard.
RESULT_ROLES = frozenset({Role.TEAM_LEAD, Role.VENDOR_MANAGER, Role.QA_MANAGER})
NO_CLAUSE = "none"


@dataclass(frozen=True, kw_only=True)
class AccuracyFigure:
    """Accuracy of one cut. `accuracy` carries the interval that fits it: Wilson for a person, clustered for a group.

    Where decisions drawn with unlike probabilities can be weighted, it is the weighted share; counts are plain.
    `answers_to_settle`: 0 where a standing is told, None where it cannot be or chances are unlike.
    """

    key: str
    name: str
    accuracy: Estimate
    n: int
    correct: int
    false_positive: Estimate
    false_negative: Estimate
    false_positives: int
    false_negatives: int
    wrong_selections: int
    cannot_tell: int
    target: float
    has_unequal_chances: bool
    is_weighted: bool
    answers_to_settle: int | None
    population: Population
    computed_at: datetime


@dataclass(frozen=True, kw_only=True)
class DisputedSplit:
    """Somebody's accuracy against gold with the answers whose dispute is open, and without them."""

    with_disputed: Estimate
    without_disputed: Estimate
    disputed: int
    disputed_wrong: int

    @property
    def words(self) -> str:
        """How many of the errors are disputed; empty where none is."""
        if not self.disputed:
            return ""
        answers = "answer is" if self.disputed == 1 else "answers are"
        return f"{self.disputed} counted {answers} disputed; a dispute neither clears nor convicts until it is decided."


def accuracy_with_and_without_disputed(
    labeler: Labeler, queue: Queue, *, now: datetime, since: datetime | None = None
) -> DisputedSplit:
    """One person's base gold of the queue's main question in the declared window, or later if `since` says so."""
    start = window_start(now)
    start = max(own_starts(queue, since=start, until=now).get(labeler.pk, start), since or start)
    in_force = revisions_in_force(read_versions(queue), queue).ids
    disputed = EvidenceRow.objects.filter(score=OuterRef("pk"), dispute__state=DisputeState.OPEN)
    rows = GoldScore.objects.filter(
        Q(clause_revision=None) | Q(clause_revision__in=in_force),
        labeler=labeler,
        queue=queue,
        question=main_questions([queue]).get(queue.pk, ""),
        reference=Reference.GOLD,
        is_base=True,
        ended_at=None,
        answered_at__gte=start,
        answered_at__lt=now,
    )
    return split_disputed(rows.annotate(is_disputed=Exists(disputed)).values_list("is_correct", "is_disputed"))


def split_disputed(rows: Iterable[tuple[bool, bool]]) -> DisputedSplit:
    """The two figures of answers given as (right, disputed)."""
    counted = list(rows)
    kept = [is_correct for is_correct, is_disputed in counted if not is_disputed]
    held = [is_correct for is_correct, is_disputed in counted if is_disputed]
    return DisputedSplit(
        with_disputed=proportion(sum(kept) + sum(held), len(counted)),
        without_disputed=proportion(sum(kept), len(kept)),
        disputed=len(held),
        disputed_wrong=len(held) - sum(held),
    )


def accuracy_figures(
    access: Access, queue: Queue, cut: Cut, *, reference: Reference = Reference.GOLD
) -> tuple[AccuracyFigure, ...]:
    """Figures of a queue's main question by cut against one reference, only as far as the access reaches."""
    names = _visible_names(access, queue, cut)
    asked = main_questions([queue]).get(queue.pk, "")
    question = next((found for found in read_questions(queue) if found.key == asked), None)
    if question is None:
        return ()
    rows = MetricSnapshot.objects.filter(
        queue=queue, question=asked, metric=Metric.ACCURACY, cut=cut, key__in=names, reference=reference
    ).order_by("key")
    return tuple(_figure(row, names[row.key], question) for row in rows)


def _figure(row: MetricSnapshot, name: str, question: MeasuredQuestion) -> AccuracyFigure:
    tally = ConfusionTally.from_json(row.tally)
    errors = count_errors(tally, question)
    shown = "accuracy" if row.cut == Cut.LABELER else "judged"
    weighted = weighted_in(row.estimates)
    return AccuracyFigure(
        key=row.key,
        name=name,
        accuracy=weighted or Estimate.from_json(row.estimates[shown]),
        n=tally.n,
        correct=tally.right,
        false_positive=errors.false_positive,
        false_negative=errors.false_negative,
        false_positives=errors.false_positives,
        false_negatives=errors.false_negatives,
        wrong_selections=errors.wrong_selections,
        cannot_tell=errors.cannot_tell,
        target=row.estimates["target"],
        has_unequal_chances=row.estimates.get("has_unequal_chances", False),
        is_weighted=weighted is not None,
        answers_to_settle=_more(row, tally),
        population=Population.from_json(row.population),
        computed_at=row.computed_at,
    )


def _more(row: MetricSnapshot, tally: ConfusionTally) -> int | None:
    """How many more answers would settle a standing against the target."""
    if row.estimates.get("has_unequal_chances"):
        return None
    target = row.estimates["target"]
    if row.cut == Cut.LABELER:
        return more_to_settle(tally.right, tally.n, target=target)
    return more_to_settle_group(Estimate.from_json(row.estimates["judged"]), target=target)


def _visible_names(access: Access, queue: Queue, cut: Cut) -> dict[str, str]:
    """Keys of a cut that this access may see, with their names; a whole queue is for those who cover everybody."""
    covers_everybody = access.reach(RESULT_ROLES).everything
    if cut == Cut.LABELER:
        people = visible_labelers(access, roles=RESULT_ROLES)
        return _as_text(people.values_list("public_id", "display_name"))
    if cut == Cut.TEAM:
        return _as_text(visible_teams(access).values_list("public_id", "name")) if _sees_results(access) else {}
    if cut == Cut.VENDOR:
        return _as_text(visible_vendors(access).values_list("public_id", "name")) if _sees_results(access) else {}
    if not covers_everybody:
        return {}
    if cut == Cut.CLAUSE:
        revisions = ClauseRevision.objects.filter(clause__policy_id=queue.policy_id).order_by("number")
        titles = {code: f"{code} {title}" for code, title in revisions.values_list("clause__code", "title")}
        return {NO_CLAUSE: "No clause named", **titles}
    return {"": queue.name}


def _sees_results(access: Access) -> bool:
    return not access.reach(RESULT_ROLES).is_empty


def _as_text(rows: Iterable[tuple[object, str]]) -> dict[str, str]:
    return {str(public_id): name for public_id, name in rows}
