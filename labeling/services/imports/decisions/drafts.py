"""A file of decisions before it is imported: its head, what its columns mean, and what its names are said to be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import PurePath
from typing import Any

import msgspec
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from labeling.enums import ImportKind, ImportState
from labeling.importing.findings import Findings, NameDecisions, proposals_of
from labeling.importing.guesses import SURE, guess_meanings, mapping_of
from labeling.importing.lines import UTF8, Encodings
from labeling.importing.meanings import ColumnMeaning, DecisionMapping, Meaning, mapping_fault
from labeling.importing.profiles import profiles_of
from labeling.importing.tables import format_of
from labeling.models import ImportMapping, ImportRun
from labeling.services.imports.decisions.checks import ENCODING_WORDS, decided_so_far
from labeling.services.imports.decisions.confirming import fault_in_decisions
from labeling.services.imports.decisions.memory import mapping_in, remembered_for
from labeling.services.imports.decisions.reading import mapping_of_run, opened
from labeling.services.imports.uploads import store_upload
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.trail.services import record

ROWS_LOOKED_AT = 3_000
ROWS_SHOWN = 5
CELL_SHOWN = 200
LONGEST_POLICY = 150
REMEMBERED = "As in earlier files with these columns."
CHOSEN = "As it was chosen before."


@dataclass(frozen=True)
class ColumnDraft:
    """A column as the page of the columns shows it."""

    name: str
    meaning: str
    question: str
    certainty: str
    why: str
    examples: tuple[str, ...]
    filled: float
    distinct: int


@dataclass(frozen=True)
class Head:
    """What the first rows of a file show, as a run keeps it. `rows_counted`: 0 where those are all rows."""

    columns: tuple[ColumnDraft, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: dict[str, Any]
    rows_counted: int = 0


@dataclass(frozen=True)
class Draft:
    """A file that waits for the meaning of its columns. `mapping` is the proposal."""

    columns: tuple[ColumnDraft, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: DecisionMapping
    remembered: ImportMapping | None
    notes: tuple[str, ...]
    rows_counted: int = 0


def store_decisions(*, file_name: str, chunks: Iterable[bytes], actor: AbstractBaseUser) -> ImportRun:
    """Keep a file of decisions, which waits for the meaning of its columns. Raises FileTooLarge, FileRefused."""
    format_of(file_name)
    digest, encodings = sha256(), Encodings()

    def looked_at() -> Iterator[bytes]:
        for chunk in chunks:
            digest.update(chunk)
            encodings.look_at(chunk)
            yield chunk
        encodings.look_at(b"", is_last=True)

    run = store_upload(None, kind=ImportKind.DECISIONS, file_name=file_name, chunks=looked_at(), actor=actor)
    run.options = {"digest": digest.hexdigest(), "encoding": encodings.best}
    run.save(update_fields=["options"])
    return run


def draft_of(run: ImportRun) -> Draft:
    """The head of a file, with the meaning of its columns as remembered, chosen or guessed. Raises FileRefused."""
    head = _head(run)
    remembered = remembered_for(column.name for column in head.columns)
    mapping = DecisionMapping.from_json(head.mapping)
    columns = head.columns
    if "mapping" in run.options:
        mapping = mapping_of_run(run)
        columns = _as_chosen(columns, mapping, CHOSEN)
    elif remembered is not None:
        mapping = replace(mapping_in(remembered), name=remembered.name)
        columns = _as_chosen(columns, mapping, REMEMBERED)
    is_western = run.options.get("encoding", UTF8) != UTF8
    notes = (ENCODING_WORDS if is_western else "", _shape_words(mapping))
    return Draft(columns, head.rows, mapping, remembered, tuple(note for note in notes if note), head.rows_counted)


@transaction.atomic
def choose_mapping(run: ImportRun, mapping: DecisionMapping, *, actor: AbstractBaseUser) -> ImportRun:
    """Fix what the columns mean and let the check start. Raises InvalidInput with the column, Refused."""
    run = _locked(run)
    if run.state != ImportState.UPLOADED:
        raise Refused("This file is being checked already. Reload the page.")
    header = [column.name for column in _head(run).columns]
    fault = mapping_fault(mapping, header)
    if fault is not None:
        raise InvalidInput(fault[0], detail={"field": "columns", "column": fault[1]})
    remembered = remembered_for(header)
    run.mapping = remembered
    run.options = {**run.options, "mapping": _complete(mapping, header).as_json()}
    record("import_checked", run, actor=actor, detail={"file": run.file_name, "kind": run.kind})
    return _to_be_checked(run)


@transaction.atomic
def reopen_mapping(run: ImportRun) -> ImportRun:
    """Go back from what the check found to the meaning of the columns."""
    run = _locked(run)
    if run.state != ImportState.CHECKED:
        raise Refused("Only a checked file that was not started yet can get other columns.")
    run.state = ImportState.UPLOADED
    run.findings = {}
    run.options = {name: value for name, value in run.options.items() if name != "decisions"}
    run.save(update_fields=["state", "findings", "options"])
    return run


@transaction.atomic
def recheck(run: ImportRun, decisions: NameDecisions, *, actor: AbstractBaseUser) -> ImportRun:
    """Check again with other names: the categories of a queue depend on which queue it is."""
    run = _locked(run)
    if run.state != ImportState.CHECKED:
        raise Refused("This file was started or is being checked already. Reload the page.")
    run.options = {**run.options, "decisions": decisions.over(decided_so_far(run)).as_json()}
    record("import_checked", run, actor=actor, detail={"file": run.file_name, "kind": run.kind})
    return _to_be_checked(run)


def findings_of(run: ImportRun) -> Findings:
    """What the check found."""
    return Findings.from_json({name: value for name, value in run.findings.items() if name != "result"})


@transaction.atomic
def confirm_import(run: ImportRun, decisions: NameDecisions, *, actor: AbstractBaseUser) -> ImportRun:
    """Fix what the names are and let the import start. Raises InvalidInput with the field, Refused."""
    run = _locked(run)
    if run.state != ImportState.CHECKED:
        raise Refused("This file was started already, or has to be checked first. Reload the page.")
    findings = findings_of(run)
    fault = fault_in_decisions(findings, decisions)
    if fault is not None:
        raise InvalidInput(fault[0], detail={"field": fault[1]})
    complete = decisions.over(proposals_of(findings))
    run.options = {**run.options, "decisions": complete.as_json(), "tries": 0, "since": clock.now().isoformat()}
    run.state = ImportState.WAITING
    run.bytes_read = run.rows_read = 0
    run.save(update_fields=["options", "state", "bytes_read", "rows_read"])
    record("import_started", run, actor=actor, detail={"file": run.file_name, "kind": run.kind})
    return run


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update(of=["self"]).select_related("mapping", "created_by").get(pk=run.pk)


def _to_be_checked(run: ImportRun) -> ImportRun:
    run.options = {**run.options, "tries": 0, "since": clock.now().isoformat()}
    run.state = ImportState.CHECKING
    run.findings, run.errors, run.error_count = {}, [], 0
    run.bytes_read = run.rows_read = 0
    run.save()
    return run


def _head(run: ImportRun) -> Head:
    """Read and understood once, then kept with the run."""
    if "head" not in run.options:
        run.options = {**run.options, "head": msgspec.to_builtins(_look_at(run))}
        run.save(update_fields=["options"])
    return msgspec.convert(run.options["head"], type=Head)


def _look_at(run: ImportRun) -> Head:
    with opened(run) as table:
        head = list(islice(table.rows, ROWS_LOOKED_AT))
        rows_counted = len(head) if next(iter(table.rows), None) is not None else 0
        profiles = profiles_of(table.columns, head)
    guesses, questions = guess_meanings(profiles)
    mapping = mapping_of(guesses, questions, policy=PurePath(run.file_name).stem[:LONGEST_POLICY])
    columns = tuple(
        ColumnDraft(
            name=guess.profile.name,
            meaning=guess.column.meaning.value,
            question=guess.column.question,
            certainty=guess.certainty,
            why=guess.why,
            examples=tuple(_shown(example) for example in guess.profile.examples),
            filled=guess.profile.fill,
            distinct=guess.profile.distinct,
        )
        for guess in guesses
    )
    cells = zip(*(profile.cells[:ROWS_SHOWN] for profile in profiles), strict=True)
    return Head(columns, tuple(tuple(_shown(cell) for cell in row) for row in cells), mapping.as_json(), rows_counted)


def _as_chosen(columns: Iterable[ColumnDraft], mapping: DecisionMapping, why: str) -> tuple[ColumnDraft, ...]:
    meant: Mapping[str, ColumnMeaning] = {column.column: column for column in mapping.columns}
    return tuple(
        replace(column, meaning=found.meaning.value, question=found.question, certainty=SURE, why=why)
        if (found := meant.get(column.name))
        else column
        for column in columns
    )


def _complete(mapping: DecisionMapping, header: Iterable[str]) -> DecisionMapping:
    """Columns about which nothing was said are left out."""
    said = {column.column: column for column in mapping.columns}
    return replace(mapping, columns=tuple(said.get(n) or ColumnMeaning(n, Meaning.IGNORED) for n in header))


def _shape_words(mapping: DecisionMapping) -> str:
    if mapping.shape == "wide":
        return "Each labeler has a column of their own."
    if mapping.having(Meaning.AUDIT_SEEN, Meaning.AUDIT_BLIND):
        return "Each row is one decision, some with a QA decision beside it."
    return "Each row is one decision of one labeler."


def _shown(text: str) -> str:
    """As the database can keep it: the check refuses rows with NUL characters one by one."""
    shown = text.replace("\0", "␀")
    return shown if len(shown) <= CELL_SHOWN else shown[:CELL_SHOWN] + "…"
