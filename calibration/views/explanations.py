"""What opens beside a figure: its formula from the glossary, what it counts, and the way to its rows."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.urls import reverse

from calibration.enums import AuditOrigin, Cut, Reference
from calibration.models import Audit
from calibration.queries.figure_rows import RowsWanted
from calibration.queries.glossary import BY_WORD
from calibration.queries.populations import REFERENCE_WORDS
from labeling.models import Queue
from qaplatform.web.parts import Explanation


def explain_accuracy(
    wanted: RowsWanted, *, n: int, population: str, word: str = "Accuracy", name: str = "this accuracy", note: str = ""
) -> Explanation:
    """An accuracy against one reference, with a link to the answers behind it."""
    return Explanation(
        name=name,
        formula=formula_of(word),
        population=population,
        reference=REFERENCE_WORDS[wanted.reference],
        n=n,
        note=note,
        rows_url=rows_url(wanted),
        rows_words="The answers behind it",
        word_url=word_url(word),
    )


def explain_errors(wanted: RowsWanted, word: str, *, n: int, population: str, unit: str) -> Explanation:
    """False positives or false negatives against one reference, with a link to the errors."""
    return Explanation(
        name=f"a {word.lower()}",
        formula=formula_of(word),
        population=population,
        reference=REFERENCE_WORDS[wanted.reference],
        n=n,
        unit=unit,
        note="Counted plainly, also where the accuracy is weighted.",
        rows_url=rows_url(replace(wanted, wrong_only=True)),
        rows_words="The errors, of every kind",
        word_url=word_url(word),
    )


def explain_audits(audits: Sequence[Audit], *, n: int, has_rows: bool) -> Explanation:
    """The share of right decisions of one audit, or of several of one queue, reference and question together."""
    first, word = audits[0], "Accuracy" if _are_imported(audits) else "Weighted accuracy"
    wanted = RowsWanted(reference=Reference(first.reference), audit=first.public_id)
    said = first.population.get("sentence") or "Judgements that came with a file."
    is_one = len(audits) == 1
    return Explanation(
        name="this figure",
        formula=formula_of(word),
        population=said if is_one else f"Judged decisions of {len(audits)} audits of {first.queue.name}",
        reference=REFERENCE_WORDS[first.reference],
        n=n,
        unit="judged decisions",
        note="The interval takes whole days of one person together: what somebody decides on one day hangs together.",
        rows_url=rows_url(wanted) if is_one and has_rows else "",
        rows_words="The decisions behind it",
        word_url=word_url(word),
    )


def explain_agreement(queue: UUID, question: str, *, n: int, population: str) -> Explanation:
    """The headline of the agreement explorer, with a link to the items behind it."""
    address = f"{reverse('calibration:agreement_rows')}?queue={queue}&question={question}"
    return Explanation(
        name="alpha",
        formula=formula_of("Alpha"),
        population=population,
        reference="",
        n=n,
        unit="items that two or more judged",
        rows_url=address,
        rows_words="The items behind it",
        word_url=word_url("Alpha"),
    )


def formula_of(word: str) -> str:
    """A figure's meaning and formula, in words."""
    term = BY_WORD[word]
    return f"{term.meaning} {term.formula}".strip()


def word_url(word: str) -> str:
    """Where the glossary says it."""
    return f"{reverse('calibration:glossary')}#{BY_WORD[word].key}"


def rows_url(wanted: RowsWanted) -> str:
    """The page with the answers behind a figure."""
    return f"{reverse('calibration:figure_rows')}?{wanted.query()}"


def rows_base(reference: Reference, queue: Queue | None = None) -> str:
    """The address of a person's answers, to which the person's id is added."""
    wanted = RowsWanted(reference=reference, cut=Cut.LABELER, queue=queue.public_id if queue else None)
    return f"{rows_url(wanted)}&key="


def person_rows(labeler_id: UUID, reference: Reference, queue: UUID | None = None) -> RowsWanted:
    """The answers behind one person's figure."""
    return RowsWanted(reference=reference, cut=Cut.LABELER, key=str(labeler_id), queue=queue)


def _are_imported(audits: Sequence[Audit]) -> bool:
    return all(audit.origin == AuditOrigin.IMPORTED for audit in audits)
