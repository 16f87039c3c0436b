"""What was acknowledged against what the database holds, promise by promise."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

PROMISES = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q9", "J1")
SHOWN = 5

Line = Mapping[str, object]

SLOTS_WITH_TWO = """
SELECT slot_id, count(*) FROM labeling_label label
WHERE queue_id = ANY(%(queues)s)
  AND NOT EXISTS (SELECT FROM labeling_label revision WHERE revision.revises_id = label.id)
GROUP BY slot_id HAVING count(*) > 1
"""
ITEMS_OVER = """
SELECT item.content ->> 'text', item.answers_needed, count(*)
FROM labeling_label label
JOIN labeling_slot slot ON slot.id = label.slot_id
JOIN labeling_item item ON item.id = label.item_id
WHERE label.queue_id = ANY(%(queues)s) AND slot.origin = 'entry' AND label.revises_id IS NULL
GROUP BY item.id HAVING count(*) > item.answers_needed
"""
SLOTS_BESIDE_LABELS = """
SELECT slot.id, slot.state FROM labeling_slot slot LEFT JOIN labeling_label label ON label.slot_id = slot.id
WHERE slot.queue_id = ANY(%(queues)s) AND (slot.state = 'done') <> (label.id IS NOT NULL)
   OR slot.queue_id = ANY(%(queues)s) AND slot.labeler_id <> label.labeler_id
"""
TWICE_A_PERSON = """
SELECT item_id, labeler_id, count(*) FROM labeling_label
WHERE queue_id = ANY(%(queues)s) AND revises_id IS NULL
GROUP BY item_id, labeler_id HAVING count(*) > 1
"""
LABELS = """
SELECT label.public_id::text, label.rationale, label.answers, label.labeler_id, slot.assignment_id::text
FROM labeling_label label JOIN labeling_slot slot ON slot.id = label.slot_id
WHERE label.queue_id = ANY(%(queues)s)
"""
LATE = """
SELECT late.assignment_id::text, late.labeler_id, late.rationale
FROM labeling_lateanswer late JOIN labeling_slot slot ON slot.id = late.slot_id WHERE slot.queue_id = ANY(%(queues)s)
"""
SKIPS = """
SELECT item.content ->> 'text', skip.labeler_id
FROM labeling_skip skip JOIN labeling_item item ON item.id = skip.item_id WHERE item.queue_id = ANY(%(queues)s)
"""
CLAIMED = """
SELECT assignment_id::text, claimed_at FROM labeling_slot WHERE assignment_id = ANY(%(assignments)s::uuid[])
UNION ALL
SELECT assignment_id::text, claimed_at FROM labeling_endedassignment WHERE assignment_id = ANY(%(assignments)s::uuid[])
"""
WITHDRAWN = """
SELECT content ->> 'text' FROM labeling_item WHERE queue_id = ANY(%(queues)s) AND withdrawn_at IS NOT NULL
"""
WITHDRAWN_IN_WORK = """
SELECT item.content ->> 'text', slot.state FROM labeling_slot slot JOIN labeling_item item ON item.id = slot.item_id
WHERE slot.queue_id = ANY(%(queues)s) AND item.withdrawn_at IS NOT NULL AND slot.state IN ('open', 'leased')
"""


@dataclass(frozen=True)
class Chapter:
    """The ledgers of one chapter, and whom and what they speak of."""

    queue_ids: tuple[int, ...]
    people: tuple[int, ...]
    never_sample: str
    lines: Mapping[str, tuple[Line, ...]]

    def of(self, kind: str) -> tuple[Line, ...]:
        """All lines of a kind."""
        return self.lines.get(kind, ())

    def labeler(self, line: Line) -> int:
        """The database's key of the person of a line."""
        return self.people[int(str(line["person"]))]


@dataclass
class Findings:
    """What broke, by promise, and how often what has to happen did happen.

    `offers` are the seconds from the lease end of a dead labeler to the next offer of the item.
    """

    broken: dict[str, list[str]] = field(default_factory=lambda: {promise: [] for promise in PROMISES})
    figures: Counter[str] = field(default_factory=Counter)
    offers: list[float] = field(default_factory=list)

    def add(self, promise: str, what: str, rows: Iterable[object]) -> None:
        """Book each row as a break of the promise."""
        self.broken[promise] += [f"{what}: {row}" for row in rows]

    def merge(self, other: "Findings") -> None:
        """Take the findings of a further chapter in."""
        for promise, found in other.broken.items():
            self.broken[promise] += found
        self.figures += other.figures
        self.offers += other.offers

    def say(self) -> str:
        """Every break, a few of each promise."""
        lines = [
            line
            for promise, found in self.broken.items()
            for line in (*(f"{promise} {text}" for text in found[:SHOWN]), *_rest(promise, found))
        ]
        return "\n".join(lines)


def read_chapter(folder: Path) -> Chapter:
    """Read all ledgers of a chapter; a line that a kill cut short was never acknowledged to anybody."""
    world = json.loads((folder / "world.json").read_text())
    lines: dict[str, list[Line]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl")):
        for line in _whole_lines(path):
            lines[str(line["kind"])].append(line)
    return Chapter(
        queue_ids=tuple(world["queue_ids"]),
        people=tuple(world["people"]),
        never_sample=world["never_sample"],
        lines={kind: tuple(found) for kind, found in lines.items()},
    )


def compare(connection: psycopg.Connection, chapter: Chapter) -> Findings:
    """Compare the ledgers of a chapter that has come to rest with the database."""
    findings = Findings()
    for line in chapter.of("wrong"):
        findings.broken[str(line["promise"])].append(str(line["what"]))
    queues = {"queues": list(chapter.queue_ids)}
    findings.add("Q1", "slot with two labels", _rows(connection, SLOTS_WITH_TWO, queues))
    findings.add("Q1", "item with more labels than its overlap", _rows(connection, ITEMS_OVER, queues))
    findings.add("Q2", "item answered twice by one person", _rows(connection, TWICE_A_PERSON, queues))
    findings.add("Q3", "slot and label do not fit", _rows(connection, SLOTS_BESIDE_LABELS, queues))
    _compare_answers(connection, chapter, queues, findings)
    _compare_late(connection, chapter, queues, findings)
    _compare_offers(connection, chapter, findings)
    _compare_withdrawals(connection, chapter, queues, findings)
    _count(chapter, findings)
    return findings


def _compare_answers(
    connection: psycopg.Connection, chapter: Chapter, queues: Mapping[str, object], findings: Findings
) -> None:
    sent = {str(line["nonce"]): line for line in chapter.of("sent")}
    stored: dict[str, tuple[object, ...]] = {}
    for public_id, nonce, *facts in _rows(connection, LABELS, queues):
        line = sent.get(str(nonce))
        if str(nonce).startswith("stranger"):
            findings.broken["Q5"].append(f"label {public_id} of somebody who never held the slot")
        elif str(nonce).startswith("other"):
            findings.broken["Q4"].append(f"label {public_id} has the second body of its key")
        elif line is None or facts != [line["answers"], chapter.labeler(line), line["assignment"]]:
            findings.broken["Q3"].append(f"label {public_id} was not sent so: {facts}")
        if nonce in stored:
            findings.broken["Q4"].append(f"{nonce} is stored twice")
        stored[str(nonce)] = (public_id, *facts)
    for line in chapter.of("answer"):
        expected = (line["label"], line["answers"], chapter.labeler(line), line["assignment"])
        if stored.get(str(line["nonce"])) != expected:
            findings.broken["Q3"].append(f"acknowledged {expected}, stored {stored.get(str(line['nonce']))}")
    skips = set(_rows(connection, SKIPS, queues))
    lost = [line for line in chapter.of("skip") if (line["item"], chapter.labeler(line)) not in skips]
    findings.add("Q3", "acknowledged skip is lost", lost)
    findings.figures["labels in the database"] += len(stored)


def _compare_late(
    connection: psycopg.Connection, chapter: Chapter, queues: Mapping[str, object], findings: Findings
) -> None:
    """Of several texts for one lost assignment each is kept, and nothing that was not sent."""
    kept = {(assignment, labeler, str(nonce)) for assignment, labeler, nonce in _rows(connection, LATE, queues)}
    sent = {str(line["nonce"]) for line in chapter.of("sent")}
    for line in chapter.of("late"):
        if (line["assignment"], chapter.labeler(line), str(line["nonce"])) not in kept:
            findings.broken["Q5"].append(f"late answer to {line['assignment']} is lost")
    acknowledged = {line["assignment"] for line in chapter.of("late")}
    unsent = [assignment for assignment, _, nonce in kept if assignment in acknowledged and nonce not in sent]
    findings.broken["Q5"] += [f"late answer to {assignment} was not sent so" for assignment in unsent]
    findings.figures["late answers kept"] += len(kept)


def _compare_offers(connection: psycopg.Connection, chapter: Chapter, findings: Findings) -> None:
    """An item that a person is done with is not lent to them anew."""
    done: dict[tuple[object, object], float] = {}
    for line in (*chapter.of("answer"), *chapter.of("late"), *chapter.of("skip")):
        pair = (line["person"], line["item"])
        done[pair] = min(done.get(pair, float("inf")), _number(line["acknowledged"]))
    again = {
        str(line["assignment"]): done[pair]
        for line in chapter.of("claim")
        if (pair := (line["person"], line["item"])) in done and _number(line["sent"]) > done[pair]
    }
    claimed = dict(_rows(connection, CLAIMED, {"assignments": list(again)}))
    for assignment, at in again.items():
        moment = claimed.get(assignment)
        if not isinstance(moment, datetime) or moment > datetime.fromtimestamp(at, UTC):
            findings.broken["Q2"].append(f"assignment {assignment} lends an item anew that the person is done with")
    tabs: dict[object, set[object]] = defaultdict(set)
    for line in chapter.of("claim"):
        tabs[line["assignment"]].add(line["tab"])
    findings.figures["second tab got the first one's assignment"] += sum(len(found) > 1 for found in tabs.values())


def _compare_withdrawals(
    connection: psycopg.Connection, chapter: Chapter, queues: Mapping[str, object], findings: Findings
) -> None:
    acknowledged: dict[object, float] = {}
    for line in _withdrawals(chapter):
        at = _number(line["acknowledged"])
        acknowledged[line["item"]] = min(acknowledged.get(line["item"], float("inf")), at)
    for kind in ("claim", "answer"):
        after = [
            line
            for line in chapter.of(kind)
            if line["item"] in acknowledged and _number(line["sent"]) > acknowledged[line["item"]]
        ]
        findings.add("Q9", f"{kind} after the withdrawal", after)
    withdrawn = {row[0] for row in _rows(connection, WITHDRAWN, queues)}
    findings.add("Q9", "acknowledged withdrawal is lost", sorted(map(str, set(acknowledged) - withdrawn)))
    findings.add("Q9", "withdrawn item is in work", _rows(connection, WITHDRAWN_IN_WORK, queues))
    findings.figures["items withdrawn"] += len(withdrawn)


def _withdrawals(chapter: Chapter) -> Iterator[Line]:
    yield from chapter.of("withdrawal")
    yield from (line for line in chapter.of("skip") if line["reason"] == "illegal")
    for line in (*chapter.of("answer"), *chapter.of("late")):
        if line["answers"] == {"category": chapter.never_sample}:
            yield line


def _count(chapter: Chapter, findings: Findings) -> None:
    findings.figures.update(
        {
            "answers acknowledged": len(chapter.of("answer")),
            "claims": len(chapter.of("claim")),
            "answered after the lease, still the holder's": sum(bool(line["overrun"]) for line in chapter.of("answer")),
            "late answers acknowledged": len(chapter.of("late")),
            "other tab had answered": len(chapter.of("already")),
            "sent twice, same bytes back": len(chapter.of("replay")),
            "other body under a key, refused": len(chapter.of("other_body")),
            "strangers refused": len(chapter.of("stranger")),
            "four at once": len(chapter.of("four")),
            "skips": len(chapter.of("skip")),
            "leases extended": len(chapter.of("extend")),
            "nothing left": len(chapter.of("nothing")),
            "lost connections": sum(line["status"] == 0 for line in chapter.of("failure")),
            "server errors": sum(line["status"] != 0 for line in chapter.of("failure")),
        }
    )


def _rows(connection: psycopg.Connection, statement: str, parameters: Mapping[str, object]) -> list[tuple[object, ...]]:
    return connection.execute(statement, parameters).fetchall()  # type: ignore[arg-type]


def _whole_lines(path: Path) -> Iterator[Line]:
    for text in path.read_text().splitlines():
        try:
            yield json.loads(text)
        except ValueError:
            continue


def _number(value: object) -> float:
    return float(str(value))


def _rest(promise: str, found: list[str]) -> list[str]:
    return [f"{promise} and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
