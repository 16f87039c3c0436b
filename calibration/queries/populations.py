"""What a figure counts, said once and carried by each figure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from calibration.enums import Reference
from labeling.models import Queue

# Which slots count, in words; everything else is out.
AGREEMENT_SLOTS = (
    "current answers of ordinary, overlap and imported slots; gold, audit, exam and training slots are out"
)
PAIR_SLOTS = "the first answer of each of two vendors on items that both judged; gold, exam and training slots are out"
GOLD_SLOTS = "monitoring gold served at the base rate, first answer after undo closed; exams and practice are out"
AUDITED_ANSWERS = (
    "decisions that an auditor judged again; withdrawn items, replaced decisions and those where the auditor could not"
    " tell are out"
)
SCORED_SLOTS = {
    Reference.GOLD: GOLD_SLOTS,
    Reference.AUDIT_BLIND: AUDITED_ANSWERS,
    Reference.AUDIT_SEEN: AUDITED_ANSWERS,
}
# What stands beside a figure: it was measured against ...
REFERENCE_WORDS = {
    "gold": "gold",
    "audit_blind": "blind audits",
    "audit_seen": "audits that saw the answer",
    "consensus": "consensus",
}
WATCH_SLOTS = "all monitoring gold, base and extra, first answer after undo closed; disputed answers are out"


@dataclass(frozen=True, kw_only=True)
class Population:
    """Which slots, reference, clause revisions, policy versions and period a figure rests on.

    `since` and `until` are ISO times, None where open; `clauses` are `code rN`, empty where all count.
    """

    queue: str
    queue_id: str
    question: str
    slots: str
    reference: str = ""
    clauses: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()
    since: str | None = None
    until: str | None = None

    @classmethod
    def of(
        cls,
        queue: Queue,
        question: str,
        slots: str,
        *,
        reference: str = "",
        clauses: tuple[str, ...] = (),
        versions: tuple[int, ...] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Self:
        """The population of a figure of a queue."""
        return cls(
            queue=queue.name,
            queue_id=str(queue.public_id),
            question=question,
            slots=slots,
            reference=reference,
            clauses=clauses,
            versions=versions,
            since=since.isoformat() if since else None,
            until=until.isoformat() if until else None,
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The population that `as_json` wrote."""
        lists = {name: tuple(values.get(name, ())) for name in ("clauses", "versions")}
        return cls(**{**values, **lists})

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON field."""
        return {**asdict(self), "clauses": list(self.clauses), "versions": list(self.versions)}

    def sentence(self) -> str:
        """The population in one line of words."""
        return (
            f"{self.queue}, question {self.question}: {self.slots}{self._against()}{self._versions()}{self._period()}."
        )

    def _against(self) -> str:
        return f"; measured against {REFERENCE_WORDS[self.reference]}" if self.reference else ""

    def _versions(self) -> str:
        if not self.versions:
            return ""
        numbers = ", ".join(f"v{number}" for number in self.versions)
        return f"; policy {numbers}"

    def _period(self) -> str:
        start = f" from {self.since[:10]}" if self.since else ""
        end = f" to {self.until[:10]}" if self.until else ""
        return f";{start}{end}" if start or end else ""


def watched_population(
    queue: Queue, question: str, *, clauses: tuple[str, ...], since: datetime, until: datetime
) -> Population:
    """What the running check and the weekly test count: all monitoring gold of a queue in a period."""
    return Population.of(
        queue, question, WATCH_SLOTS, reference=Reference.GOLD, clauses=clauses, since=since, until=until
    )
