"""The answers behind an accuracy: the same population as the figure's snapshot, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from calibration.enums import Cut, Metric, Reference
from calibration.models import AuditedLabel, GoldScore, MetricSnapshot
from calibration.queries.accuracy import NO_CLAUSE, RESULT_ROLES
from calibration.queries.agreement import main_questions
from calibration.queries.answer_names import names_of
from calibration.queries.audited import counted_audits
from calibration.queries.audits import may_see_figures, visible_audits
from calibration.queries.awaited import awaited_contents
from calibration.queries.gold import GOLD_ROLES
from calibration.queries.populations import Population
from calibration.queries.questions import read_questions_of
from labeling.models import ClauseRevision, Queue
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.queries.scopes import visible_labelers, visible_teams, visible_vendors

Scores = QuerySet[GoldScore] | QuerySet[AuditedLabel]
RUN_READERS = frozenset({Role.QA_MANAGER})
RELATED = ("item", "labeler", "queue", "clause_revision__clause")
CUTS = (Cut.QUEUE, Cut.LABELER, Cut.VENDOR, Cut.TEAM, Cut.CLAUSE)


@dataclass(frozen=True, kw_only=True)
class RowsWanted:
    """Whose answers: of a cut and its key as in `MetricSnapshot`, of an audit, or of the decisions of an import."""

    reference: Reference
    cut: Cut = Cut.QUEUE
    key: str = ""
    queue: UUID | None = None
    audit: UUID | None = None
    run: UUID | None = None
    wrong_only: bool = False

    def query(self) -> str:
        """The address of the page, without its path.

        >>> RowsWanted(reference=Reference.GOLD, cut=Cut.LABELER, key="a").query()
        'reference=gold&cut=labeler&key=a'
        """
        named = {"key": self.key, "queue": self.queue, "audit": self.audit, "run": self.run}
        given = {name: str(value) for name, value in named.items() if value}
        wrong = {"wrong": "1"} if self.wrong_only else {}
        return urlencode({"reference": self.reference.value, "cut": self.cut.value, **given, **wrong})


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One answer behind a figure. `gold_id` leads those who look after gold to its page."""

    item_id: UUID
    item: str
    labeler_id: UUID
    labeler: str
    queue: str
    given: str
    expected: str
    is_correct: bool
    clause: str
    answered_at: datetime
    probability: float | None
    gold_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class AnswerPair:
    """How often something was given where something was expected."""

    expected: str
    given: str
    n: int
    is_correct: bool


@dataclass(frozen=True, kw_only=True)
class FigureRows:
    """What stands behind a figure. `may_list` False: counts only, since gold stays hidden from whoever asks.

    `rows` lack what the asker has yet to judge in an audit; the counts do not.
    """

    title: str
    rows: Scores
    n: int
    right: int
    pairs: tuple[AnswerPair, ...]
    populations: tuple[str, ...]
    may_list: bool


def figure_rows(access: Access, wanted: RowsWanted) -> FigureRows | None:
    """The rows of a figure that this access may see; None where there is no such figure for it."""
    title = _title(access, wanted)
    if title is None:
        return None
    scores, populations = _scores(access, wanted)
    counted = scores.order_by()
    total = counted.aggregate(n=Count("pk"), right=Count("pk", filter=Q(is_correct=True)))
    listed = scores.exclude(item__content_hash__in=awaited_contents(access))
    return FigureRows(
        title=title,
        rows=listed.filter(is_correct=False) if wanted.wrong_only else listed,
        n=total["n"],
        right=total["right"],
        pairs=_pairs(counted),
        populations=tuple(populations),
        may_list=wanted.reference != Reference.GOLD or access.reach(GOLD_ROLES).everything,
    )


def read_figure_rows(scores: Iterable[GoldScore | AuditedLabel]) -> tuple[FigureRow, ...]:
    """Rows of a page, in as many queries for one as for many."""
    listed = list(scores)
    names = {pk: names_of(asked) for pk, asked in read_questions_of({row.queue for row in listed}).items()}
    return tuple(
        FigureRow(
            item_id=row.item.public_id,
            item=row.item.external_id or str(row.item.public_id)[:8],
            labeler_id=row.labeler.public_id,
            labeler=row.labeler.display_name,
            queue=row.queue.name,
            given=names[row.queue_id].words(row.question, row.given),
            expected=names[row.queue_id].words(row.question, row.expected),
            is_correct=bool(row.is_correct),
            clause=_clause(row.clause_revision),
            answered_at=row.answered_at,
            probability=getattr(row, "inclusion_probability", None),
            gold_id=row.gold_answer.gold.public_id if isinstance(row, GoldScore) else None,
        )
        for row in listed
    )


def _clause(revision: ClauseRevision | None) -> str:
    return f"{revision.clause.code} {revision.title}".strip() if revision else ""


def _title(access: Access, wanted: RowsWanted) -> str | None:
    """Whom or what the rows are of; None where this access does not reach it."""
    if wanted.audit:
        audit = visible_audits(access).filter(public_id=wanted.audit).first()
        return "this audit" if audit and may_see_figures(access, audit) else None
    if access.reach(RESULT_ROLES).is_empty or (wanted.run and not access.reach(RUN_READERS).everything):
        return None
    if wanted.cut in {Cut.LABELER, Cut.VENDOR, Cut.TEAM}:
        return _name_of(access, wanted)
    if not access.reach(RESULT_ROLES).everything:
        return None
    return f"clause {wanted.key}" if wanted.cut == Cut.CLAUSE else "everybody"


def _name_of(access: Access, wanted: RowsWanted) -> str | None:
    """The person, vendor or team, if this access covers them; nobody reads the rows of their own figure here."""
    if wanted.cut == Cut.LABELER:
        people = visible_labelers(access, roles=RESULT_ROLES).exclude(pk=access.labeler_id or 0)
        return people.filter(public_id=wanted.key).values_list("display_name", flat=True).first()
    groups = visible_vendors(access) if wanted.cut == Cut.VENDOR else visible_teams(access)
    return groups.filter(public_id=wanted.key).values_list("name", flat=True).first()


def _scores(access: Access, wanted: RowsWanted) -> tuple[Scores, Sequence[str]]:
    if wanted.audit:
        return _audits(wanted.reference).filter(audit__public_id=wanted.audit), ()
    rows = _of_reference(wanted.reference)
    queues = visible_queues(access)
    if wanted.queue:
        queues = queues.filter(public_id=wanted.queue)
    if wanted.run:
        asked = main_questions(list(queues))
        chosen = _any(Q(queue=queue, question=question) for queue, question in asked.items())
        return rows.filter(chosen & _of_cut(wanted), label__import_run__public_id=wanted.run), ()
    snapshots = _snapshots(list(queues), wanted)
    populations = [Population.from_json(row.population) for row in snapshots]
    revisions = _revisions(snapshots)
    counted = _any(_of_snapshot(row, revisions) for row in snapshots)
    return rows.filter(counted & _of_cut(wanted)), [population.sentence() for population in populations]


def _of_reference(reference: Reference) -> Scores:
    if reference != Reference.GOLD:
        return _audits(reference)
    gold = GoldScore.objects.filter(reference=Reference.GOLD, is_base=True, ended_at=None)
    return gold.select_related(*RELATED, "gold_answer__gold").order_by("-answered_at", "-id")


def _audits(reference: Reference) -> QuerySet[AuditedLabel]:
    return counted_audits().filter(reference=reference).select_related(*RELATED).order_by("-answered_at", "-id")


def _snapshots(queues: Sequence[Queue], wanted: RowsWanted) -> list[MetricSnapshot]:
    asked = main_questions(queues)
    rows = MetricSnapshot.objects.filter(
        queue__in=queues, metric=Metric.ACCURACY, cut=wanted.cut, key=wanted.key, reference=wanted.reference
    )
    found = rows.select_related("queue").order_by("queue__name")
    return [row for row in found if row.question == asked.get(row.queue_id)]


def _revisions(snapshots: Sequence[MetricSnapshot]) -> dict[tuple[int, str], int]:
    """Ids of clause revisions by policy and the words of a population, such as `1.2 r3`."""
    policies = {row.queue.policy_id for row in snapshots}
    rows = ClauseRevision.objects.filter(clause__policy__in=policies).select_related("clause")
    return {(row.clause.policy_id, f"{row.clause.code} r{row.number}"): row.pk for row in rows}


def _of_snapshot(row: MetricSnapshot, revisions: Mapping[tuple[int, str], int]) -> Q:
    population = Population.from_json(row.population)
    named = [revisions.get((row.queue.policy_id, words)) for words in population.clauses]
    in_force = Q(clause_revision=None) | Q(clause_revision__in=[pk for pk in named if pk])
    since = Q(answered_at__gte=population.since) if population.since else Q()
    return Q(queue=row.queue_id, question=row.question) & since & in_force


def _of_cut(wanted: RowsWanted) -> Q:
    if wanted.cut == Cut.LABELER:
        return Q(labeler__public_id=wanted.key)
    if wanted.cut == Cut.VENDOR:
        return Q(labeler__vendor__public_id=wanted.key)
    if wanted.cut == Cut.TEAM:
        return Q(labeler__team__public_id=wanted.key)
    if wanted.cut == Cut.CLAUSE:
        return Q(clause_revision=None) if wanted.key == NO_CLAUSE else Q(clause_revision__clause__code=wanted.key)
    return Q()


def _any(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found


def _pairs(scores: Scores) -> tuple[AnswerPair, ...]:
    """Expected against given, most frequent first; names of several queues may differ, so codes are named per queue."""
    counted = scores.values("queue_id", "question", "expected", "given", "is_correct").annotate(n=Count("pk"))
    rows = list(counted.order_by("-n", "expected", "given")[:200])
    queues = Queue.objects.in_bulk({row["queue_id"] for row in rows})
    names = {pk: names_of(asked) for pk, asked in read_questions_of(queues.values()).items()}
    totals: dict[tuple[str, str, bool], int] = {}
    for row in rows:
        words = names[row["queue_id"]].words
        pair = (
            words(row["question"], row["expected"]),
            words(row["question"], row["given"]),
            bool(row["is_correct"]),
        )
        totals[pair] = totals.get(pair, 0) + row["n"]
    ordered = sorted(totals.items(), key=lambda entry: (entry[0][2], -entry[1], entry[0]))
    return tuple(
        AnswerPair(expected=expected, given=given, n=n, is_correct=is_correct)
        for (expected, given, is_correct), n in ordered
    )
