"""Recomputing what is said of accuracy from the scores, and the scores from the labels, in plain loops."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from scipy.stats import beta, binomtest
from scipy.stats import t as student

from calibration.enums import AdjudicationOutcome, Cut, DisputeState, GoldPool, GoldState, Metric, Purpose, Reference
from calibration.models import (
    AuditedLabel,
    Certification,
    Dispute,
    GoldAnswer,
    GoldScore,
    GroupStanding,
    MetricSnapshot,
    Recount,
    StandingRecord,
)
from calibration.queries.questions import CANNOT_TELL, JOIN, MeasuredQuestion
from calibration.queries.scoring import ANSWER_CHANGED
from calibration.services.checking_meanings import read_meanings
from calibration.services.checking_weights import chances_by_hand, rounded_chance, weighted_by_hand
from calibration.services.differences import Difference, is_close, wilson_by_hand
from calibration.stats import ConfusionTally
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Adoption, Label, Queue

FEWEST = 20
WINDOW = timedelta(days=90)
UNDO = timedelta(minutes=5)
# Quantiles of a beta distribution by two routes differ in their last digits.
ROUGH = 1e-6

AnyScore = GoldScore | AuditedLabel
_KEYS: Mapping[str, Callable[[AnyScore], str | None]] = {
    Cut.QUEUE: lambda _: "",
    Cut.LABELER: lambda score: str(score.labeler.public_id),
    Cut.VENDOR: lambda score: str(score.labeler.vendor.public_id),
    Cut.TEAM: lambda score: str(score.labeler.team.public_id) if score.labeler.team else None,
    Cut.CLAUSE: lambda score: score.clause_revision.clause.code if score.clause_revision else "none",
}


def answer_code(value: object) -> str | None:
    """An answer as gold writes it; None where there is none."""
    return JOIN.join(sorted(map(str, value))) if isinstance(value, list) else None if value is None else str(value)


def check_accuracy(queue: Queue, question: MeasuredQuestion, revisions: set[int]) -> list[Difference]:
    """Each accuracy snapshot of a question, and those that are missing."""
    rows = MetricSnapshot.objects.filter(queue=queue, question=question.key, metric=Metric.ACCURACY)
    stored = {(row.reference, row.cut, row.key): row for row in rows}
    counted = _scores_by_cut(queue, question, revisions)
    found = [
        Difference(what=f"{Metric.ACCURACY} of {question.key} by {cut} {key}", stored=None, recomputed="missing")
        for _, cut, key in sorted(set(counted) - set(stored))
    ]
    for key, row in stored.items():
        found += _compare(row, counted.get(key, []), question)
    return found


def check_standings(queue: Queue) -> list[Difference]:
    """Each declared standing against the counts that it was declared on; a group's against the interval it kept."""
    found = []
    for group in GroupStanding.objects.filter(queue=queue):
        again = standing_by_hand(group.lower, group.upper, group.n, group.target)
        if group.standing != again:
            what = f"standing of {group.cut} {group.key} on {group.declared_on}"
            found.append(Difference(what=what, stored=group.standing, recomputed=again))
    for record in StandingRecord.objects.filter(queue=queue).select_related("labeler"):
        lower, upper = exact_by_hand(record.correct, record.n)
        again = standing_by_hand(lower, upper, record.n, record.target)
        same = is_close(record.lower, lower, tolerance=ROUGH) and is_close(record.upper, upper, tolerance=ROUGH)
        if not same or record.standing != again:
            what = f"standing of {record.labeler} on {record.declared_on}"
            stored = (record.lower, record.upper, record.standing)
            found.append(Difference(what=what, stored=stored, recomputed=(lower, upper, again)))
    return found


def check_scores(queue: Queue) -> list[Difference]:
    """Each score against the label that stood when undo closed and the gold answer, and scores that are missing."""
    scores = list(GoldScore.objects.filter(queue=queue).select_related("label__slot"))
    answers = GoldAnswer.objects.in_bulk({score.gold_answer_id for score in scores})
    stood = _stood(queue)
    firsts = Label.objects.filter(queue=queue, item__gold__isnull=False, revises=None).select_related("slot")
    dates = {first.slot_id: _given_at(first) for first in firsts}
    found = []
    for score in scores:
        if score.ended_why == ANSWER_CHANGED:
            continue
        at = dates[score.label.slot_id] if score.ended_at is None else score.answered_at
        accepted = answers[score.gold_answer_id].accepted
        given = answer_code(score.label.answers.get(score.question)) or ""
        label_id, _ = stood[score.label.slot_id]
        again = (accepted[0], given, given in accepted, label_id, at)
        stored = (score.expected, score.given, score.is_correct, score.label_id, score.answered_at)
        if stored != again:
            found.append(Difference(what=f"score of label {score.label.public_id}", stored=stored, recomputed=again))
    kept = [score for score in scores if score.ended_why != ANSWER_CHANGED]
    made = {(score.gold_answer_id, score.labeler_id) for score in kept}
    current = {(score.item_id, score.labeler_id, score.question) for score in kept if score.ended_at is None}
    return [*found, *_missing_scores(queue, stood, made, current | _settled(queue))]


def _scores_by_cut(
    queue: Queue, question: MeasuredQuestion, revisions: set[int]
) -> dict[tuple[str, str, str], list[AnyScore]]:
    """Base scores of the window by reference, cut and key; one's own window begins with one's latest certification."""
    counted_at = Recount.objects.filter(queue=queue).values_list("counted_at", flat=True).first()
    found: defaultdict[tuple[str, str, str], list[AnyScore]] = defaultdict(list)
    if counted_at is None:
        return {}
    since = datetime.combine(counted_at.astimezone(UTC).date(), time.min, UTC) - WINDOW
    certified: dict[int, datetime] = {}
    if queue.skill_id is not None:
        for grant in Certification.objects.filter(skill=queue.skill_id, certified_at__lt=counted_at):
            certified[grant.labeler_id] = max(grant.certified_at, certified.get(grant.labeler_id, since))
    scores: list[AnyScore] = [*_gold(queue, question), *_audits(queue, question)]
    for score in scores:
        is_in_force = score.clause_revision_id is None or score.clause_revision_id in revisions
        for cut, key_of in _KEYS.items():
            start = certified.get(score.labeler_id, since) if cut == Cut.LABELER else since
            key = key_of(score)
            if is_in_force and key is not None and start <= score.answered_at < counted_at:
                found[score.reference, cut, key].append(score)
    return dict(found)


def _gold(queue: Queue, question: MeasuredQuestion) -> Iterator[GoldScore]:
    scores = GoldScore.objects.filter(queue=queue, question=question.key, ended_at=None, is_base=True, reference="gold")
    yield from scores.select_related("labeler__vendor", "labeler__team", "clause_revision__clause").order_by("id")


def _audits(queue: Queue, question: MeasuredQuestion) -> Iterator[AuditedLabel]:
    """Judged decisions, each judged again here by its two answers; what has been withdrawn or replaced is left out."""
    revised = set(Label.objects.filter(queue=queue).exclude(revises=None).values_list("revises_id", flat=True))
    rows = AuditedLabel.objects.filter(queue=queue, question=question.key)
    related = ("labeler__vendor", "labeler__team", "clause_revision__clause", "item", "label__slot")
    for audited in rows.select_related(*related).order_by("id"):
        slot = audited.label.slot
        is_replaced = slot.origin == SlotOrigin.IMPORTED and audited.label_id in revised
        is_judged = audited.judged_at is not None and audited.ended_at is None and audited.expected != CANNOT_TELL
        is_given = slot.state == SlotState.DONE or slot.set_aside_by_id is not None
        is_work = is_given and audited.item.withdrawn_at is None
        if is_judged and is_work and not is_replaced:
            yield audited


def check_audits(queue: Queue) -> list[Difference]:
    """Each judged decision against its label and the answer that holds: an adjudication's, else the auditor's."""
    rows = AuditedLabel.objects.filter(queue=queue, judged_at__isnull=False, ended_at=None)
    found = []
    for audited in rows.select_related("label", "answer", "adjudication"):
        given = answer_code(audited.label.answers.get(audited.question)) or ""
        said = answer_code(audited.answer.answers.get(audited.question)) if audited.answer else audited.auditor_answer
        accepted = _accepted(audited)
        stored = (audited.given, audited.is_correct, audited.auditor_answer)
        again = (given, given in accepted, said)
        if stored != again or audited.expected not in accepted:
            what = f"audit of label {audited.label.public_id}"
            found.append(Difference(what=what, stored=(*stored, audited.expected), recomputed=(*again, accepted)))
    return found


def _accepted(audited: AuditedLabel) -> list[str]:
    decided = getattr(audited, "adjudication", None)
    if decided is None:
        return [audited.auditor_answer]
    if decided.outcome == AdjudicationOutcome.STANDS:
        return [*decided.accepted, audited.given]
    return decided.accepted or [audited.auditor_answer]


def _compare(row: MetricSnapshot, scores: Sequence[AnyScore], question: MeasuredQuestion) -> Iterator[Difference]:
    against = "" if row.reference == Reference.GOLD else f" against {row.reference}"
    name = f"accuracy of {row.question} by {row.cut} {row.key}".strip() + against
    tally = ConfusionTally.from_json(row.tally)
    right, n = sum(bool(score.is_correct) for score in scores), len(scores)
    if (tally.right, tally.n) != (right, n):
        yield Difference(what=f"tally, {name}", stored=(tally.right, tally.n), recomputed=(right, n))
        return
    errors = Counter(_error(score) for score in scores if not score.is_correct or score.given == CANNOT_TELL)
    kept = {(expected, given): times for expected, row_ in tally.errors().items() for given, times in row_.items()}
    if dict(errors) != kept:
        yield Difference(what=f"errors, {name}", stored=kept, recomputed=dict(errors))
    for figure, again in _figures(row, scores, question).items():
        tolerance = ROUGH if figure.startswith("judged") else 1e-9
        estimate, _, part = figure.partition(" ")
        stored = row.estimates[estimate][part]
        if not is_close(stored, again, tolerance=tolerance):
            said = part if estimate == "accuracy" else figure
            yield Difference(what=f"{said}, {name}", stored=stored, recomputed=again)
    audited = [score for score in scores if isinstance(score, AuditedLabel)]
    chance_of = chances_by_hand(audited)
    chances = {rounded_chance(chance_of.get(score.pk)) for score in audited}
    if row.estimates["has_unequal_chances"] != (len(chances) > 1):
        stored, again = row.estimates["has_unequal_chances"], len(chances) > 1
        yield Difference(what=f"chances, {name}", stored=stored, recomputed=again)
    weighted = row.estimates.get("weighted") or {}
    for part, value in weighted_by_hand(audited, chance_of).items():
        if not is_close(weighted.get(part), value, tolerance=ROUGH):
            yield Difference(what=f"weighted {part}, {name}", stored=weighted.get(part), recomputed=value)


def _error(score: AnyScore) -> tuple[str, str]:
    return score.expected, "cannot tell" if score.given == CANNOT_TELL else score.given


def _figures(row: MetricSnapshot, scores: Sequence[AnyScore], question: MeasuredQuestion) -> dict[str, float | None]:
    right, n = sum(bool(score.is_correct) for score in scores), len(scores)
    judged = exact_by_hand(right, n) if row.cut == Cut.LABELER else clustered_by_hand(scores)
    found: dict[str, float | None] = {"judged lower": judged[0], "judged upper": judged[1]}
    parts = {"accuracy": (right, n), **_one_sided(scores, question)}
    for name, (hits, trials) in parts.items():
        for part, value in zip(("value", "lower", "upper"), wilson_by_hand(hits, trials), strict=True):
            found[f"{name} {part}"] = value
    return found


def _one_sided(scores: Sequence[AnyScore], question: MeasuredQuestion) -> dict[str, tuple[int, int]]:
    """False positives among clean answers and false negatives among violating ones."""
    counts: Counter[str] = Counter()
    for score in scores if question.no_violation else ():
        expected = score.given if score.is_correct and score.given != CANNOT_TELL else score.expected
        is_clean, finds = not _finds(expected, question), _finds(score.given, question)
        counts["clean" if is_clean else "violating"] += 1
        if not score.is_correct and score.given != CANNOT_TELL and is_clean == finds:
            counts["false positive" if is_clean else "false negative"] += 1
    return {
        "false_positive": (counts["false positive"], counts["clean"]),
        "false_negative": (counts["false negative"], counts["violating"]),
    }


def _finds(code: str, question: MeasuredQuestion) -> bool:
    return any(part not in {"", question.no_violation} for part in code.split(JOIN))


def exact_by_hand(right: int, n: int) -> tuple[float | None, float | None]:
    """Clopper and Pearson at 90 %, by SciPy's own test."""
    if n == 0:
        return None, None
    found = binomtest(right, n).proportion_ci(0.9, method="exact")
    return float(found.low), float(found.high)


def clustered_by_hand(scores: Sequence[AnyScore]) -> tuple[float | None, float | None]:
    """The interval of a group: exact at the number of independent answers that would be as precise."""
    n, right = len(scores), sum(bool(score.is_correct) for score in scores)
    if len({score.labeler_id for score in scores}) < 2 or right in {0, n}:
        return exact_by_hand(right, n)
    people: defaultdict[int, float] = defaultdict(float)
    items: defaultdict[int, float] = defaultdict(float)
    for score in scores:
        people[score.labeler_id] += bool(score.is_correct) - right / n
        items[score.item_id] += bool(score.is_correct) - right / n
    alone = right * (n - right) / n
    by_person, by_item = (
        sum(total**2 for total in sums.values()) * len(sums) / max(len(sums) - 1, 1) for sums in (people, items)
    )
    spread = max(by_person + by_item - alone, by_person, by_item, alone)
    degrees = len(people if by_person >= by_item else items) - 1
    correction = (student.ppf(0.95, n - 1) / student.ppf(0.95, max(degrees, 1))) ** 2
    size = min(n * alone / spread * correction, n)
    hits = right / n * size
    return float(beta.ppf(0.05, hits, size - hits + 1)), float(beta.ppf(0.95, hits + 1, size - hits))


def standing_by_hand(lower: float | None, upper: float | None, n: int, target: float) -> str:
    if n < FEWEST or lower is None or upper is None:
        return "not_enough_data"
    if upper < target:
        return "below"
    return "meets" if lower >= target else "not_enough_data"


def _stood(queue: Queue) -> dict[int, tuple[int, datetime]]:
    """By slot of a gold item: the label that stood when undo closed, and when that was."""
    labels = list(
        Label.objects.filter(queue=queue, item__gold__isnull=False).select_related("slot").order_by("created_at", "id")
    )
    firsts = {label.slot_id: label for label in labels if label.revises_id is None}
    times: defaultdict[int, list[datetime]] = defaultdict(list)
    people = {label.labeler_id for label in labels}
    given = Label.objects.filter(labeler__in=people, revises=None).order_by("labeler_id", "created_at")
    for labeler_id, at in given.values_list("labeler_id", "created_at"):
        times[labeler_id].append(at)
    closes = {slot: _closes(first, times[first.labeler_id]) for slot, first in firsts.items()}
    stood: dict[int, tuple[int, datetime]] = {}
    for label in sorted(labels, key=lambda row: row.pk):
        if label.created_at <= closes[label.slot_id] or label.slot.origin == SlotOrigin.IMPORTED:
            stood[label.slot_id] = (label.pk, closes[label.slot_id])
    return stood


def _closes(first: Label, times: Sequence[datetime]) -> datetime:
    if first.slot.origin == SlotOrigin.IMPORTED:
        return first.created_at
    later = bisect_right(times, first.created_at)
    undone = first.created_at + UNDO
    return min(times[later], undone) if later < len(times) else undone


def _settled(queue: Queue) -> set[tuple[int, int, str]]:
    """Answers that a dispute took out of the score for good."""
    rows = Dispute.objects.filter(
        state__in=[DisputeState.OVERTURNED, DisputeState.LAPSED], evidence__score__queue=queue
    )
    names = ("evidence__score__item_id", "evidence__score__labeler_id", "evidence__score__question")
    return set(rows.values_list(*names))


def _is_held_against(
    label: Label, answer: GoldAnswer, adoptions: Sequence[Adoption], carried: Mapping[int, set[int]]
) -> bool:
    """Whether the clause means the same to both, and had not just changed when the answer was given."""
    revision = answer.clause_revision
    at = _given_at(label)
    windows = [adoption for adoption in adoptions if adoption.at <= at < adoption.grace_until]
    changed = {clause.pk for adoption in windows for clause in adoption.changed_clauses.all()}
    if revision is None:
        return not changed
    return revision.clause_id not in changed and revision.pk in carried[label.policy_version_id]


def _given_at(first: Label) -> datetime:
    """When the first answer of a slot was given; an imported one's slot keeps its date."""
    is_imported = first.slot.origin == SlotOrigin.IMPORTED
    return first.slot.done_at or first.created_at if is_imported else first.created_at


def _missing_scores(
    queue: Queue,
    stood: Mapping[int, tuple[int, datetime]],
    made: set[tuple[int, int]],
    settled: set[tuple[int, int, str]],
) -> Iterator[Difference]:
    adoptions = list(Adoption.objects.filter(queue=queue, cancelled_at=None).prefetch_related("changed_clauses"))
    carried = read_meanings(queue).carried()
    counted_at = Recount.objects.filter(queue=queue).values_list("counted_at", flat=True).first()
    answers = GoldAnswer.objects.filter(
        gold__queue=queue,
        gold__state=GoldState.LIVE,
        gold__pool=GoldPool.MONITORING,
        gold__item__withdrawn_at=None,
        approved_at__isnull=False,
        replaced_at=None,
    ).select_related("gold", "clause_revision")
    by_item: defaultdict[int, list[GoldAnswer]] = defaultdict(list)
    for answer in answers:
        by_item[answer.gold.item_id].append(answer)
    labels = Label.objects.filter(queue=queue, item__in=list(by_item), revises=None, slot__state=SlotState.DONE)
    latest = Label.objects.in_bulk([label_id for label_id, _ in stood.values()])
    for first in labels.select_related("slot__placement"):
        placement = getattr(first.slot, "placement", None)
        is_imported = placement is None and first.slot.origin == SlotOrigin.IMPORTED
        label = latest[stood[first.slot_id][0]] if is_imported else first
        label.slot = first.slot
        is_gold = placement is not None and placement.purpose == Purpose.GOLD
        for answer in by_item[label.item_id] if counted_at and stood[label.slot_id][1] <= counted_at else ():
            is_asked = is_gold or (is_imported and label.answers.get(answer.question, ...) is not ...)
            is_due = (label.item_id, label.labeler_id, answer.question) not in settled
            is_missing = is_asked and is_due and (answer.pk, label.labeler_id) not in made
            if is_missing and _is_held_against(label, answer, adoptions, carried):
                yield Difference(what=f"score of label {label.public_id}", stored=None, recomputed="missing")
