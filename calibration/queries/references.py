"""Which references there are figures by; gold and audits are never pooled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, F

from calibration.enums import Cut, Metric, Reference
from calibration.models import MetricSnapshot
from calibration.queries.populations import REFERENCE_WORDS
from calibration.queries.score_counts import MEASURED
from labeling.models import Queue
from qaplatform.people.models import Labeler

NO_ANSWERS = {
    Reference.GOLD: "gold answers",
    Reference.AUDIT_BLIND: "blind audits",
    Reference.AUDIT_SEEN: "audits with the answer in view",
}


@dataclass(frozen=True, kw_only=True)
class ReferenceChoice:
    """The reference that a page shows, and how many people have answers against each."""

    chosen: Reference
    people: Mapping[Reference, int]

    @property
    def words(self) -> str:
        """What stands beside a figure."""
        return REFERENCE_WORDS[self.chosen]

    @property
    def other(self) -> Reference | None:
        """Another reference that has data, where the chosen one has none."""
        if self.people.get(self.chosen):
            return None
        return next((reference for reference in MEASURED if self.people.get(reference)), None)

    @property
    def missing_words(self) -> str:
        """What is missing and what is there instead, for an empty page."""
        nothing = f"Nobody here has {NO_ANSWERS[self.chosen]} yet"
        if self.other is None:
            return f"{nothing}."
        number = self.people[self.other]
        people = "1 person has" if number == 1 else f"{number:,} people have"
        return f"{nothing}; {people} {NO_ANSWERS[self.other]}."

    @property
    def caution(self) -> str:
        """What to know before reading figures by this reference; empty for gold."""
        if self.chosen == Reference.AUDIT_SEEN:
            return "The auditors saw the answer: such audits flatter, and tell less than gold or blind audits."
        if self.chosen == Reference.AUDIT_BLIND:
            return "Auditors err too: each error of theirs counts as one of the labeler's until it is adjudicated."
        return ""


def choose_reference(asked: str, people: Mapping[Reference, int]) -> ReferenceChoice:
    """What the address asks for; else gold where anybody has any, then blind audits, then those with the answer seen.

    >>> choose_reference("", {Reference.AUDIT_SEEN: 3}).chosen.value
    'audit_seen'
    """
    if asked in MEASURED:
        return ReferenceChoice(chosen=Reference(asked), people=people)
    first = next((reference for reference in MEASURED if people.get(reference)), Reference.GOLD)
    return ReferenceChoice(chosen=first, people=people)


def people_by_reference(people: Iterable[Labeler] | None, queues: Sequence[Queue]) -> dict[Reference, int]:
    """How many of these people, or of all, have counted answers in these queues, by reference, in one query."""
    rows = MetricSnapshot.objects.filter(
        queue__in=queues,
        metric=Metric.ACCURACY,
        cut=Cut.LABELER,
        question=F("queue__sampling_plan__question"),
    )
    if people is not None:
        rows = rows.filter(key__in=[str(labeler.public_id) for labeler in people])
    counted = rows.order_by().values_list("reference").annotate(n=Count("key", distinct=True))
    return {Reference(reference): n for reference, n in counted}
