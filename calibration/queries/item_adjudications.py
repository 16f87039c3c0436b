"""Items that labelers answer differently: what a fair decision needs, without names."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet

from calibration.models import ItemAdjudication
from calibration.queries.adjudications import DECIDERS, Vote
from calibration.queries.awaited import awaited_contents
from calibration.queries.counted_answers import CODE, COUNTS, parameters
from calibration.queries.questions import JOIN, MeasuredQuestion, read_questions
from calibration.queries.rows import read_rows
from labeling.enums import QueueKind
from labeling.models import ClauseRevision, Item
from qaplatform.people.access import Access

# The answers to one item that count for agreement: index of slots by item.
READ_VOTES = f"""
SELECT l.labeler_id, p.user_id, {CODE} AS code, l.rationale
FROM labeling_slot s
JOIN labeling_label l ON l.slot_id = s.id
JOIN labeling_item i ON i.id = s.item_id
JOIN people_labeler p ON p.id = l.labeler_id
WHERE s.item_id = %(item)s AND {COUNTS}
ORDER BY l.id
"""  # noqa: S608 - put together from our own constants


@dataclass(frozen=True)
class ItemVote:
    """One labeler's answer to the item."""

    labeler_id: int
    user_id: int | None
    code: str
    rationale: str


@dataclass(frozen=True, kw_only=True)
class DisputedItem:
    """Everything that a fair decision needs; `rationales` come by answer, in no order that tells who."""

    question: MeasuredQuestion
    votes: tuple[Vote, ...]
    rationales: tuple[tuple[str, str], ...]
    clauses: tuple[ClauseRevision, ...]
    choices: tuple[tuple[str, str], ...]
    adjudication: ItemAdjudication | None
    accepted: tuple[str, ...]

    @property
    def is_disputed(self) -> bool:
        """Whether the answers differ."""
        return len(self.votes) > 1


def decidable_items(access: Access) -> QuerySet[Item]:
    """Ordinary items, for QA managers and policy owners who cover everybody.

    Without those that the asker has yet to judge in an audit.
    """
    if not access.reach(DECIDERS).everything:
        return Item.objects.none()
    items = Item.objects.filter(queue__kind=QueueKind.ORDINARY)
    return items.exclude(content_hash__in=awaited_contents(access))


def read_votes(item: Item, question: str) -> tuple[ItemVote, ...]:
    """The current answers of ordinary slots to a question."""
    rows = read_rows(READ_VOTES, {**parameters(item.queue_id, question), "item": item.pk})
    return tuple(ItemVote(*row) for row in rows)


def asked_question(item: Item, key: str) -> MeasuredQuestion | None:
    """The question of this key, else the one about categories; None where the queue asks nothing."""
    questions = read_questions(item.queue)
    named = (question for question in questions if question.key == key)
    main = (question for question in questions if question.is_taxonomy)
    return next(named, None) or next(main, None) or next(iter(questions), None)


def read_disputed(item: Item, question: MeasuredQuestion) -> DisputedItem:
    """What the page of one item shows."""
    votes = read_votes(item, question.key)
    counted = Counter(vote.code for vote in votes)
    decided = ItemAdjudication.objects.filter(item=item, question=question.key).select_related("decided_by", "gold")
    adjudication = decided.first()
    codes = dict.fromkeys([*counted, *(() if question.kind == "multi" else question.codes)])
    told = sorted((question.name_of(vote.code), vote.rationale) for vote in votes if vote.rationale)
    return DisputedItem(
        question=question,
        votes=tuple(Vote(code, question.name_of(code), n) for code, n in counted.most_common()),
        rationales=tuple(told),
        clauses=_clauses(item, counted),
        choices=tuple((code, question.name_of(code)) for code in codes if code),
        adjudication=adjudication,
        accepted=tuple(question.name_of(code) for code in adjudication.accepted) if adjudication else (),
    )


def _clauses(item: Item, codes: Counter[str]) -> tuple[ClauseRevision, ...]:
    """The clauses of the answers, as they read in the version that the queue follows."""
    parts = {part for code in codes for part in code.split(JOIN)}
    revisions = item.queue.policy_version.revisions.filter(
        clause__categories__policy=item.queue.policy_id, clause__categories__code__in=parts
    )
    return tuple(revisions.select_related("clause").distinct().order_by("clause__code"))
