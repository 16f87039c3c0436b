"""The pages of an import of decisions: columns, what is new, result, undo, watched folders."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from labeling.enums import ImportState
from labeling.forms.decisions import reshaped, rows_as_read
from labeling.importing.meanings import Meaning
from labeling.models import ImportFolder, ImportMapping, ImportRun, Label, Policy
from labeling.services.imports import check_import, run_import
from labeling.services.imports.decisions import draft_of, result_of, undo_import
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, User, Vendor
from qaplatform.trail.models import TrailEntry
from qaplatform.web.figures import count
from tests.builders import client_for, make_queue, make_user, make_vendor
from tests.labeling.importing.decision_builders import COLUMNS, check, import_decisions, upload_decisions

pytestmark = pytest.mark.django_db

LONG = """case,who,verdict,qa,firm,at
p1,anna,Spam,Spam,North,2026-05-01 10:00
p1,ben,Fine,Spam,North,2026-05-01 11:00
p2,anna,Fine,,North,2026-05-02 10:00
"""
WIDE = "case,anna,ben\np1,Spam,Fine\np2,Fine,Fine\np3,Spam,Spam\n"


@pytest.fixture(autouse=True)
def _uploads(tmp_path, settings):
    settings.UPLOAD_DIR = tmp_path / "uploads"


@pytest.fixture
def quinn() -> User:
    return make_user("quinn", roles=[Role.QA_MANAGER])


@pytest.fixture
def client(quinn) -> Client:
    return client_for(quinn)


def page(client: Client, run: ImportRun) -> str:
    return client.get(reverse("labeling:import", args=[run.public_id])).content.decode()


def post(client: Client, name: str, run: ImportRun, data: dict[str, object] | None = None):
    return client.post(reverse(f"labeling:{name}", args=[run.public_id]), data or {})


def columns_of(run: ImportRun, **changes: str) -> dict[str, object]:
    """The form of the columns as a browser sends it, with other meanings for some columns."""
    draft = draft_of(run)
    said = COLUMNS | changes
    meanings = {f"meaning-{place}": said[column.name] for place, column in enumerate(draft.columns)}
    prompts = {f"prompt-{place}": question.prompt for place, question in enumerate(draft.mapping.questions)}
    return {**meanings, **prompts, "question_count": len(prompts), "policy": draft.mapping.policy}


def names_of(client: Client, run: ImportRun, **changes: str) -> dict[str, object]:
    """The form of what is new as a browser sends it."""
    form = client.get(reverse("labeling:import", args=[run.public_id])).context["form"]
    return {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()} | changes


def test_only_a_file_is_asked_for_and_its_columns_are_guessed(client):
    answer = client.post(reverse("labeling:new_decisions"), {"file": SimpleUploadedFile("export.csv", LONG.encode())})

    run = ImportRun.objects.get()
    shown = page(client, run)
    assert answer.url == reverse("labeling:import", args=[run.public_id])
    assert [shown.count(f"What the column {name} means") for name in ("case", "who", "verdict", "qa")] == [1, 1, 1, 1]
    assert "Rows as they will be read" in shown
    assert "2026-05-01 10:00" in shown


def test_values_are_said_to_be_of_the_first_rows_where_a_file_has_more_and_columns_lead_to_the_import(client):
    rows = "".join(f"i{number},r1,spam\n" for number in range(3_001))
    client.post(
        reverse("labeling:new_decisions"), {"file": SimpleUploadedFile("e.csv", f"case,who,v\n{rows}".encode())}
    )

    run = ImportRun.objects.get()
    answer = client.get(reverse("labeling:choose_columns", args=[run.public_id]))

    assert f"{count(3000)} different in the first {count(3000)} rows" in page(client, run)
    assert answer.url == reverse("labeling:import", args=[run.public_id])


def test_a_file_that_cannot_be_one_is_refused_beside_the_field(client):
    answer = client.post(reverse("labeling:new_decisions"), {"file": SimpleUploadedFile("export.xlsx", b"PK\x03\x04")})

    assert answer.status_code == 422
    assert ImportRun.objects.count() == 0


def test_a_meaning_given_twice_is_answered_beside_the_column_and_all_choices_are_kept(client, quinn):
    run = upload_decisions(LONG, actor=quinn)

    answer = post(client, "choose_columns", run, columns_of(run, at="labeler", firm="team") | {"policy": "Ads rules"})

    form = answer.context["form"]
    assert answer.status_code == 422
    assert "both said to be: Labeler" in form.errors["meaning-5"][0]
    assert form["meaning-4"].value() == "team"
    assert 'value="Ads rules"' in answer.content.decode()
    assert ImportRun.objects.get().state == ImportState.UPLOADED


def test_the_preview_follows_the_choices_before_they_are_sent(client, quinn):
    run = upload_decisions(LONG, actor=quinn)

    shown = client.get(
        reverse("labeling:preview_columns", args=[run.public_id]), columns_of(run, at="ignored", firm="ignored")
    ).content.decode()

    assert "anna" in shown
    assert "2026-05-01" not in shown
    assert "North" not in shown


def test_a_column_a_labeler_is_read_as_a_row_each(quinn):
    draft = draft_of(upload_decisions(WIDE, actor=quinn))
    mapping = reshaped(draft, draft.mapping, shape="wide")

    heads, rows = rows_as_read(draft, mapping)

    assert mapping.shape == "wide"
    assert heads[-2:] == (Meaning.LABELER.label, Meaning.ANSWER.label)
    assert rows[0][-2:] == ("anna", "Spam")
    assert rows[1][-2:] == ("ben", "Fine")


def test_the_other_shape_and_back_is_the_guess_again(quinn):
    draft = draft_of(upload_decisions(LONG, actor=quinn))

    again = reshaped(draft, reshaped(draft, draft.mapping, shape="wide"), shape="long")

    assert again.columns == draft.mapping.columns


def test_a_further_question_keeps_what_was_chosen(client, quinn):
    run = upload_decisions(LONG, actor=quinn)

    answer = post(client, "choose_columns", run, columns_of(run, firm="team") | {"add_question": "1"})

    form = answer.context["form"]
    assert answer.status_code == 200
    assert [question.key for question in form.questions] == ["category", "question_2"]
    assert form["meaning-4"].value() == "team"
    assert "answer:question_2" in answer.content.decode()


def test_what_is_new_is_listed_and_one_button_says_what_it_creates(client, quinn):
    run = check(LONG, actor=quinn)

    shown = page(client, run)

    assert "Is this right?" in shown
    assert "Import 3 decisions and create 1 policy, 2 categories, 1 vendor and 2 labelers" in " ".join(shown.split())
    assert Policy.objects.count() == 0


def test_the_words_of_the_button_follow_the_choices(client, quinn):
    vendor = make_vendor("Acme")
    run = check(LONG, actor=quinn)
    data = names_of(client, run) | {"vendor-0": f"same:{vendor.public_id}"}

    shown = client.get(reverse("labeling:import_words", args=[run.public_id]), data).content.decode()

    assert "create 1 policy, 2 categories and 2 labelers" in " ".join(shown.split())


def test_confirming_imports_and_the_result_leads_to_the_first_result(client, quinn):
    run = check(LONG, actor=quinn)

    answer = post(client, "confirm_import", run, names_of(client, run))
    run_import(run.pk)

    shown = page(client, run)
    assert answer.status_code == 302
    assert "The decisions are in" in shown
    assert reverse("calibration:first_result", args=[run.public_id]) in shown
    assert Label.objects.count() == 3


def test_an_answer_that_means_nothing_is_wrong_has_to_be_chosen(client, quinn):
    run = check(LONG.replace("Fine", "Grün"), actor=quinn)

    answer = post(client, "confirm_import", run, names_of(client, run))

    assert answer.status_code == 422
    assert "Choose the answer that means nothing is wrong with the item." in answer.content.decode()
    assert Label.objects.count() == 0


def test_an_existing_queue_can_take_the_decisions_and_is_checked_anew(client, quinn):
    queue = make_queue("Spam posts")
    run = check(LONG, actor=quinn)

    post(client, "confirm_import", run, names_of(client, run) | {"policy-0": str(queue.public_id)})
    check_import(run.pk)

    form = client.get(reverse("labeling:import", args=[run.public_id])).context["form"]
    assert form["policy-0"].value() == str(queue.public_id)
    assert ("same:spam", "The same as Spam") in form.fields["category-0-0-0"].choices


def test_a_vendor_can_be_one_that_is_here(client, quinn):
    north = make_vendor("Nordwerk")
    run = check(LONG, actor=quinn)

    post(client, "confirm_import", run, names_of(client, run) | {"vendor-0": f"same:{north.public_id}"})
    run_import(run.pk)

    assert list(Vendor.objects.values_list("name", flat=True)) == ["Nordwerk"]


def test_rows_that_cannot_be_read_need_a_yes(client, quinn):
    run = check(LONG + "p3,anna,Spam,,North,no day at all\n", actor=quinn)
    data = names_of(client, run)
    data.pop("leave_out_problems")

    refused = post(client, "confirm_import", run, data)
    accepted = post(client, "confirm_import", run, data | {"leave_out_problems": "on"})

    assert refused.status_code == 422
    assert "The date cannot be read." in refused.content.decode()
    assert accepted.status_code == 302


def test_the_columns_can_be_changed_after_the_check(client, quinn):
    run = check(LONG, actor=quinn)

    post(client, "change_columns", run)

    assert "What do the columns mean?" in page(client, run)


def test_progress_is_asked_for_again_and_loads_the_page_anew_at_the_end(client, quinn):
    run = upload_decisions(LONG, actor=quinn)
    post(client, "choose_columns", run, columns_of(run))
    address = reverse("labeling:import_progress", args=[run.public_id])

    under_way = client.get(address)
    check_import(run.pk)
    ended = client.get(address)

    assert "You may leave this page or reload it" in page(client, upload_and_choose(client, quinn))
    assert b"hx-get" in under_way.content
    assert "HX-Refresh" not in under_way.headers
    assert ended.headers["HX-Refresh"] == "true"


def upload_and_choose(client: Client, quinn: User) -> ImportRun:
    run = upload_decisions(LONG, actor=quinn)
    post(client, "choose_columns", run, columns_of(run))
    return run


def test_an_import_is_taken_back_from_its_page(client, quinn):
    run = import_decisions(LONG, actor=quinn)
    asked = page(client, run)

    post(client, "undo_import", run)
    waiting = page(client, run)
    undo_import(run.pk)

    assert 'data-confirm="Take back 3 new and 0 changed decisions' in asked
    assert "people that this import made stay" in asked
    assert "Being taken back" in waiting
    assert "This import was taken back" in page(client, run)


def test_a_file_with_the_columns_of_an_earlier_one_says_so(client, quinn):
    import_decisions(LONG, actor=quinn)

    shown = page(client, upload_decisions(LONG, actor=quinn))

    assert "Columns like these came before" in shown


def test_hostile_cells_and_headers_stay_text(client, quinn):
    run = upload_decisions(LONG.replace("firm", "<b>firm").replace("North", "<script>alert(1)</script>"), actor=quinn)

    shown = page(client, run)

    assert "<script>alert" not in shown
    assert "<b>firm" not in shown


def test_a_folder_is_watched_and_stopped(client, quinn, settings, tmp_path):
    (tmp_path / "incoming" / "weekly").mkdir(parents=True)
    settings.IMPORT_DIR = tmp_path / "incoming"
    import_decisions(LONG, actor=quinn)
    mapping = ImportMapping.objects.get()

    client.post(reverse("labeling:folders"), {"path": "weekly", "mapping": str(mapping.public_id)})
    shown = client.get(reverse("labeling:folders")).content.decode()
    folder = ImportFolder.objects.get()
    client.post(reverse("labeling:switch_folder", args=[folder.public_id]))

    folder.refresh_from_db()
    assert "Watched</span>" in shown
    assert "case</bdi>: Item id" in shown
    assert not folder.is_active


def test_a_watched_folder_that_stopped_is_told_where_imports_are_listed(client, quinn, settings, tmp_path):
    settings.IMPORT_DIR = tmp_path
    import_decisions(LONG, actor=quinn)
    ImportFolder.objects.create(
        path="weekly",
        mapping=ImportMapping.objects.get(),
        created_by=quinn,
        problem="The columns are others.",
        problem_since="2026-05-01T00:00Z",
    )

    assert "The columns are others." in client.get(reverse("labeling:imports")).content.decode()


@pytest.mark.parametrize("has_root", [False, True])
def test_without_a_folder_the_page_says_what_to_do(client, settings, tmp_path, has_root):
    settings.IMPORT_DIR = tmp_path if has_root else None

    shown = client.get(reverse("labeling:folders")).content.decode()

    assert ("No columns are remembered yet" if has_root else "The operator names one in QA_IMPORT_DIR") in shown


def test_training_queues_are_no_target(client):
    make_queue("Ordinary")
    make_queue("Exam of May", kind="training")

    shown = client.get(reverse("labeling:new_import")).content.decode()

    assert "Ordinary" in shown
    assert "Exam of May" not in shown


def test_auditors_and_the_vendor_of_whoever_has_none_are_told_before_they_are_made(client, quinn):
    content = LONG.replace("case,who,verdict,qa,firm", "case,who,verdict,qa,by").replace("North", "olga")
    run = check(content, actor=quinn)

    shown = " ".join(page(client, run).split())
    post(client, "confirm_import", run, names_of(client, run))
    run_import(run.pk)

    assert "create 1 policy, 2 categories, 1 vendor, 2 labelers and 1 auditor" in shown
    assert "under a new one" in shown
    assert (Vendor.objects.count(), Labeler.objects.count()) == (1, 3)


def test_a_category_that_a_new_policy_cannot_do_without_is_counted_and_made(client, quinn):
    run = check(LONG, actor=quinn)
    chosen = names_of(client, run) | {"none-0": "-"}

    words = client.get(reverse("labeling:import_words", args=[run.public_id]), chosen).content.decode()
    post(client, "confirm_import", run, chosen)
    run_import(run.pk)

    assert "create 1 policy, 3 categories" in " ".join(words.split())
    assert set(Policy.objects.get().categories.values_list("code", "is_no_violation")) == {
        ("spam", False),
        ("fine", False),
        ("no_violation", True),
    }


def test_the_result_counts_qa_decisions_beside_the_decisions(client, quinn):
    run = check(LONG, actor=quinn)
    post(client, "confirm_import", run, names_of(client, run))
    run_import(run.pk)

    run.refresh_from_db()
    shown = page(client, run)

    assert result_of(run).references == {"QA decisions, made with the decision in view": 2}
    assert "Beside the decisions" in shown
    assert "QA decisions, made with the decision in view" in shown


def test_remembered_columns_are_renamed_and_forgotten(client, quinn):
    run = import_decisions(LONG, actor=quinn)
    remembered = ImportMapping.objects.get()
    post(client, "rename_mapping", remembered, {"name": "  Weekly export "})
    renamed = client.get(reverse("labeling:folders")).content.decode()

    post(client, "forget_mapping", remembered)

    run.refresh_from_db()
    assert "Weekly export" in renamed
    assert run.mapping is None
    assert not ImportMapping.objects.exists()
    assert [entry.action for entry in TrailEntry.objects.filter(action__startswith="import_columns")] == [
        "import_columns_renamed",
        "import_columns_forgotten",
    ]


def test_columns_that_a_folder_follows_are_not_forgotten_and_a_name_is_needed(client, quinn):
    import_decisions(LONG, actor=quinn)
    remembered = ImportMapping.objects.get()
    ImportFolder.objects.create(path="weekly", mapping=remembered, created_by=quinn)

    refused = client.post(reverse("labeling:forget_mapping", args=[remembered.public_id]), follow=True)
    nameless = client.post(reverse("labeling:rename_mapping", args=[remembered.public_id]), {"name": " "}, follow=True)

    assert "The folder weekly follows these columns" in refused.content.decode()
    assert "Give the columns a name" in nameless.content.decode()
    assert ImportMapping.objects.get().name == remembered.name
