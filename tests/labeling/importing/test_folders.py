"""Watched folders: what comes in by itself, and what does not."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from labeling.importing.findings import NameDecisions
from labeling.models import ImportFolder, ImportMapping, Label
from labeling.queries.imports import import_notices
from labeling.services.imports import run_import
from labeling.services.imports.decisions import confirm_import
from labeling.services.imports.drafts import discard_upload
from labeling.services.imports.folders import (
    folder_choices,
    look_into_folders,
    resume_folder,
    stop_folder,
    watch_folder,
)
from qaplatform import clock
from qaplatform.errors import InvalidInput
from qaplatform.people.access import Access, Holding
from qaplatform.people.enums import Role, Scope
from tests.builders import make_user
from tests.labeling.importing.decision_builders import import_decisions

pytestmark = pytest.mark.django_db

FILE = "case,who,verdict,firm,at\np1,anna,Spam,North,2026-05-01\np2,ben,OK,North,2026-05-02\n"
NEXT = "case,who,verdict,firm,at\np1,anna,OK,North,2026-05-08\np3,carl,Spam,North,2026-05-09\n"
MANAGER = Access(user_id=1, holdings=frozenset({Holding(Role.QA_MANAGER, Scope.PLATFORM)}))
LABELER = Access(user_id=2, holdings=frozenset({Holding(Role.LABELER, Scope.PLATFORM)}))


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    root = tmp_path_factory.mktemp("watched")
    settings.IMPORT_DIR = root
    (root / "weekly").mkdir()
    return root


@pytest.fixture
def folder(root: Path) -> ImportFolder:
    import_decisions(FILE)
    return watch_folder("weekly", ImportMapping.objects.get(), actor=make_user())


def look(folder: ImportFolder, *, minutes: int = 2) -> ImportFolder:
    look_into_folders(now=clock.now() + timedelta(minutes=minutes))
    folder.refresh_from_db()
    return folder


def names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_file_of_known_names_comes_in_by_itself(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "week 19.csv").write_text(NEXT)

    look(folder)

    run = folder.runs.get()
    assert (run.state, run.rows_new, run.rows_changed) == ("done", 1, 1)
    assert names(root) == ["weekly/done/week 19.csv"]
    assert (folder.problem, folder.problem_since) == ("", None)


def test_a_file_that_is_still_written_is_left_alone(folder: ImportFolder, root: Path) -> None:
    for name in ("now.csv", ".hidden.csv", "copy.csv.part"):
        (root / "weekly" / name).write_text(NEXT)

    look(folder, minutes=0)
    (root / "weekly" / "now.csv").unlink()
    look(folder)

    assert not folder.runs.exists()
    assert names(root) == ["weekly/.hidden.csv", "weekly/copy.csv.part"]


def test_looking_twice_brings_a_file_in_once(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.csv").write_text(NEXT)

    look(folder)
    before = Label.objects.count()
    look(folder)

    assert (folder.runs.count(), Label.objects.count()) == (1, before)


def test_a_new_category_waits_for_a_person(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.csv").write_text(NEXT.replace("Spam", "Scam"))

    look(folder)

    run = folder.runs.get()
    assert run.state == "checked"
    assert folder.problem == "a.csv waits for decisions. New answer: Scam. Open the import to decide."
    [notice] = import_notices(MANAGER)
    assert (notice.path, notice.problem) == ("weekly", folder.problem)
    assert import_notices(LABELER) == ()


def test_files_behind_one_that_waits_wait_too_until_it_is_decided(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.csv").write_text(NEXT.replace("Spam", "Scam"))
    look(folder)
    (root / "weekly" / "b.csv").write_text(NEXT.replace("p3", "p4"))
    look(folder)
    waiting = folder.runs.count()
    run = folder.runs.get()
    run_import(confirm_import(run, NameDecisions(), actor=run.created_by).pk)

    look(folder)
    look(folder)

    assert waiting == 1
    assert names(root) == ["weekly/done/a.csv", "weekly/done/b.csv"]
    assert folder.problem == ""


def test_a_file_that_a_person_discards_is_put_away(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.csv").write_text(NEXT.replace("Spam", "Scam"))
    look(folder)

    discard_upload(folder.runs.get())
    look(folder)

    assert names(root) == ["weekly/failed/a.csv"]
    assert not folder.runs.exists()


def test_other_columns_are_told(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.csv").write_text(NEXT.replace("firm", "company"))

    look(folder)

    said = "a.csv was refused. The file has other columns than before. Missing: firm. New: company."
    assert folder.problem == f"{said} Import it by hand once."
    assert names(root) == ["weekly/failed/a.csv"]


def test_a_broken_file_is_told_and_the_next_one_comes_in(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.xlsx").write_bytes(b"PK\x03\x04")
    look(folder)
    problem = folder.problem
    (root / "weekly" / "b.csv").write_text(NEXT)
    look(folder)

    assert problem.startswith("a.xlsx: Files end in .csv")
    assert names(root) == ["weekly/done/b.csv", "weekly/failed/a.xlsx"]
    assert folder.problem == problem
    assert resume_folder(folder, actor=make_user()).problem == ""


def test_rows_with_problems_wait_for_a_person(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.csv").write_text(NEXT.replace("2026-05-08", "soon"))

    look(folder)

    assert "1 rows cannot be read as they are." in folder.problem
    assert folder.runs.get().state == "checked"


@pytest.mark.parametrize("path", ["..", "weekly/..", "/etc", "", ".hidden", "weekly/done", "linked", "linked/inner"])
def test_a_folder_outside_or_behind_a_link_is_refused(path: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (root / "linked").symlink_to(tmp_path)
    import_decisions(FILE)

    with pytest.raises(InvalidInput):
        watch_folder(path, ImportMapping.objects.get(), actor=make_user())


def test_a_file_that_is_a_link_is_refused(folder: ImportFolder, root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(NEXT)
    (root / "weekly" / "a.csv").symlink_to(tmp_path / "secret.csv")

    look(folder)

    assert folder.problem.startswith("weekly/a.csv is a link, which is not followed.")
    assert not folder.runs.exists()


def test_a_folder_that_became_a_link_is_not_followed(folder: ImportFolder, root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(NEXT)
    (root / "weekly").rmdir()
    (root / "weekly").symlink_to(tmp_path)

    look(folder)

    assert "goes through a link" in folder.problem
    assert not folder.runs.exists()


def test_a_folder_that_is_gone_is_told(folder: ImportFolder, root: Path) -> None:
    (root / "weekly").rmdir()

    assert look(folder).problem == "There is no folder weekly. Make it, or choose another."


def test_a_stopped_folder_is_not_looked_into(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.csv").write_text(NEXT)

    look(stop_folder(folder, actor=make_user()))

    assert names(root) == ["weekly/a.csv"]


def test_only_real_folders_are_offered(root: Path, tmp_path: Path) -> None:
    (root / "weekly" / "done").mkdir()
    (root / "weekly" / "spam").mkdir()
    (root / ".git").mkdir()
    (root / "linked").symlink_to(tmp_path)

    assert folder_choices() == ("weekly", "weekly/spam")


def test_without_the_variable_nothing_is_watched(settings: Settings) -> None:
    settings.IMPORT_DIR = None

    assert folder_choices() == ()
    with pytest.raises(InvalidInput, match="QA_IMPORT_DIR"):
        watch_folder("weekly", ImportMapping(), actor=make_user())


def test_a_file_that_took_the_place_of_one_that_waits_is_imported_after_it(folder: ImportFolder, root: Path) -> None:
    (root / "weekly" / "a.csv").write_text(NEXT.replace("Spam", "Scam"))
    run = look(folder).runs.get()
    (root / "weekly" / "new").write_text(NEXT.replace("p3", "p77"))
    (root / "weekly" / "new").rename(root / "weekly" / "a.csv")

    run_import(confirm_import(run, NameDecisions(), actor=run.created_by).pk)
    look(folder)
    look(folder)

    assert [found.state for found in folder.runs.all()] == ["done", "done"]
    assert Label.objects.filter(item__external_id="p77").exists()
    assert names(root) == ["weekly/done/a.csv"]


@pytest.mark.parametrize("key", ["who", "w\\u0000ho"])
def test_nul_characters_in_json_lines_are_said(folder: ImportFolder, root: Path, key: str) -> None:
    line = '{"case":"p1","who":"ann\\u0000a","verdict":"Spam","firm":"North","at":"2026-05-08"}\n'
    (root / "weekly" / "a.jsonl").write_text(line.replace("who", key) + line.replace("\\u0000", ""))

    look(folder)

    assert folder.problem.startswith("a.jsonl waits for decisions. 1 rows cannot be read as they are.")


def test_a_name_that_is_no_text_is_said_and_stops_no_other_folder(folder: ImportFolder, root: Path) -> None:
    (root / "daily").mkdir()
    daily = watch_folder("daily", folder.mapping, actor=make_user())
    (root / "weekly" / "a\udcff.csv").write_text(NEXT)
    (root / "daily" / "b.csv").write_text(NEXT)

    look(folder)

    assert folder.problem == "The name of a file in weekly cannot be read. Rename it with letters and digits."
    assert daily.runs.get().state == "done"
