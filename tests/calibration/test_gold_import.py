"""Importing gold: all of a file or nothing."""

from pathlib import Path

import pytest
from pytest_django import Settings

from calibration.models import GoldAnswer, GoldItem, GoldScore, SamplingPlan, StaleMark
from calibration.services.gold_approvals import approve_waiting
from calibration.services.refresh import refresh_queue
from calibration.stats import standing
from labeling.enums import ImportKind
from labeling.models import Category, ImportRun, Item, Queue, Slot
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from tests.builders import make_items, make_policy, make_queue, make_user
from tests.labeling.importing.builders import import_file, sentences

pytestmark = pytest.mark.django_db

HATECHECK = Path(__file__).parents[3] / "shared" / "data" / "hatecheck.csv"
HEADER = "item,accepted,reason,clause,approved_by,approved_on\n"
ELSEWHERE = {"reason": "Röttger et al. 2021", "approved_by": "The authors", "approved_on": "2021-06-01"}


@pytest.fixture(autouse=True)
def _uploads(tmp_path, settings: Settings):
    settings.UPLOAD_DIR = tmp_path


@pytest.fixture
def queue() -> Queue:
    queue = make_queue()
    for name in ("p1", "p2", "p3"):
        make_items(queue, external_id=name)
    return queue


def import_gold(queue: Queue, rows: str, *, header: str = HEADER, **settings: object) -> ImportRun:
    return import_file(queue, header + rows, kind=ImportKind.GOLD, **settings)


def test_gold_approved_elsewhere_is_live_at_once(queue: Queue) -> None:
    run = import_gold(queue, "p1,scam|spam,It asks for money.,1.2,Paula,2026-01-05\n")

    answer = GoldAnswer.objects.get()
    assert (run.state, run.rows_new) == ("done", 1)
    assert (answer.gold.state, answer.accepted, answer.reason) == ("live", ["scam", "spam"], "It asks for money.")
    assert (answer.approved_elsewhere, answer.approver, answer.clause_revision.clause.code) == (
        "Paula, 2026-01-05",
        None,
        "1.2",
    )
    assert StaleMark.objects.filter(queue=queue).exists()


def test_other_gold_waits_for_a_second_person(queue: Queue) -> None:
    run = import_gold(queue, "p1,spam,Advertising.,,,\n")

    assert GoldItem.objects.get().state == "proposed"
    assert approve_waiting(queue, approver=run.created_by) == 0
    assert approve_waiting(queue, approver=make_user(roles=[Role.POLICY_OWNER])) == 1
    assert GoldItem.objects.get().state == "live"


def test_a_small_team_may_approve_its_own_gold(queue: Queue) -> None:
    SamplingPlan.objects.create(queue=queue, question="category", is_small_team=True)

    import_gold(queue, "p1,spam,Advertising.,,,\n", approve_alone=True)

    answer = GoldAnswer.objects.get()
    assert (answer.gold.state, answer.approved_alone, answer.approver) == ("live", True, answer.author)


def test_a_larger_team_may_not_even_if_the_form_was_forged(queue: Queue) -> None:
    import_gold(queue, "p1,spam,Advertising.,,,\n", approve_alone=True)

    assert GoldItem.objects.get().state == "proposed"


def test_the_clause_is_the_accepted_categorys_unless_it_is_named(queue: Queue) -> None:
    import_gold(queue, "p1,scam,Money.,,,\np2,no_violation,Fine.,,,\n")

    clauses = GoldAnswer.objects.order_by("gold__item__external_id").values_list(
        "clause_revision__clause__code", flat=True
    )
    assert list(clauses) == ["1.2", None]


def test_the_same_file_again_changes_nothing(queue: Queue) -> None:
    rows = "p1,spam,Advertising.,,,\np2,scam,Money.,,,\n"
    import_gold(queue, rows)

    run = import_gold(queue, rows)

    assert (run.state, run.rows_new, run.rows_same) == ("done", 0, 2)
    assert GoldAnswer.objects.count() == 2


def test_items_are_made_from_their_text_for_checking_only() -> None:
    queue = make_queue()

    import_gold(queue, "n1,spam,Advertising.,Buy now\n", header="item,accepted,reason,text\n")

    assert Item.objects.get().answers_needed == 0
    assert Slot.objects.count() == 0


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("p2,spamm,Why.,,,", "'spamm' is no answer to “Which clause is broken?”."),
        ("p2,,Why.,,,", "No accepted answer is named."),
        ("p2,cannot_tell,Why.,,,", "“Cannot tell” alone is no gold."),
        ("p2,spam,,,,", "The reason is missing."),
        ("p2,spam,Why.,9.9,,", "The policy in force has no clause '9.9'. Its clauses are 1.1, 1.2, 1.3."),
        ("p2,spam,Why.,,Paula,", "An approval given elsewhere needs both"),
        ("p2,spam,Why.,,Paula,soon", "The date of the approval is 'soon'."),
        ("p1,scam,Why.,,,", "The item p1 has gold in line 2 already, and it says something else."),
        ("p9,spam,Why.,,,", "The queue has no item p9."),
    ],
)
def test_gold_that_does_not_fit_refuses_the_whole_file(queue: Queue, row: str, sentence: str) -> None:
    run = import_gold(queue, f"p1,spam,Advertising.,,,\n{row}\n")

    [(line, found)] = sentences(run)
    assert (run.state, line, found[: len(sentence)]) == ("refused", 3, sentence)
    assert GoldItem.objects.count() == 0


def test_gold_of_a_category_that_is_never_sampled_is_refused(queue: Queue) -> None:
    Category.objects.filter(policy=queue.policy, code="scam").update(never_sample=True)

    run = import_gold(queue, "p1,scam,Why.,,,\n")

    assert sentences(run) == [(2, "Items of scam are never gold. Take this line out of the file.")]


def test_another_answer_than_the_approved_one_is_no_import_but_a_correction(queue: Queue) -> None:
    import_gold(queue, "p1,spam,Advertising.,,Paula,2026-01-05\n")

    run = import_gold(queue, "p1,scam,Money.,,Paula,2026-01-05\n")

    assert run.state == "refused"
    assert sentences(run)[0][1].startswith(
        "The item p1 has an approved answer already, spam. Correct it on its own page"
    )


@pytest.mark.skipif(not HATECHECK.exists(), reason="the published data sets are not beside this checkout")
def test_hatecheck_gives_the_published_standings() -> None:
    """METHODS section 3: at target .98 two of ten are below, seven meet, one lacks data."""
    queue = make_queue(policy=make_policy(categories=["non_hateful", "hateful"]))
    SamplingPlan.objects.create(queue=queue, question="category", target=0.98, gold_rate=0.0, cusum_h=7.0)
    import_file(queue, HATECHECK.read_bytes(), kind=ImportKind.LABELS)

    run = import_file(queue, HATECHECK.read_bytes(), kind=ImportKind.GOLD, defaults=ELSEWHERE)
    refresh_queue(queue.pk)

    assert (run.state, run.rows_new, run.rows_same) == ("done", 3_728, 14_912)
    assert GoldScore.objects.count() == 18_640
    standings = {labeler.external_id: standing_of(labeler) for labeler in Labeler.objects.all()}
    below = {"label_2": ("below", 1783, 1861), "label_7": ("below", 1803, 1867)}
    unsure = {"label_9": ("not_enough_data", 1816, 1861)}
    assert {name: found for name, found in standings.items() if found[0] == "below"} == below
    assert {name: found for name, found in standings.items() if found[0] == "not_enough_data"} == unsure
    assert sum(found[0] == "meets" for found in standings.values()) == 7


def standing_of(labeler: Labeler) -> tuple[str, int, int]:
    scores = GoldScore.objects.filter(labeler=labeler, is_base=True, reference="gold")
    hits, n = scores.filter(is_correct=True).count(), scores.count()
    return (standing(hits, n, target=0.98).standing.value, hits, n)


def test_a_forgotten_column_of_approvals_is_one_problem(queue: Queue) -> None:
    run = import_gold(queue, "p1,spam,Why.,,Vic,\np2,spam,Why.,,Vic,\np3,spam,Why.,,Vic,\n")

    said = "An approval given elsewhere needs both: by whom, and on which day. The same in 2 more rows."
    assert (run.state, run.error_count, sentences(run)) == ("refused", 3, [(2, said)])


def test_gold_shows_the_context_that_its_file_gives(queue: Queue) -> None:
    header = "item,accepted,reason,text,context.country\n"

    import_gold(queue, "n1,spam,Advertising.,Buy now,DE\n", header=header)

    assert Item.objects.get(external_id="n1").context == {"country": "DE"}


@pytest.mark.parametrize(
    ("row", "is_told"),
    [("n1,spam,Why.,Buy,DE,no", False), ("n1,spam,Why.,Buy,,no", True), ("n1,spam,Why.,Buy,DE,yes", True)],
    ids=["alike", "no context", "covered"],
)
def test_gold_that_looks_like_no_other_item_is_told(*, queue: Queue, row: str, is_told: bool) -> None:
    Item.objects.filter(queue=queue).update(context={"country": "AT"})

    run = import_gold(queue, f"{row}\n", header="item,accepted,reason,text,context.country,sensitive\n")

    assert any("look like no other item" in note for note in run.notes) is is_told
