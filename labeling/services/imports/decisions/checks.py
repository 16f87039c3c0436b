"""The check of a file of decisions: all of it is read, counted and compared with what is here; nothing is stored."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from labeling.importing.dates import DateForm, DateForms
from labeling.importing.decisions import BY_THEMSELVES, DEFAULT_VENDOR, NOTHING, DecisionReader
from labeling.importing.findings import (
    ConflictExample,
    Conflicts,
    DateColumn,
    Expected,
    Findings,
    NameDecisions,
    ProblemKind,
    ReferenceFinding,
    TeamFinding,
    VendorFinding,
)
from labeling.importing.lines import UTF8
from labeling.importing.meanings import Meaning
from labeling.models import ImportRun
from labeling.queries import decision_imports as sql
from labeling.services.imports.decisions.memory import decisions_in
from labeling.services.imports.decisions.people import FoundPeople, find_people, people_used
from labeling.services.imports.decisions.proposals import Counts, propose_policies, propose_vendors
from labeling.services.imports.decisions.reading import opened, stage_file
from labeling.services.imports.decisions.resolving import compare_with_here
from labeling.services.imports.known_people import vendor_named
from labeling.services.imports.progress import Progress
from labeling.services.imports.staging import execute, fetch
from qaplatform.people.models import Team, Vendor

MANY_PEOPLE = 500
SOME_PEOPLE = 50
ROWS_A_PERSON = 10
EXAMPLES = 5
ENCODING_WORDS = (
    "The file is not UTF-8; it was read as Western European text (Windows-1252). Look at the names with accents."
)
NO_ITEM_WORDS = "No column holds item ids: the same content is the same item."
NO_CONTENT_WORDS = (
    "No column holds item ids or contents: each row is an item of its own, and a later file cannot correct this one."
)


@transaction.atomic
def check_decisions(run: ImportRun, progress: Progress, *, now: datetime) -> Findings:
    """What the file of a run holds. Raises MappingRefused, FileRefused; leaves nothing in the database."""
    decided = decided_so_far(run)
    reader = _stage(run, progress, decided, now=now)
    people = {(int(str(p)), int(str(t))): int(str(n)) for p, t, n in fetch(sql.COUNT_PEOPLE)}
    answers = _counted(sql.COUNT_ANSWERS)
    judged = [(int(str(j)), int(str(a)), int(str(n))) for j, a, n in fetch(sql.COUNT_JUDGED)]
    by_judged: Counter[int] = Counter()
    for combination, _, n in judged:
        by_judged[combination] += n
    counts = Counts.of(reader, answers, by_judged)
    policies = propose_policies(reader, counts, decided)
    vendors = _vendors(reader, people, decided)
    found = find_people(reader, vendors_here(reader, vendors), used=people_used())
    decisions, items = (int(str(n)) for n in fetch(sql.COUNT_DECISIONS)[0])
    labelers = {person for person, _ in people}
    missing = [found.missing[number].name for number in sorted(labelers & found.missing.keys())]
    base = Findings(
        rows=reader.rows,
        items=items,
        labelers=len(labelers - found.same.keys()),
        decisions=decisions,
        without_answer=reader.problems.counts.get("without_answer", 0),
        notes=_notes(run, reader),
        problems=_problems(reader),
        dates=tuple(_date_column(column, forms, decided) for column, forms in reader.dates.items()),
        conflicts=_conflicts(reader),
        policies=policies,
        vendors=vendors,
        teams=_teams(reader, people),
        new_labelers=len(missing),
        known_labelers=len(labelers & found.named.keys() - found.same.keys()),
        new_labeler_examples=tuple(missing[:EXAMPLES]),
        new_auditors=len(found.missing.keys() - labelers),
        new_default_vendor=_new_default_vendor(found),
        confirm_people=_people_to_confirm(len(missing), reader.rows),
        confirm_people_why=_why_confirm(len(missing), reader),
        audits=_references(reader, judged),
    )
    return _with_expected(base, reader, found)


def _new_default_vendor(found: FoundPeople) -> str:
    """The vendor that would be made for those who are new and have none."""
    if all(person.vendor != NOTHING for person in found.missing.values()) or vendor_named(DEFAULT_VENDOR):
        return ""
    return DEFAULT_VENDOR


def decided_so_far(run: ImportRun) -> NameDecisions:
    """What was decided in this run, and, where it says nothing, with an earlier file of this header."""
    own = NameDecisions.from_json(run.options["decisions"]) if "decisions" in run.options else NameDecisions()
    return own.over(decisions_in(run.mapping))


def vendors_here(reader: DecisionReader, findings: tuple[VendorFinding, ...]) -> dict[int, Vendor | None]:
    """The vendor of each number, as far as it exists."""
    here = {str(vendor.public_id): vendor for vendor in Vendor.objects.all()}
    by_name = {vendor.name: here.get(vendor.decision.get("vendor", "")) for vendor in findings}
    return {number: by_name.get(name) for number, name in enumerate(reader.vendors.shown) if number}


def _stage(run: ImportRun, progress: Progress, decided: NameDecisions, *, now: datetime) -> DecisionReader:
    """Copy the file; once more where its dates turned out to have the month first."""
    reader = _staged(run, progress, decided.day_first, now=now)
    other = {column: False for column, forms in reader.dates.items() if _has_month_first(forms)}
    other = {column: False for column in other if decided.day_first.get(column, True)}
    if not other:
        return reader
    return _staged(run, progress, {**decided.day_first, **other}, now=now)


def _staged(run: ImportRun, progress: Progress, day_first: Mapping[str, bool], *, now: datetime) -> DecisionReader:
    with opened(run) as table:
        return stage_file(run, table, progress, day_first=day_first, now=now)


def _has_month_first(forms: DateForms) -> bool:
    return DateForm.EITHER in forms.counts and forms.day_first is False


def _counted(statement: str) -> dict[int, int]:
    return {int(str(number)): int(str(n)) for number, n in fetch(statement)}


def _vendors(
    reader: DecisionReader, people: Mapping[tuple[int, int], int], decided: NameDecisions
) -> tuple[VendorFinding, ...]:
    rows: Counter[int] = Counter()
    labelers: dict[int, set[int]] = {}
    for (person, _), n in people.items():
        vendor = reader.person(person).vendor
        rows[vendor] += n
        labelers.setdefault(vendor, set()).add(person)
    return propose_vendors(reader, rows, {vendor: len(found) for vendor, found in labelers.items()}, decided)


def _notes(run: ImportRun, reader: DecisionReader) -> tuple[str, ...]:
    is_western = run.options.get("encoding", UTF8) != UTF8
    mapping = reader.mapping
    has_item, has_text = mapping.column_of(Meaning.ITEM), mapping.column_of(Meaning.TEXT)
    without = "" if has_item else NO_ITEM_WORDS if has_text else NO_CONTENT_WORDS
    return tuple(note for note in (ENCODING_WORDS if is_western else "", without) if note)


def _problems(reader: DecisionReader) -> tuple[ProblemKind, ...]:
    return tuple(
        ProblemKind(kind, reader.problems.words[kind], count, tuple(reader.problems.lines[kind]), kind in BY_THEMSELVES)
        for kind, count in sorted(reader.problems.counts.items(), key=lambda found: -found[1])
    )


def _date_column(column: str, forms: DateForms, decided: NameDecisions) -> DateColumn:
    chosen = decided.day_first.get(column, forms.day_first)
    is_ambiguous = DateForm.EITHER in forms.counts
    return DateColumn(
        column=column,
        formats=tuple((form.value, n, forms.examples[form]) for form, n in forms.counts.items()),
        ambiguous=forms.counts.get(DateForm.EITHER, 0),
        example=forms.examples.get(DateForm.EITHER, ""),
        must_ask=forms.must_ask and column not in decided.day_first,
        proposal="" if not is_ambiguous else "month_first" if chosen is False else "day_first",
    )


def _conflicts(reader: DecisionReader) -> Conflicts:
    execute(sql.FIND_CONFLICTS)
    count, by_date = (int(str(n)) for n in fetch(sql.COUNT_CONFLICTS)[0])
    examples = tuple(_conflict(reader, row) for row in fetch(sql.CONFLICT_EXAMPLES))
    return Conflicts(count=count, by_date=by_date, by_line=count - by_date, examples=examples)


def _conflict(reader: DecisionReader, row: tuple[object, ...]) -> ConflictExample:
    item, person, line, answers, other_line, other_answers = row
    winner = (int(str(line)), reader.words_of(int(str(answers))))
    loser = (int(str(other_line)), reader.words_of(int(str(other_answers))))
    first, second = sorted((winner, loser))
    return ConflictExample(
        item=str(item),
        labeler=reader.person(int(str(person))).name,
        first_line=first[0],
        first_answer=first[1],
        second_line=second[0],
        second_answer=second[1],
        counts="first" if first == winner else "second",
    )


def _teams(reader: DecisionReader, people: Mapping[tuple[int, int], int]) -> tuple[TeamFinding, ...]:
    here = {(team.vendor.name.casefold(), team.name.casefold()) for team in Team.objects.select_related("vendor")}
    labelers: dict[int, set[int]] = {}
    for person, team in people:
        labelers.setdefault(team, set()).add(person)
    return tuple(_team(reader, number, len(found), here) for number, found in sorted(labelers.items()) if number)


def _team(reader: DecisionReader, number: int, labelers: int, here: set[tuple[str, str]]) -> TeamFinding:
    vendor, name = reader.team(number)
    return TeamFinding(vendor, name, labelers, is_new=(vendor.casefold(), name.casefold()) not in here)


def _people_to_confirm(missing: int, rows: int) -> int:
    is_many = missing > MANY_PEOPLE or (missing > SOME_PEOPLE and missing * ROWS_A_PERSON > rows)
    return missing if is_many else 0


def _why_confirm(missing: int, reader: DecisionReader) -> str:
    if not _people_to_confirm(missing, reader.rows):
        return ""
    column = reader.mapping.column_of(Meaning.LABELER)
    return f"{missing:,} people are not known here, for {reader.rows:,} rows. Is {column or 'this'} the labeler?"


def _references(reader: DecisionReader, judged: list[tuple[int, int, int]]) -> tuple[ReferenceFinding, ...]:
    count: Counter[int] = Counter()
    live: Counter[int] = Counter()
    for combination, approval, n in judged:
        for place, value in enumerate(reader.references.values[combination][1:]):
            if value:
                count[place] += n
                live[place] += n if approval else 0
    return tuple(
        ReferenceFinding(
            reference=column.meaning.value,
            question=column.question,
            count=count[place],
            live=live[place] if column.meaning is Meaning.GOLD else 0,
        )
        for place, column in enumerate(reader.reference_columns)
    )


def _with_expected(findings: Findings, reader: DecisionReader, found: FoundPeople) -> Findings:
    acts = compare_with_here(reader, findings.policies, found)
    new = findings.decisions - sum(acts.values()) + acts.get("new", 0) + acts.get("back", 0)
    expected = Expected(
        new=new,
        changed=acts.get("changed", 0),
        same=acts.get("same", 0),
        older=acts.get("older", 0),
        answered_here=acts.get("answered_here", 0),
        withdrawn=acts.get("withdrawn", 0),
    )
    return Findings.from_json({**findings.as_json(), "expected": expected})
