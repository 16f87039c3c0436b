"""Where disagreement comes from, from rows to words."""

from datetime import timedelta
from uuid import uuid4

import pytest

from calibration.enums import Cut, Metric
from calibration.models import Flag, GoldScore, MetricSnapshot
from calibration.queries.attribution import attribution_page
from calibration.queries.questions import read_questions
from calibration.services.attribution import attribute_queue
from calibration.services.checking_attribution import check_attribution
from calibration.services.refresh import refresh_queue
from calibration.stats import SplitKind
from labeling.models import Item, Label, Slot
from qaplatform import clock
from qaplatform.people.models import SkillGrant
from tests.builders import make_items, make_labeler, make_queue, make_team
from tests.calibration.builders import add_gold_label, add_label, make_gold, make_plan

pytestmark = pytest.mark.django_db

# Of 30 items each: what the two of one vendor say, and the one of another.
ALIKE, TORN, TWO_READINGS = ("spam", "spam", "spam"), ("spam", "no_violation", "spam"), ("spam", "spam", "no_violation")


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def people(queue):
    team, other = make_team(), make_team()
    return [make_labeler(team=each, queues=[queue]) for each in (team, team, other)]


def judge(queue, people, answers, *, times=30):
    for item in make_items(queue, times, answers_needed=3):
        for labeler, answer in zip(people, answers, strict=True):
            add_label(item, labeler, answer, at=clock.now() - timedelta(days=1))


def page_of(queue):
    attribute_queue(queue.pk)
    [question] = [question for question in read_questions(queue) if question.clauses]
    return attribution_page(queue, question)


def spam_clause(page, queue):
    [question] = [question for question in read_questions(queue) if question.clauses]
    code = next(code for code, chosen in question.clauses.items() if "spam" in chosen)
    return next(split for split in page.clauses if split.code == code)


def test_a_clause_that_splits_colleagues_is_named_with_what_to_do(queue, people):
    judge(queue, people, TORN)

    page = page_of(queue)

    found = spam_clause(page, queue)
    assert (found.kind, found.within.value, found.within.n_ratings) == (SplitKind.AMBIGUOUS, 1.0, 30)
    assert page.found == (found,)
    assert found.words.startswith(f"Clause {found.code} splits the certified: of 30 pairs of colleagues")
    assert "rewrite it" in found.words
    assert check_attribution(queue) == []


def test_vendors_that_read_it_differently_are_two_readings(queue, people):
    judge(queue, people, TWO_READINGS)

    found = spam_clause(page_of(queue), queue)

    assert (found.kind, found.within.value, found.between.value) == (SplitKind.PLURAL, 0, 1)
    assert "decide which reading holds" in found.words


def test_a_clause_that_is_read_alike_is_clear_and_a_rare_one_says_what_is_missing(queue, people):
    judge(queue, people, ALIKE)

    page = page_of(queue)

    assert spam_clause(page, queue).kind is SplitKind.CLEAR
    assert page.found == ()
    assert any("raise the overlap" in split.words for split in page.clauses)


def test_people_without_certificate_do_not_count(queue, people):
    judge(queue, [make_labeler(team=people[0].team), make_labeler(team=people[0].team), people[2]], TORN)

    assert spam_clause(page_of(queue), queue).kind is SplitKind.NOT_ENOUGH_DATA


def test_errors_of_one_person_lie_in_the_person(queue, people):
    make_plan(queue)
    for number in range(40):
        gold = make_gold(queue)
        for labeler in people:
            given = "no_violation" if labeler == people[0] and number % 2 else "spam"
            add_gold_label(gold, labeler, given, at=clock.now() - timedelta(days=1))
    refresh_queue(queue.pk)

    page = page_of(queue)

    shares = dict(page.shares)
    assert shares["labeler"].value > 0.2 > shares["item"].value
    assert page.shares_words.startswith("Of what makes one gold answer wrong and another right, ")
    assert check_attribution(queue) == []


def test_repeats_tell_how_stable_people_are(queue, people):
    items = make_items(queue, 2, answers_needed=3)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(content_hash="same")
    for item, answer in zip(items, ("spam", "no_violation"), strict=True):
        add_label(item, people[0], answer)

    page = page_of(queue)

    assert (page.repeats.same.value, page.repeats.same.n) == (0, 1)
    assert page.repeats_words.startswith("Once somebody met the same content again; 0 %")


def test_counting_twice_and_counting_figures_leave_it_as_it_is(queue, people):
    judge(queue, people, TORN)
    first = attribute_queue(queue.pk)
    kept = set(MetricSnapshot.objects.filter(metric=Metric.ATTRIBUTION).values_list("pk", flat=True))

    again = attribute_queue(queue.pk)
    refresh_queue(queue.pk)

    assert again == first == len(kept)
    assert set(MetricSnapshot.objects.filter(metric=Metric.ATTRIBUTION).values_list("pk", flat=True)) == kept


def test_cannot_tell_is_no_repeat_and_the_order_of_a_set_makes_no_other_answer(queue, people):
    items = make_items(queue, 4, answers_needed=3)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(content_hash="same")
    given = (["spam", "no_violation"], ["no_violation", "spam"], "cannot_tell", "spam")
    for item, answer in zip(items, given, strict=True):
        add_label(item, people[0], {"category": answer})
    Item.objects.filter(pk=items[3].pk).update(answers_needed=0)
    Slot.objects.filter(item=items[3]).update(origin="entry")

    page = page_of(queue)

    assert (page.repeats.same.value, page.repeats.same.n) == (1, 1)


def test_what_came_after_the_count_is_no_difference_and_a_wrong_row_is_one_still(queue, people):
    judge(queue, people, TORN)
    attribute_queue(queue.pk)

    label = Label.objects.filter(queue=queue).first()
    add_label(label.item, make_labeler(team=people[0].team, queues=[queue]), "no_violation", at=clock.now())
    Item.objects.filter(pk=label.item_id).update(withdrawn_at=clock.now())
    Flag.objects.create(
        labeler=people[0], queue=queue, cause="cusum", error_kind="mixed", finding={}, reply_due_at=clock.now()
    )
    SkillGrant.objects.filter(labeler=people[1]).update(suspended_at=clock.now())

    assert check_attribution(queue) == []
    row = MetricSnapshot.objects.get(metric=Metric.ATTRIBUTION, tally__within__pairs=30)
    MetricSnapshot.objects.filter(pk=row.pk).update(tally=row.tally | {"within": {"pairs": 30, "split": 3}})
    assert [(found.stored, found.recomputed) for found in check_attribution(queue)] == [((30, 3), (30, 30))]


def test_a_grant_given_back_since_hides_whether_its_answers_counted(queue, people):
    judge(queue, people, TORN)
    SkillGrant.objects.filter(labeler=people[1]).update(suspended_at=clock.now())
    attribute_queue(queue.pk)

    SkillGrant.objects.filter(labeler=people[1]).update(suspended_at=None, granted_at=clock.now())

    assert check_attribution(queue) == []


def test_scores_that_ended_after_the_count_still_count(queue, people):
    make_plan(queue)
    for _ in range(5):
        add_gold_label(make_gold(queue), people[0], "spam", at=clock.now() - timedelta(days=1))
    refresh_queue(queue.pk)
    attribute_queue(queue.pk)

    GoldScore.objects.filter(queue=queue).update(ended_at=clock.now(), ended_why="gold corrected")

    assert check_attribution(queue) == []


def test_a_row_of_which_only_the_key_and_the_question_are_known_apart_is_removed(queue, people):
    judge(queue, people, TORN)
    attribute_queue(queue.pk)
    row = MetricSnapshot.objects.filter(metric=Metric.ATTRIBUTION, cut=Cut.CLAUSE).first()
    kept, row.pk, row.public_id, row.cut = row.pk, None, uuid4(), Cut.QUEUE
    row.save()

    attribute_queue(queue.pk)

    assert set(MetricSnapshot.objects.filter(pk__in=[kept, row.pk]).values_list("pk", flat=True)) == {kept}


def test_wrong_rows_are_found(queue, people):
    judge(queue, people, TORN)
    attribute_queue(queue.pk)
    row = MetricSnapshot.objects.filter(metric=Metric.ATTRIBUTION, tally__within__pairs=30).get()
    row.tally["within"]["split"] = 3
    row.save()

    [found] = check_attribution(queue)

    assert (found.stored, found.recomputed) == ((30, 3), (30, 30))
