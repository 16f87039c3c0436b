"""Files of decisions for tests: uploaded, mapped, checked and imported as the product does it."""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from labeling.importing.findings import NameDecisions
from labeling.importing.meanings import (
    FIRST_QUESTION,
    AskedQuestion,
    ColumnMeaning,
    DecisionMapping,
    parse_choice,
)
from labeling.models import ImportRun
from labeling.services.imports import check_import, run_import
from labeling.services.imports.decisions import choose_mapping, confirm_import, findings_of, store_decisions
from qaplatform.people.enums import Role
from tests.builders import make_user

COLUMNS = {
    "case": "item",
    "who": "labeler",
    "verdict": "answer:category",
    "qa": "audit_seen:category",
    "firm": "vendor",
    "rules": "policy",
    "at": "date",
    "body": "text",
    "crew": "team",
    "blind": "audit_blind:category",
    "gold": "gold:category",
    "signed": "approved_by",
    "signed on": "approved_on",
    "by": "auditor",
    "tongue": "language",
    "why": "rationale",
    "action": "answer:action",
}


def upload_decisions(
    content: bytes | str, *, name: str = "export.csv", actor: AbstractBaseUser | None = None
) -> ImportRun:
    """A file that waits for the meaning of its columns."""
    raw = content.encode() if isinstance(content, str) else content
    actor = actor or make_user(roles=[Role.QA_MANAGER])
    return store_decisions(file_name=name, chunks=[raw], actor=actor)


def mapping_for(
    header: str, columns: Mapping[str, str] | None = None, questions: tuple[AskedQuestion, ...] = (), **fields: str
) -> DecisionMapping:
    """What the columns of a header mean, as `COLUMNS` or the test says."""
    meant = {**COLUMNS, **(columns or {})}
    found = tuple(ColumnMeaning(name, *parse_choice(meant.get(name, "ignored"))) for name in header.split(","))
    asked = questions or (FIRST_QUESTION, *([AskedQuestion("action", "Which action?")] if "action" in header else ()))
    return DecisionMapping(found, asked, **({"policy": "Community"} | fields))


def check(content: str, mapping: DecisionMapping | None = None, **upload: object) -> ImportRun:
    """A file with its findings."""
    run = upload_decisions(content, **upload)  # type: ignore[arg-type]
    mapping = mapping or mapping_for(content.splitlines()[0])
    return check_import(choose_mapping(run, mapping, actor=run.created_by).pk)


def import_decisions(
    content: str, mapping: DecisionMapping | None = None, *, decisions: NameDecisions | None = None, **upload: object
) -> ImportRun:
    """A file imported as proposed, or as decided."""
    run = check(content, mapping, **upload)
    decisions = decisions or NameDecisions(
        no_violation={p.name: "" for p in findings_of(run).policies if not p.no_violation}
    )
    return run_import(confirm_import(run, decisions, actor=run.created_by).pk)
