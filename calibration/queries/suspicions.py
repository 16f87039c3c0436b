"""Suspicions that somebody may see, grouped by what was looked for, and the answers behind one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import floor, log10
from uuid import UUID

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from calibration.enums import GoldState, SuspicionKind, SuspicionState
from calibration.models import GoldAnswer, GoldScore, Suspicion
from calibration.queries.answer_names import AnswerNames, read_answer_names
from calibration.queries.awaited import awaited_contents
from calibration.queries.populations import Population
from calibration.queries.rows import read_rows
from labeling.engine.answers import answer_code
from labeling.models import Item, Label
from qaplatform.people.access import Access
from qaplatform.people.enums import Role

ABOUT_GOLD = (SuspicionKind.WRONG_GOLD, SuspicionKind.LEAKED_GOLD)
MOST_ANSWERS = 200
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

# When each answer was given and how long it took, by the server's clock: from the claim, or from the person's last
# answer where the page was fetched before that (label_by_labeler, one probe). Decisions made elsewhere have no time.
READ_TIMES = """
SELECT l.id, first.at, CASE WHEN s.origin <> 'imported' THEN extract(epoch FROM first.at - greatest(l.claimed_at, (
    SELECT max(p.created_at) FROM labeling_label p
    WHERE p.labeler_id = l.labeler_id AND p.created_at < first.at AND p.revises_id IS NULL)))::float8 END
FROM labeling_label l
JOIN labeling_slot s ON s.id = l.slot_id
CROSS JOIN LATERAL (
    SELECT CASE s.origin WHEN 'imported' THEN s.done_at ELSE min(f.created_at) END AS at
    FROM labeling_label f WHERE f.slot_id = s.id
) first
WHERE l.id = ANY(%(labels)s)
"""


@dataclass(frozen=True, kw_only=True)
class SuspicionLine:
    """One suspicion in the inbox."""

    suspicion: Suspicion
    subject: str
    population: str

    @property
    def n(self) -> int:
        """How many answers it rests on."""
        return int(self.suspicion.facts.get("n", 0))

    @property
    def p_words(self) -> str:
        """Its p-value, never as a bare zero."""
        return p_words(self.suspicion.p_value)

    @property
    def may_be_chance(self) -> bool:
        """Whether it does not stand out of everything that was looked at."""
        return not self.suspicion.facts.get("stands_out", True)


@dataclass(frozen=True, kw_only=True)
class SuspicionGroup:
    """Suspicions of one kind on a page, the strongest first."""

    kind: SuspicionKind
    lines: tuple[SuspicionLine, ...]


@dataclass(frozen=True, kw_only=True)
class BehindLine:
    """An answer behind a suspicion. `person` is empty for whoever may not read names; `is_right` None: not known."""

    person: str
    person_id: UUID | None
    team: str
    item: Item
    given: str
    expected: str
    is_right: bool | None
    skill: float | None
    seconds: float | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SharedLine:
    """An item that both of two people answered: each one's answer."""

    item: Item
    expected: str
    first: BehindLine
    other: BehindLine

    @property
    def is_same(self) -> bool:
        """Whether both gave the same answer."""
        return self.first.given == self.other.given


def p_words(p_value: float | None) -> str:
    """A p-value in words: small ones by their power of ten."""
    if p_value is None:
        return "not computed"
    if p_value >= 0.001:
        return f"{p_value:.3f}"
    return f"under 10\u207b{str(floor(-log10(max(p_value, 1e-99)))).translate(RAISED)}"


def how_many(chance: float) -> str:
    """An expected number in words: one that is too small to print is said to be so."""
    return f"about {chance:.0f}" if chance >= 2 else f"{chance:.2f}" if chance >= 0.01 else "fewer than 0.01"


def visible_suspicions(access: Access) -> QuerySet[Suspicion]:
    """All for QA managers who cover everybody, those about gold for policy owners too; never about oneself."""
    rows = Suspicion.objects.select_related("queue", "gold__item", "labeler", "other", "decided_by")
    if access.labeler_id is not None:
        rows = rows.exclude(Q(labeler=access.labeler_id) | Q(labeler__isnull=False, other=access.labeler_id))
    if access.reach({Role.QA_MANAGER}).everything:
        return rows
    if access.reach({Role.POLICY_OWNER}).everything:
        return rows.filter(kind__in=ABOUT_GOLD)
    return rows.none()


def confirmed_wrong_gold(access: Access) -> QuerySet[Suspicion]:
    """Confirmed suspicions of wrong gold whose answer is in force as it was then, on gold that is live."""
    confirmed = visible_suspicions(access).filter(
        kind=SuspicionKind.WRONG_GOLD, state=SuspicionState.CONFIRMED, gold__state=GoldState.LIVE
    )
    since = GoldAnswer.objects.filter(
        gold=OuterRef("gold"), question=OuterRef("question"), approved_at__gt=OuterRef("decided_at")
    )
    return confirmed.exclude(Exists(since)).select_related("gold__item", "queue").order_by("decided_at")


def by_kind(suspicions: QuerySet[Suspicion]) -> QuerySet[Suspicion]:
    """Kind by kind in their declared order; of those that are open the strongest first."""
    places = [When(kind=kind, then=Value(place)) for place, kind in enumerate(SuspicionKind.values)]
    return suspicions.order_by(Case(*places, output_field=IntegerField()), "-score", "id")


def counts_by_state(suspicions: QuerySet[Suspicion]) -> dict[str, int]:
    """How many suspicions are in each state."""
    return dict(suspicions.order_by().values_list("state").annotate(Count("pk")))


def grouped(suspicions: Iterable[Suspicion]) -> tuple[SuspicionGroup, ...]:
    """Rows that come kind by kind, as groups for a page."""
    found: defaultdict[SuspicionKind, list[SuspicionLine]] = defaultdict(list)
    for row in suspicions:
        found[SuspicionKind(row.kind)].append(line_of(row))
    return tuple(SuspicionGroup(kind=kind, lines=tuple(lines)) for kind, lines in found.items())


def line_of(suspicion: Suspicion) -> SuspicionLine:
    """One suspicion with its subject and population in words."""
    return SuspicionLine(
        suspicion=suspicion,
        subject=subject_of(suspicion),
        population=Population.from_json(suspicion.population).sentence(),
    )


def subject_of(suspicion: Suspicion) -> str:
    """What or whom it is about."""
    if suspicion.gold is not None:
        return suspicion.gold.item.external_id or "a gold item"
    if suspicion.other is not None:
        return f"{suspicion.labeler} and {suspicion.other}"
    return str(suspicion.labeler)


def answers_behind(suspicion: Suspicion, access: Access) -> tuple[BehindLine, ...]:
    """The answers that the finding rests on, in the order of time; names only for QA managers. Five queries.

    Items that the asker has yet to judge in an audit are left out, as in every other list; one query more to know them.
    """
    wanted = [int(pk) for pk in suspicion.facts.get("labels", ())][-MOST_ANSWERS:]
    labels = Label.objects.filter(pk__in=wanted).select_related("item", "labeler__team")
    labels = labels.exclude(item__content_hash__in=awaited_contents(access))
    scores = {
        score.label_id: score
        for score in GoldScore.objects.filter(label__in=wanted, question=suspicion.question, ended_at=None)
    }
    times = {pk: (at, seconds) for pk, at, seconds in read_rows(READ_TIMES, {"labels": wanted})}
    skills = dict(zip(wanted, suspicion.facts.get("skills", ()), strict=False))
    names = read_answer_names(suspicion.queue)
    lines = [
        _behind(label, suspicion, scores.get(label.pk), times[label.pk], skills.get(label.pk), names)
        for label in labels
    ]
    in_order = tuple(sorted(lines, key=lambda line: line.at))
    if access.reach({Role.QA_MANAGER}).everything:
        return in_order
    return tuple(replace(line, person="", person_id=None, team="") for line in in_order)


def shared_items(suspicion: Suspicion, lines: Iterable[BehindLine]) -> tuple[SharedLine, ...]:
    """The answers of two people side by side, the items with the same answer first."""
    by_item: defaultdict[int, dict[UUID | None, BehindLine]] = defaultdict(dict)
    for line in lines:
        by_item[line.item.pk][line.person_id] = line
    first, other = suspicion.labeler, suspicion.other
    if first is None or other is None:
        return ()
    pairs = [
        SharedLine(item=rows[first.public_id].item, expected=rows[first.public_id].expected, first=one, other=two)
        for rows in by_item.values()
        if (one := rows.get(first.public_id)) and (two := rows.get(other.public_id))
    ]
    return tuple(sorted(pairs, key=lambda pair: (not pair.is_same, pair.first.at)))


def given_instead(suspicion: Suspicion) -> tuple[tuple[str, int], ...]:
    """What was given where something else was expected, the commonest first, in words."""
    counted = suspicion.facts.get("given", ())
    if not counted:
        return ()
    names = read_answer_names(suspicion.queue)
    return tuple((names.words(suspicion.question, code), n) for code, n in counted)


def _behind(  # noqa: PLR0917  One row is put together from what six reads found.
    label: Label,
    suspicion: Suspicion,
    score: GoldScore | None,
    time: tuple[datetime, float | None],
    skill: float | None,
    names: AnswerNames,
) -> BehindLine:
    at, seconds = time
    given = score.given if score else answer_code(label.answers.get(suspicion.question) or "")
    expected = score.expected if score else _held_against(suspicion, label)
    return BehindLine(
        person=str(label.labeler),
        person_id=label.labeler.public_id,
        team=str(label.labeler.team or ""),
        item=label.item,
        given=names.words(suspicion.question, given),
        expected=names.words(suspicion.question, expected) if expected else "",
        is_right=score.is_correct if score else (given == expected if expected else None),
        skill=skill,
        seconds=seconds if seconds and seconds > 0 else None,
        at=at,
    )


def _held_against(suspicion: Suspicion, label: Label) -> str:
    expected: Mapping[str, str] = suspicion.facts.get("expected", {})
    return str(expected.get(str(label.item_id), ""))
