"""Importing decisions as people have them."""

import pytest

from labeling.importing.findings import NameDecisions
from labeling.models import Item, Label
from labeling.services.imports import check_import, run_import
from labeling.services.imports.decisions import choose_mapping, confirm_import, draft_of, findings_of
from tests.labeling.importing.decision_builders import upload_decisions
from tests.messy import Messy, make_messy

pytestmark = pytest.mark.django_db


def import_messy(messy: Messy) -> object:
    run = upload_decisions(messy.file)
    draft = draft_of(run)
    run = check_import(choose_mapping(run, draft.mapping, actor=run.created_by).pk)
    findings = findings_of(run)
    decisions = NameDecisions(
        no_violation={"Community": "nothing_found"},
        day_first=dict.fromkeys([d.column for d in findings.dates if d.must_ask], True),
    )
    return run_import(confirm_import(run, decisions, actor=run.created_by).pk)


def test_a_messy_file_comes_in_as_it_is_meant() -> None:
    messy = make_messy(seed=11, rows=600)

    run = import_messy(messy)

    truth = messy.truth
    print(run.notes, run.errors, run.findings)
    assert (run.state, run.rows_new) == ("done", truth.decisions)
    assert Item.objects.count() == truth.items
    assert Label.objects.count() == truth.decisions
