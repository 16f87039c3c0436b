"""The decisions that an audit is drawn from: counted before anything is drawn, then read by their ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from calibration.enums import AuditDraw, Reference
from calibration.queries.rows import read_rows
from calibration.queries.scoring import UNDO
from labeling.models import Category, Queue
from qaplatform.people.models import Labeler, Vendor

DAY = timedelta(days=1)


class Source(StrEnum):
    """Where decisions were made."""

    ALL = "all"
    OURS = "ours"
    IMPORTED = "imported"

    @property
    def words(self) -> str:
        """What a form and a population say.

        >>> Source.OURS.words
        'made here'
        """
        return {Source.ALL: "made here or imported", Source.OURS: "made here", Source.IMPORTED: "imported"}[self]


@dataclass(frozen=True, kw_only=True)
class AuditPopulation:
    """Which decisions of a queue, answers to one question, may be drawn, and how they fall into strata."""

    queue: Queue
    question: str
    draw: AuditDraw = AuditDraw.RANDOM
    since: date | None = None
    until: date | None = None
    vendor: Vendor | None = None
    source: Source = Source.ALL

    @property
    def sentence(self) -> str:
        """In words, as a page shows it."""
        parts = [f"Decisions in {self.queue.name} on “{self.question}”, {self.source.words}"]
        if self.vendor is not None:
            parts.append(f"by people of {self.vendor.name}")
        parts.append(_period_words(self.since, self.until))
        left_out = (
            "Left out: gold, training, withdrawn items, answers that may not be sampled, and what another blind audit "
            "holds already."
        )
        return f"{', '.join(part for part in parts if part)}. {left_out}"

    def as_json(self) -> dict[str, object]:
        """What an audit keeps: the words and the filters."""
        return {
            "sentence": self.sentence,
            "question": self.question,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "vendor": str(self.vendor.public_id) if self.vendor else None,
            "source": self.source.value,
        }


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the population with its size; the key names a labeler, an answer or a vendor, or nothing."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that may be drawn: its label, its stratum, when it was first answered, and what was given."""

    label_id: int
    stratum: str
    at: datetime
    given: str


# The current answer of each done slot to one question, with the moment of the first answer, as gold scores it (of an
# imported one the date that its slot keeps): what may still be taken back is not drawn. A stale answer of a slot has a
# row that revises it. Plan: one pass over the queue's labels (label_by_queue), hashed joins, and an anti-join each with
# revisions, placements and current audits.

_POPULATION = """
FROM (
    SELECT l.id, l.labeler_id, l.item_id, l.answers,
           CASE WHEN s.origin = 'imported' THEN s.done_at WHEN l.revises_id IS NULL THEN l.created_at ELSE
           (SELECT f.created_at FROM labeling_label f WHERE f.slot_id = l.slot_id AND f.revises_id IS NULL) END AS at,
           s.origin,
           CASE jsonb_typeof(l.answers -> %(question)s)
               WHEN 'array' THEN (SELECT string_agg(code, '+' ORDER BY code COLLATE "C")
                                  FROM jsonb_array_elements_text(l.answers -> %(question)s) AS code)
               ELSE l.answers ->> %(question)s END AS given
    FROM labeling_label l
    JOIN labeling_slot s ON s.id = l.slot_id AND s.state = 'done' AND s.queue_id = l.queue_id
    WHERE l.queue_id = %(queue)s
      AND NOT EXISTS (SELECT FROM labeling_label r WHERE r.revises_id = l.id)
      AND NOT EXISTS (SELECT FROM calibration_placement p WHERE p.slot_id = s.id)
      AND (%(never)s = '' OR NOT jsonb_path_exists(l.answers, '$.* ? (@ == $never[*])', nullif(%(never)s, '')::jsonb))
      AND NOT EXISTS (SELECT FROM calibration_auditedlabel a
                      WHERE a.label_id = l.id AND a.question = %(question)s AND a.reference = %(reference)s
                        AND a.ended_at IS NULL)
) d
JOIN labeling_item i ON i.id = d.item_id AND i.withdrawn_at IS NULL AND i.purged_at IS NULL
JOIN people_labeler person ON person.id = d.labeler_id
WHERE d.given <> ''
  AND (d.origin = 'imported' OR d.at <= %(closed)s)
  AND (%(since)s::timestamptz IS NULL OR d.at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR d.at < %(until)s)
  AND (%(vendor)s::bigint IS NULL OR person.vendor_id = %(vendor)s)
  AND (%(source)s = 'all' OR (d.origin = 'imported') = (%(source)s = 'imported'))
"""

_STRATUM = {
    AuditDraw.RANDOM: "''",
    AuditDraw.LABELER: "person.public_id::text",
    AuditDraw.CATEGORY: "d.given",
    AuditDraw.VENDOR: "(SELECT v.public_id::text FROM people_vendor v WHERE v.id = person.vendor_id)",
}


def count_strata(population: AuditPopulation, *, now: datetime) -> tuple[Stratum, ...]:
    """The strata and how many decisions each holds."""
    key = _STRATUM[population.draw]
    statement = f"SELECT {key} AS stratum, count(*) {_POPULATION} GROUP BY 1 ORDER BY 1"
    return tuple(Stratum(*row) for row in read_rows(statement, _parameters(population, now)))


def read_decisions(population: AuditPopulation, *, now: datetime) -> list[Decision]:
    """Every decision of the population, in the order of ids, so that a seed draws the same again."""
    statement = f"SELECT d.id, {_STRATUM[population.draw]}, d.at, d.given {_POPULATION} ORDER BY d.id"
    return [Decision(*row) for row in read_rows(statement, _parameters(population, now))]


def strata_names(draw: str, keys: set[str], names: Mapping[str, str]) -> dict[str, str]:
    """How the strata of a draw read on a page."""
    if draw == AuditDraw.LABELER:
        return {str(person.public_id): str(person) for person in Labeler.objects.filter(public_id__in=keys)}
    if draw == AuditDraw.VENDOR:
        return {str(vendor.public_id): vendor.name for vendor in Vendor.objects.filter(public_id__in=keys)}
    return {key: names.get(key, key) for key in keys}


def _parameters(population: AuditPopulation, now: datetime) -> dict[str, object]:
    categories = Category.objects.filter(policy_id=population.queue.policy_id, never_sample=True)
    never = ", ".join(f'"{code}"' for code in categories.values_list("code", flat=True))
    return {
        "queue": population.queue.pk,
        "question": population.question,
        "reference": Reference.AUDIT_BLIND.value,
        "never": f'{{"never": [{never}]}}' if never else "",
        "closed": now - UNDO,
        "since": _midnight(population.since),
        "until": _midnight(population.until + DAY) if population.until else None,
        "vendor": population.vendor.pk if population.vendor else None,
        "source": population.source.value,
    }


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, UTC) if day else None


def _period_words(since: date | None, until: date | None) -> str:
    if since and until:
        return f"from {since:%-d %B %Y} to {until:%-d %B %Y} (UTC)"
    if since:
        return f"since {since:%-d %B %Y} (UTC)"
    return f"until {until:%-d %B %Y} (UTC)" if until else ""
