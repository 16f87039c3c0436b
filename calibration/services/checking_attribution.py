"""Recomputing which clauses split the certified and what errors lie in, answer by answer."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import numpy as np
from django.db.models import Q

from calibration.enums import Cut, Metric
from calibration.models import Flag, GoldScore, MetricSnapshot, Placement
from calibration.queries.clauses import eras_of, read_versions, revisions_in_force
from calibration.queries.questions import CANNOT_TELL, JOIN, MeasuredQuestion, read_questions
from calibration.services.checking_accuracy import answer_code
from calibration.services.differences import Difference, is_close
from labeling.enums import ImportState, SlotOrigin, SlotState
from labeling.models import ImportRun, Label, Queue
from qaplatform.people.models import SkillGrant

ROUGH = 1e-6
COUNTED = {SlotOrigin.ENTRY, SlotOrigin.REQUEUE, SlotOrigin.IMPORTED}
_READ = (
    *("pk", "revises_id", "slot_id", "slot__origin", "slot__state", "item_id", "item__answers_needed"),
    *("item__withdrawn_at", "labeler_id", "labeler__vendor_id", "policy_version__number", "answers"),
)


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer, and whose."""

    item_id: int
    labeler_id: int
    vendor_id: int
    code: str


def check_attribution(queue: Queue) -> list[Difference]:
    """Each stored split, pair by pair, and each variance, by sums written out, of what was known when it was stored.

    What nobody can tell any more, since the policy was changed, answers imported or grants renewed, waits for the next
    night.
    """
    found: list[Difference] = []
    versions = read_versions(queue)
    revisions = revisions_in_force(versions, queue)
    for question in read_questions(queue):
        eras = eras_of(versions, queue, question)
        numbers = list(eras.versions_of(eras.current))
        rows = MetricSnapshot.objects.filter(queue=queue, question=question.key, metric=Metric.ATTRIBUTION)
        splits = [row for row in rows if row.cut == Cut.CLAUSE and list(row.population["versions"]) == numbers]
        answers = {moment: _certified(queue, question, numbers, moment) for moment in {_moment(row) for row in splits}}
        for row in splits:
            counted = answers[_moment(row)]
            if counted is not None and row.key in question.clauses:
                found += _check_split(row, counted, question)
        for row in rows:
            if row.cut == Cut.QUEUE and tuple(row.population["clauses"]) == tuple(revisions.words):
                found += _check_shares(queue, row, set(revisions.ids))
    return found


def _moment(row: MetricSnapshot) -> tuple[datetime, datetime]:
    """Until when answers count, and when the row was written."""
    return datetime.fromisoformat(row.population["until"]), row.computed_at


def _certified(
    queue: Queue, question: MeasuredQuestion, versions: Sequence[int], moment: tuple[datetime, datetime]
) -> list[_Given] | None:
    """The answers of whoever was certified and had no open flag then; None where grants or imports hide it since."""
    until, computed_at = moment
    imported_since = Q(state=ImportState.RUNNING) | Q(finished_at__gt=until) | Q(undone_at__gt=until)
    if ImportRun.objects.filter(imported_since, Q(queue=queue) | Q(queue=None)).exists():
        return None
    given = _given(queue, question, versions, until)
    certified, unsure = _grants(queue, until, computed_at)
    if unsure & {answer.labeler_id for answer in given}:
        return None
    flagged = {
        flag.labeler_id
        for flag in Flag.objects.filter(queue=queue)
        if flag.opened_at <= computed_at and (flag.closed_at is None or flag.closed_at > computed_at)
    }
    counted = [answer for answer in given if answer.labeler_id not in flagged]
    return counted if queue.skill_id is None else [answer for answer in counted if answer.labeler_id in certified]


def _grants(queue: Queue, until: datetime, computed_at: datetime) -> tuple[set[int], set[int]]:
    """Who held the queue's skill, and whose grant was given or given back since."""
    certified, unsure = set[int](), set[int]()
    for grant in SkillGrant.objects.filter(skill=queue.skill_id):
        if grant.granted_at > computed_at:
            unsure.add(grant.labeler_id)
        ends = [at for at in (grant.suspended_at, grant.revoked_at) if at is not None and at <= computed_at]
        if not ends and (grant.expires_at is None or grant.expires_at > until):
            certified.add(grant.labeler_id)
    return certified, unsure


def _given(queue: Queue, question: MeasuredQuestion, versions: Sequence[int], until: datetime) -> list[_Given]:
    """Ordinary answers as they stood: what was revised or withdrawn only later still counts."""
    placed = set(Placement.objects.filter(slot__queue=queue).values_list("slot_id", flat=True))
    rows = list(Label.objects.filter(queue=queue, created_at__lt=until).order_by("id").values_list(*_READ))
    revised = {row[1] for row in rows}
    found = []
    for pk, _, slot_id, origin, state, item_id, needed, withdrawn_at, labeler_id, vendor_id, version, answers in rows:
        code = answer_code(answers.get(question.key))
        is_ordinary = origin in COUNTED and slot_id not in placed and (needed > 0 or origin == SlotOrigin.IMPORTED)
        is_left = withdrawn_at is None or withdrawn_at > until
        is_current = pk not in revised and state == SlotState.DONE and is_left
        if is_ordinary and is_current and version in versions and code is not None and code != CANNOT_TELL:
            found.append(_Given(item_id, labeler_id, vendor_id, code))
    return found


def _check_split(row: MetricSnapshot, answers: Sequence[_Given], question: MeasuredQuestion) -> Iterator[Difference]:
    chosen = set(question.clauses.get(row.key, ()))
    by_item: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    for answer in answers:
        by_item[answer.item_id].append((answer.vendor_id, bool(chosen & set(answer.code.split(JOIN)))))
    pairs: Counter[str] = Counter()
    for given in by_item.values():
        for (vendor, sees), (other, also) in combinations(given, 2):
            if sees or also:
                name = "within" if vendor == other else "between"
                pairs[name] += 1
                pairs[f"{name} split"] += sees != also
    for name in ("within", "between"):
        stored = (row.tally[name]["pairs"], row.tally[name]["split"])
        again = (pairs[name], pairs[f"{name} split"])
        if stored != again:
            yield Difference(what=f"pairs {name}, clause {row.key}", stored=stored, recomputed=again)


def _check_shares(queue: Queue, row: MetricSnapshot, in_force: AbstractSet[int]) -> Iterator[Difference]:
    until, computed_at = _moment(row)
    since = datetime.fromisoformat(row.population["since"])
    scores = GoldScore.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=computed_at),
        queue=queue,
        question=row.question,
        reference="gold",
        scored_at__lte=computed_at,
        answered_at__gte=since,
        answered_at__lt=until,
    ).select_related("clause_revision__clause")
    rows = [
        (score.item_id, score.labeler_id, _clause(score), float(not score.is_correct))
        for score in scores
        if score.clause_revision_id is None or score.clause_revision_id in in_force
    ]
    if row.tally["answers"] != len(rows):
        yield Difference(what="answers of the attribution", stored=row.tally["answers"], recomputed=len(rows))
    elif row.tally["components"]:
        again = _components(rows)
        same = all(is_close(one, two, tolerance=ROUGH) for one, two in zip(row.tally["components"], again, strict=True))
        if not same:
            yield Difference(what="variances of the attribution", stored=row.tally["components"], recomputed=again)


def _clause(score: GoldScore) -> str:
    return score.clause_revision.clause.code if score.clause_revision else ""


def _components(rows: Sequence[tuple[int, int, str, float]]) -> list[float]:
    """Henderson's first method over dictionaries: sums of squares by factor, and what is expected of each."""
    n, mean = len(rows), sum(row[3] for row in rows) / len(rows)
    sums, table = [], []
    for factor in range(3):
        size: Counter[object] = Counter(row[factor] for row in rows)
        total: defaultdict[object, float] = defaultdict(float)
        for row in rows:
            total[row[factor]] += row[3] - mean
        sums.append(sum(value**2 / size[key] for key, value in total.items()))
        table.append([_crossed(rows, factor, other, size) for other in range(3)] + [float(len(size))])
    sums.append(sum((row[3] - mean) ** 2 for row in rows))
    table.append([float(n)] * 4)
    less = [sum(k**2 for k in Counter(row[other] for row in rows).values()) / n for other in range(3)] + [1.0]
    used = [factor for factor in range(3) if len({row[factor] for row in rows}) > 1] + [3]
    matrix = [[table[one][other] - less[other] for other in used] for one in used]
    solved = dict(zip(used, np.linalg.solve(matrix, [sums[one] for one in used]), strict=True))
    return [float(solved.get(factor, 0)) for factor in range(4)]


def _crossed(rows: Sequence[tuple[int, int, str, float]], factor: int, other: int, size: Counter[object]) -> float:
    cells = Counter((row[factor], row[other]) for row in rows)
    return sum(k**2 / size[key] for (key, _), k in cells.items())
