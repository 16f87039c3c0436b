"""Disagreements between labelers and auditors: what waits for a decision, what was decided, without names."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from calibration.enums import AdjudicationOutcome, GoldPool, Reference
from calibration.models import Adjudication, Audit, AuditedLabel
from calibration.queries.audit_figures import UNDECIDED
from calibration.queries.awaited import awaited_contents
from calibration.queries.questions import JOIN, MeasuredQuestion, read_questions_of
from labeling.engine.answers import answer_code
from labeling.enums import SlotState
from labeling.models import Category, ClauseRevision, Label, Queue
from qaplatform.people.access import Access
from qaplatform.people.enums import Role

DECIDERS = frozenset({Role.QA_MANAGER, Role.POLICY_OWNER})
# More are not sorted: the page says that it shows the newest of them.
MOST_SORTED = 2000


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """One in a list. `agreement` is the share of all votes, the auditor's among them, for the commonest answer."""

    public_id: UUID
    item: str
    queue_name: str
    audit_name: str
    reference: str
    given: str
    auditor_answer: str
    severity: int
    gravest: str
    agreement: float
    votes: int
    judged_at: datetime
    outcome: str


@dataclass(frozen=True)
class Vote:
    """How many gave an answer."""

    code: str
    name: str
    n: int


@dataclass(frozen=True, kw_only=True)
class DisagreementFacts:
    """Everything that a fair decision needs, without names."""

    question: MeasuredQuestion | None
    given: str
    auditor_answer: str
    labeler_rationale: str
    auditor_rationale: str
    votes: tuple[Vote, ...]
    clauses: tuple[ClauseRevision, ...]
    adjudication: Adjudication | None
    accepted: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    pools: tuple[GoldPool, ...]


def visible_disagreements(access: Access) -> QuerySet[AuditedLabel]:
    """Judgements that differ from the decision, for QA managers and policy owners who cover everybody.

    Without those on items that the asker has yet to judge in another audit.
    """
    rows = AuditedLabel.objects.filter(judged_at__isnull=False)
    if not access.reach(DECIDERS).everything:
        return rows.none()
    rows = rows.exclude(item__content_hash__in=awaited_contents(access))
    return rows.filter(Q(is_correct=False) | Q(adjudication__isnull=False))


def undecided(access: Access) -> QuerySet[AuditedLabel]:
    """Those that wait for a decision."""
    return visible_disagreements(access).filter(UNDECIDED, item__withdrawn_at=None)


def unclear_cases(access: Access) -> QuerySet[AuditedLabel]:
    """What the policy did not settle: for the policy owner."""
    return visible_disagreements(access).filter(adjudication__outcome=AdjudicationOutcome.UNCLEAR)


def gravest_first(rows: QuerySet[AuditedLabel]) -> list[Disagreement]:
    """Disagreements by severity, then the least agreed on; a number of queries that does not grow with them."""
    newest = rows.select_related("queue", "audit", "item", "adjudication").order_by("-judged_at", "-pk")
    found = list(newest[:MOST_SORTED])
    queues = {row.queue_id: row.queue for row in found}
    questions = {
        (queue_id, question.key): question
        for queue_id, asked in read_questions_of(queues.values()).items()
        for question in asked
    }
    severities = _severities(queues.values())
    votes = votes_on(found)
    lines = [_line(row, questions.get((row.queue_id, row.question)), severities, votes[row.pk]) for row in found]
    return sorted(lines, key=lambda line: (-line.severity, line.agreement, line.judged_at))


def votes_on(rows: Sequence[AuditedLabel]) -> dict[int, Counter[str]]:
    """All current answers to each item, the auditor's added, by the row's id: one query."""
    by_item: defaultdict[int, list[dict[str, object]]] = defaultdict(list)
    labels = Label.objects.filter(item__in={row.item_id for row in rows}, revised_by=None, slot__state=SlotState.DONE)
    for item_id, answers in labels.values_list("item_id", "answers"):
        by_item[item_id].append(answers)
    return {row.pk: _counted(row, by_item[row.item_id]) for row in rows}


def read_disagreement(row: AuditedLabel) -> DisagreementFacts:
    """What the page of one disagreement shows."""
    question = next(
        (asked for asked in read_questions_of([row.queue])[row.queue_id] if asked.key == row.question), None
    )
    adjudication = Adjudication.objects.filter(audited=row).select_related("decided_by", "gold").first()
    others = votes_on([row])[row.pk]
    others.subtract([row.auditor_answer, row.given])
    accepted = adjudication.accepted if adjudication else []
    return DisagreementFacts(
        question=question,
        given=_name(question, row.given),
        auditor_answer=_name(question, row.auditor_answer),
        labeler_rationale=row.label.rationale,
        auditor_rationale=row.answer.rationale if row.answer else "",
        votes=tuple(Vote(code, _name(question, code), n) for code, n in others.most_common() if n > 0),
        clauses=_clauses(row),
        adjudication=adjudication,
        accepted=tuple(_name(question, code) for code in accepted),
        choices=_choices(row, question, others),
        pools=tuple(GoldPool),
    )


def is_party(row: AuditedLabel, user_id: int) -> bool:
    """Whether one of the two answers is this user's."""
    return user_id in {row.labeler.user_id, row.auditor.user_id if row.auditor else None}


def audits_with_disagreements(access: Access) -> QuerySet[Audit]:
    """Audits to choose from in the filter of the list."""
    return Audit.objects.filter(pk__in=visible_disagreements(access).values("audit")).order_by("name")


def _line(
    row: AuditedLabel,
    question: MeasuredQuestion | None,
    severities: Mapping[tuple[int, str], tuple[int, str]],
    votes: Counter[str],
) -> Disagreement:
    parts = {*row.given.split(JOIN), *row.auditor_answer.split(JOIN)}
    severity, gravest = max((severities.get((row.queue.policy_id, code), (0, "")) for code in parts), default=(0, ""))
    n = votes.total()
    return Disagreement(
        public_id=row.public_id,
        item=row.item.external_id or str(row.item.public_id)[:8],
        queue_name=row.queue.name,
        audit_name=row.audit.name,
        reference=Reference(row.reference).label,
        given=_name(question, row.given),
        auditor_answer=_name(question, row.auditor_answer),
        severity=severity,
        gravest=gravest,
        agreement=max(votes.values(), default=0) / n if n else 0.0,
        votes=n,
        judged_at=row.judged_at or row.created_at,
        outcome=_outcome(row),
    )


def _outcome(row: AuditedLabel) -> str:
    adjudication = getattr(row, "adjudication", None)
    return str(adjudication.get_outcome_display()) if adjudication else ""


def _severities(queues: Iterable[Queue]) -> dict[tuple[int, str], tuple[int, str]]:
    categories = Category.objects.filter(policy__in={queue.policy_id for queue in queues})
    rows = categories.values_list("policy_id", "code", "severity", "name")
    return {(policy, code): (severity, name) for policy, code, severity, name in rows}


def _counted(row: AuditedLabel, answers: Iterable[Mapping[str, object]]) -> Counter[str]:
    given = [answer[row.question] for answer in answers if row.question in answer]
    votes = Counter(answer_code(value) for value in given if isinstance(value, str | list))
    votes[row.auditor_answer] += 1
    return votes


def _name(question: MeasuredQuestion | None, code: str) -> str:
    return question.name_of(code) if question else code


def _clauses(row: AuditedLabel) -> tuple[ClauseRevision, ...]:
    """The clauses that the two answers stand for, as they read when it was decided."""
    codes = {*row.given.split(JOIN), *row.auditor_answer.split(JOIN)}
    revisions = ClauseRevision.objects.filter(
        versions=row.label.policy_version_id,
        clause__categories__policy=row.queue.policy_id,
        clause__categories__code__in=codes,
    )
    return tuple(revisions.select_related("clause").distinct().order_by("clause__code"))


def _choices(row: AuditedLabel, question: MeasuredQuestion | None, votes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Answers that may be right: the two first; sets of categories only as far as somebody gave them."""
    others = votes if question is None or question.kind == "multi" else question.codes
    codes = dict.fromkeys([row.auditor_answer, row.given, *others])
    return tuple((code, _name(question, code)) for code in codes if code)
