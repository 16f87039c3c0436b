"""What a file of decisions shows at once: by policy, vendor and person, against the reference that came with it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from calibration.enums import Cut, ErrorKind, Metric, Reference
from calibration.models import MetricSnapshot, Recount, SamplingPlan, StaleMark
from calibration.queries.agreement import main_questions
from calibration.queries.audit_chances import JUDGED_SHARES
from calibration.queries.draws import Pairs, chances_words, has_unequal_chances, overlapping_audits, weighted_accuracy
from calibration.queries.error_kinds import kind_of_error
from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion, read_questions_of
from calibration.queries.references import ReferenceChoice, choose_reference
from calibration.queries.rows import read_rows
from calibration.queries.settling import more_to_settle, more_to_settle_group
from calibration.stats import Estimate, clustered_standing, standing
from labeling.enums import ImportState
from labeling.models import ImportRun, Queue
from qaplatform.people.models import Labeler
from qaplatform.web.figures import count, share

DEFAULT_TARGET = 0.95
FEW = 20
PEOPLE_ASKED = 30

# Index label_by_import: the decisions of one file as they stand.
COUNT_DECISIONS = """
SELECT l.queue_id, l.labeler_id, count(*) FROM labeling_label l
JOIN labeling_item i ON i.id = l.item_id AND i.withdrawn_at IS NULL
WHERE l.import_run_id = %(run)s AND NOT EXISTS (SELECT FROM labeling_label r WHERE r.revises_id = l.id)
GROUP BY 1, 2
"""

# The scores of one file's decisions: by label_by_import into gold scores and audits; an answer a row. Whatever the date
# of a decision: a file is a population of its own.
SCORED = f"""
SELECT g.reference, g.queue_id, g.labeler_id, g.item_id, g.question, g.is_correct, g.expected, g.given,
       NULL::float8, NULL::bigint, NULL::date
FROM labeling_label l
JOIN calibration_goldscore g ON g.label_id = l.id AND g.ended_at IS NULL AND g.is_base
JOIN labeling_item i ON i.id = l.item_id AND i.withdrawn_at IS NULL
WHERE l.import_run_id = %(run)s AND NOT EXISTS (SELECT FROM labeling_label r WHERE r.revises_id = l.id)
UNION ALL
SELECT a.reference, a.queue_id, a.labeler_id, a.item_id, a.question, a.is_correct, a.expected, a.given,
       a.inclusion_probability * judged.share, a.audit_id, (a.answered_at AT TIME ZONE 'UTC')::date
FROM labeling_label l
JOIN calibration_auditedlabel a ON a.label_id = l.id AND a.ended_at IS NULL AND a.judged_at IS NOT NULL
    AND a.expected <> %(cannot_tell)s
LEFT JOIN {JUDGED_SHARES} judged ON judged.audit_id = a.audit_id AND judged.stratum = a.stratum
JOIN labeling_item i ON i.id = l.item_id AND i.withdrawn_at IS NULL
WHERE l.import_run_id = %(run)s AND NOT EXISTS (SELECT FROM labeling_label r WHERE r.revises_id = l.id)
"""  # noqa: S608  Constants only.


class Scored(NamedTuple):
    """An answer with what it was checked against; the last three are those of audits only."""

    queue_id: int
    labeler_id: int
    item_id: int
    is_correct: bool
    expected: str
    given: str
    probability: float | None
    audit_id: int | None
    day: date | None

    @property
    def cluster(self) -> tuple[int, date | None]:
        """The labeler's day."""
        return self.labeler_id, self.day


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """A policy's queue, a vendor or a person: decisions, how many were checked, and what came of it."""

    key: UUID
    name: str
    note: str
    decisions: int
    n: int
    right: int
    accuracy: Estimate
    target: float
    standing: str
    errors: str
    is_person: bool = False
    chances_words: str = ""

    @property
    def is_small(self) -> bool:
        """Whether too few were checked to tell anything."""
        return self.n < FEW

    @property
    def more_words(self) -> str:
        """How many more checks would settle it, in words; empty where it is settled or nothing was checked."""
        if self.standing != "not_enough_data" or not self.n:
            return ""
        if self.is_person:
            more = more_to_settle(self.right, self.n, target=self.target)
        else:
            more = more_to_settle_group(self.accuracy, target=self.target)
        return "too close to the target to settle" if more is None else f"about {count(more)} more would settle it"


@dataclass(frozen=True, kw_only=True)
class AgreementLine:
    """Agreement of a queue in which items have several answers."""

    queue_id: UUID
    queue_name: str
    question: str
    alpha: Estimate


@dataclass(frozen=True, kw_only=True)
class FirstResult:
    """Everything on the page. `is_counting`: gold and agreement of the file are not all counted yet.

    `narrowed_to` names the queue that total, vendors and people are of; empty for all of the file.
    """

    reference: ReferenceChoice
    total: ResultRow
    queues: tuple[ResultRow, ...]
    vendors: tuple[ResultRow, ...]
    people: tuple[ResultRow, ...]
    agreement: tuple[AgreementLine, ...]
    is_counting: bool
    narrowed_to: str = ""

    @property
    def sentence_before(self) -> str:
        """The beginning of the sentence that a QA manager would send on, up to the figure."""
        decisions = f"Of {count(self.total.decisions)} {'decision' if self.total.decisions == 1 else 'decisions'}"
        if self.narrowed_to:
            decisions += f" in {self.narrowed_to}"
        if not self.total.n:
            return f"{decisions} none has anything to be checked against."
        return f"{decisions} {count(self.total.n)} {CHECKED[self.reference.chosen]}"

    @property
    def people_sentence(self) -> str:
        """How many people are below, and of how many nothing can be said yet."""
        judged = [row for row in self.people if row.standing]
        if not judged:
            return ""
        below = sum(row.standing == "below" for row in judged)
        open_ = sum(row.standing == "not_enough_data" for row in judged)
        who = "person is" if len(judged) == 1 else "people are"
        targets = {row.target for row in judged}
        target = _exact_share(targets.pop()) if len(targets) == 1 else "their target"
        need = f"; {count(open_)} {'needs' if open_ == 1 else 'need'} more answers" if open_ else ""
        return f"{count(below)} of {count(len(judged))} {who} below {target}{need}."

    @property
    def settling_words(self) -> str:
        """How many more checks the undecided need."""
        undecided = [row for row in self.people if row.standing == "not_enough_data" and row.n]
        asked = undecided[:: max(1, len(undecided) // PEOPLE_ASKED)]
        known = sorted(more for row in asked if (more := more_to_settle(row.right, row.n, target=row.target)))
        if not known:
            return ""
        middle = known[len(known) // 2]
        whom = "The undecided person" if len(undecided) == 1 else "Half of the undecided people"
        return (
            f"{whom} would be settled by about {count(middle)} more checked decisions each, if they are as they look."
        )


CHECKED = {
    Reference.GOLD: "have an approved answer (gold):",
    Reference.AUDIT_BLIND: "were checked by QA, who did not see the answer:",
    Reference.AUDIT_SEEN: "were checked by QA, who saw the answer:",
}


def first_result(run: ImportRun, *, asked: str = "", queue: UUID | None = None) -> FirstResult:
    """The result of a file of decisions by one reference; `queue` narrows all but the lines by policy."""
    decisions = {(q, labeler): n for q, labeler, n in read_rows(COUNT_DECISIONS, {"run": run.pk})}
    queues = Queue.objects.select_related("policy").in_bulk({queue_id for queue_id, _ in decisions})
    by_reference = _scored(run, list(queues.values()))
    people = {reference: len({row[1] for row in rows}) for reference, rows in by_reference.items()}
    reference = choose_reference(asked, people)
    rows = by_reference.get(reference.chosen, [])
    drawn_by = {row.audit_id for row in rows} if has_unequal_chances(rows) else set()
    facts = _Facts(queues, decisions, overlapping_audits(drawn_by))
    chosen = next((pk for pk, found in queues.items() if found.public_id == queue), None)
    narrowed = [row for row in rows if chosen in {None, row[0]}]
    return FirstResult(
        reference=reference,
        total=facts.total(narrowed, chosen),
        queues=facts.by_queue(rows),
        vendors=facts.by_vendor(narrowed, chosen),
        people=facts.by_person(narrowed, chosen),
        agreement=_agreement(list(queues.values())),
        is_counting=_is_counting(run, list(queues)),
        narrowed_to=queues[chosen].name if chosen else "",
    )


def _scored(run: ImportRun, queues: Sequence[Queue]) -> dict[Reference, list[Scored]]:
    """By reference, answers to each queue's main question only."""
    asked, parameters = main_questions(queues), {"run": run.pk, "cannot_tell": CANNOT_TELL}
    found: defaultdict[Reference, list[Scored]] = defaultdict(list)
    for reference, queue, labeler, item, question, *rest in read_rows(SCORED, parameters):
        if asked.get(queue) == question:
            found[Reference(reference)].append(Scored(queue, labeler, item, *rest))
    return found


def _grouped(rows: Iterable[Scored], key: Callable[[Scored], int]) -> dict[int, list[Scored]]:
    found: defaultdict[int, list[Scored]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _columns(rows: Sequence[Scored]) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Right or wrong, labelers and items as arrays, one entry an answer."""
    hits = np.fromiter((row[3] for row in rows), np.bool_, len(rows))
    labelers = np.fromiter((row[1] for row in rows), np.int64, len(rows))
    items = np.fromiter((row[2] for row in rows), np.int64, len(rows))
    return hits, labelers, items


def _exact_share(target: float) -> str:
    """A target as it was set: .95, and .985 with all its digits."""
    return share(target, 2 if round(target, 2) == target else 3)


def _agreement(queues: Sequence[Queue]) -> tuple[AgreementLine, ...]:
    asked = main_questions(queues)
    rows = MetricSnapshot.objects.filter(queue__in=queues, metric=Metric.AGREEMENT, cut=Cut.QUEUE)
    lines = [
        AgreementLine(
            queue_id=row.queue.public_id,
            queue_name=row.queue.name,
            question=row.question,
            alpha=Estimate.from_json(row.estimates["alpha"]),
        )
        for row in rows.select_related("queue").order_by("queue__name")
        if row.question == asked.get(row.queue_id)
    ]
    return tuple(line for line in lines if line.alpha.is_known)


def _is_counting(run: ImportRun, queues: Sequence[int]) -> bool:
    """Whether the file is still being read, or its queues have not been counted since."""
    if run.state != ImportState.DONE or run.finished_at is None:
        return run.state in {ImportState.WAITING, ImportState.RUNNING}
    counted = Recount.objects.filter(queue__in=queues, counted_at__gte=run.finished_at).count()
    return counted < len(queues) or StaleMark.objects.filter(queue__in=queues).exists()


class _Facts:
    """Names, targets and questions of what a file touches, read once."""

    def __init__(
        self, queues: Mapping[int, Queue], decisions: Mapping[tuple[int, int], int], overlapping: Pairs
    ) -> None:
        self.queues, self.decisions, self.overlapping = queues, decisions, overlapping
        people = Labeler.objects.filter(pk__in={labeler for _, labeler in decisions})
        self.people = {labeler.pk: labeler for labeler in people.select_related("vendor", "team")}
        targets = SamplingPlan.objects.filter(queue__in=list(queues)).values_list("queue_id", "target")
        self.targets = dict.fromkeys(queues, DEFAULT_TARGET) | dict(targets)
        asked = main_questions(list(queues.values()))
        questions = read_questions_of(queues.values())
        self.questions: dict[int, MeasuredQuestion] = {
            pk: question for pk in queues for question in questions[pk] if question.key == asked.get(pk)
        }

    def total(self, rows: Sequence[Scored], queue: int | None) -> ResultRow:
        """All of the file, or of what came into one queue."""
        nobody = UUID(int=0)
        decisions = self._decisions(queue, lambda _queue, _labeler: 0).total()
        return self._group(nobody, "Everybody", "", decisions, rows)

    def by_queue(self, rows: Sequence[Scored]) -> tuple[ResultRow, ...]:
        """A line a policy's queue, by name."""
        found = _grouped(rows, lambda row: row[0])
        counted = self._decisions(None, lambda queue, _labeler: queue)
        lines = (
            self._group(queue.public_id, queue.name, queue.policy.name, counted[pk], found.get(pk, []))
            for pk, queue in self.queues.items()
        )
        return tuple(sorted(lines, key=lambda line: line.name))

    def by_vendor(self, rows: Sequence[Scored], queue: int | None) -> tuple[ResultRow, ...]:
        """A line a vendor, by name."""
        found = _grouped(rows, lambda row: self.people[row[1]].vendor_id)
        counted = self._decisions(queue, lambda _queue, labeler: self.people[labeler].vendor_id)
        vendors = {labeler.vendor_id: labeler.vendor for labeler in self.people.values()}
        lines = (
            self._group(vendor.public_id, vendor.name, "", counted[pk], found.get(pk, []))
            for pk, vendor in vendors.items()
            if counted[pk]
        )
        return tuple(sorted(lines, key=lambda line: line.name))

    def by_person(self, rows: Sequence[Scored], queue: int | None) -> tuple[ResultRow, ...]:
        """A line a person: the weakest lower bound first, whoever has few checks last."""
        found = _grouped(rows, lambda row: row[1])
        counted = self._decisions(queue, lambda _queue, labeler: labeler)
        lines = [self._person(self.people[pk], n, found.get(pk, [])) for pk, n in counted.items()]
        return tuple(sorted(lines, key=lambda line: (not line.n, line.is_small, line.accuracy.lower or 0.0, line.name)))

    def _person(self, labeler: Labeler, decisions: int, rows: Sequence[Scored]) -> ResultRow:
        right, target = sum(row[3] for row in rows), self._target(rows)
        judged = standing(right, len(rows), target=target)
        note = labeler.vendor.name + (f" · {labeler.team.name}" if labeler.team else "")
        found = ResultRow(
            key=labeler.public_id,
            name=labeler.display_name,
            note=note,
            decisions=decisions,
            n=len(rows),
            right=right,
            accuracy=judged.accuracy,
            target=target,
            standing=judged.standing.value if rows else "",
            errors=self._errors(rows),
            is_person=True,
        )
        return self._with_chances(found, rows)

    def _group(self, key: UUID, name: str, note: str, decisions: int, rows: Sequence[Scored]) -> ResultRow:
        target = self._target(rows)
        hits, labelers, items = _columns(rows)
        judged = clustered_standing(hits, labelers, items, target=target)
        found = ResultRow(
            key=key,
            name=name,
            note=note,
            decisions=decisions,
            n=len(rows),
            right=judged.hits,
            accuracy=judged.accuracy,
            target=target,
            standing=judged.standing.value if rows else "",
            errors=self._errors(rows),
        )
        return self._with_chances(found, rows)

    def _with_chances(self, row: ResultRow, rows: Sequence[Scored]) -> ResultRow:
        """Weighted where decisions were drawn with unlike probabilities and can be; then no standing is told."""
        if not has_unequal_chances(rows):
            return row
        weighted = weighted_accuracy(rows, self.overlapping)
        words = chances_words(is_unequal=True, is_weighted=weighted is not None)
        return replace(row, accuracy=weighted or row.accuracy, standing="", chances_words=words)

    def _target(self, rows: Sequence[Scored]) -> float:
        """The queues' targets, weighted by what was checked in each."""
        counted = Counter(row[0] for row in rows) or Counter(list(self.queues))
        if not counted:
            return DEFAULT_TARGET
        exact = {self.targets[queue] for queue in counted}
        return (
            exact.pop() if len(exact) == 1 else sum(self.targets[q] * n for q, n in counted.items()) / counted.total()
        )

    def _decisions(self, queue: int | None, key: Callable[[int, int], int]) -> Counter[int]:
        found: Counter[int] = Counter()
        for (queue_id, labeler), n in self.decisions.items():
            if queue in {None, queue_id}:
                found[key(queue_id, labeler)] += n
        return found

    def _errors(self, rows: Iterable[Scored]) -> str:
        """The wrong ones by kind, in words."""
        wrong = Counter((row[0], row[4], row[5]) for row in rows if not row[3])
        kinds: Counter[ErrorKind | None] = Counter()
        for (queue, expected, given), n in wrong.items():
            question = self.questions.get(queue)
            kinds[kind_of_error(expected, given, question) if question else ErrorKind.WRONG_SELECTION] += n
        said = [f"{count(kinds[kind])} {words}" for kind, words in KINDS.items() if kinds[kind]]
        return ", ".join(said)


KINDS: Mapping[ErrorKind | None, str] = {
    ErrorKind.FALSE_NEGATIVE: "missed",
    ErrorKind.FALSE_POSITIVE: "over-enforced",
    ErrorKind.WRONG_SELECTION: "wrong category",
    None: "“cannot tell”",
}
