"""Gold under a policy that changes: suspended at once, approved again by two people, scored under what was shown."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.enums import GoldState
from calibration.errors import GoldRefused
from calibration.models import GoldAnswer, GoldItem, GoldScore, Placement, SamplingPlan
from calibration.queries.gold_consequences import gold_consequence
from calibration.queries.stocks import read_sightings
from calibration.services.checking_accuracy import check_scores
from calibration.services.gold import approve_gold, propose_gold, resume_gold, retire_gold, suspend_gold
from calibration.services.gold_adoptions import approve_again, propose_again, suspend_changed_gold
from calibration.services.gold_corrections import correct_gold
from calibration.services.placing import place_gold
from calibration.services.refresh import refresh_queue
from calibration.services.scoring import score_gold
from labeling.enums import SlotState
from labeling.models import Adoption, ClauseRevision, Item, Label, Queue, Slot
from labeling.services.assignments import claim_assignment
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, make_items, make_labeler, make_queue, make_user
from tests.calibration.builders import MINUTE, add_gold_label, make_gold, make_plan
from tests.calibration.policy_changes import adopt, publish

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def revision_of(queue: Queue, code: str) -> ClauseRevision:
    return queue.policy_version.revisions.get(clause__code=code)


@pytest.fixture
def queue() -> Queue:
    return make_queue("Spam")


@pytest.fixture
def spam(queue) -> GoldItem:
    return make_gold(queue, ["spam"], clause_revision=revision_of(queue, "1.1"))


@pytest.fixture
def scam(queue) -> GoldItem:
    return make_gold(queue, ["scam"], clause_revision=revision_of(queue, "1.2"))


def state_of(gold: GoldItem) -> str:
    gold.refresh_from_db()
    return gold.state


def test_only_gold_of_the_changed_clause_is_suspended_and_says_why(queue, spam, scam):
    adopt(queue, publish(queue, changes="1.1"))

    assert (state_of(spam), state_of(scam)) == (GoldState.SUSPENDED, GoldState.LIVE)
    assert spam.state_reason == "The policy changed: 1.1 in version 2."
    detail = TrailEntry.objects.get(action="gold suspended by policy").detail
    assert (detail["gold"], detail["clauses"]) == (1, ["1.1"])


def test_words_that_mean_the_same_suspend_nothing(queue, spam):
    adopt(queue, publish(queue, rewords="1.1"))

    assert state_of(spam) == GoldState.LIVE


def test_being_told_twice_changes_nothing(queue, spam):
    adoption = adopt(queue, publish(queue, changes="1.1"))

    assert suspend_changed_gold(adoption) == 0
    assert TrailEntry.objects.filter(action="gold suspended by policy").count() == 1


@pytest.mark.parametrize("act", [suspend_gold, retire_gold])
def test_what_waits_unanswered_is_taken_back_whenever_gold_stops(queue, spam, act):
    labeler = make_labeler(queues=[queue])
    make_plan(queue)
    place_gold(queue, now=clock.now())

    act(spam, reason="Contested", actor=make_user())

    slot = Slot.objects.get(item=spam.item)
    assert (slot.state, slot.reserved_for) == (SlotState.CANCELLED, None)
    assert labeler.pk not in read_sightings([queue])[queue.pk].met


def test_what_waits_is_taken_back_at_an_adoption_and_what_is_on_a_screen_is_not(queue, spam):
    for _ in range(2):
        make_labeler(queues=[queue])
    make_plan(queue)
    make_items(queue)
    place_gold(queue, now=clock.now())
    held = Slot.objects.filter(item=spam.item)[0]
    claim_assignment(queue, held.reserved_for, draw=lambda: 0.0)

    adopt(queue, publish(queue, changes="1.1"))

    states = Slot.objects.filter(item=spam.item).order_by("pk").values_list("state", flat=True)
    assert sorted(states) == [SlotState.CANCELLED, SlotState.LEASED]


def test_the_gold_is_placed_again_with_the_same_people_once_it_is_approved_again(queue, spam):
    make_labeler(queues=[queue])
    make_plan(queue)
    place_gold(queue, now=clock.now())
    adopt(queue, publish(queue, changes="1.1"))
    propose_again(queue, author=make_user())
    approve_again(queue, approver=make_user())

    placed = place_gold(queue, now=clock.now())

    assert placed.placed == 1
    assert Placement.objects.filter(gold=spam, slot__state=SlotState.OPEN).count() == 1


def test_unchanged_answers_are_approved_again_under_the_new_text_by_a_second_person(queue, spam, scam):
    author, approver = make_user(), make_user()
    adopt(queue, publish(queue, changes="1.1"))

    proposed = propose_again(queue, author=author)
    by_author = approve_again(queue, approver=author)
    by_second = approve_again(queue, approver=approver)

    assert (proposed, by_author, by_second) == (1, 0, 1)
    now, old = GoldAnswer.objects.filter(gold=spam).order_by("-number")
    assert (now.accepted, now.clause_revision.number, now.author, now.approver) == (["spam"], 2, author, approver)
    assert old.replaced_at is not None
    assert (state_of(spam), spam.state_reason) == (GoldState.LIVE, "")


def test_proposing_twice_and_what_waits_already_changes_nothing(queue, spam):
    adopt(queue, publish(queue, changes="1.1"))
    propose_again(queue, author=make_user())

    assert propose_again(queue, author=make_user()) == 0


def test_a_small_team_approves_alone_and_the_answer_says_so(queue, spam):
    make_plan(queue)
    SamplingPlan.objects.update(is_small_team=True)
    author = make_user()
    adopt(queue, publish(queue, changes="1.1"))
    propose_again(queue, author=author)

    approve_again(queue, approver=author)

    assert GoldAnswer.objects.get(gold=spam, number=2).approved_alone


def test_some_of_a_clause_are_proposed_and_the_others_stay(queue, spam):
    other = make_gold(queue, ["spam"], clause_revision=revision_of(queue, "1.1"))
    adopt(queue, publish(queue, changes="1.1"))

    assert propose_again(queue, author=make_user(), gold_ids=[other.public_id]) == 1
    assert propose_again(queue, author=make_user(), clause="1.2") == 0
    assert not GoldAnswer.objects.filter(gold=spam, number=2).exists()


def test_outdated_gold_is_not_resumed_by_hand(queue, spam):
    adopt(queue, publish(queue, changes="1.1"))

    with pytest.raises(GoldRefused, match="approve it again under the new text"):
        resume_gold(spam, reason="It is fine", actor=make_user())


def test_a_proposal_of_before_the_change_is_not_approved(queue):
    old = revision_of(queue, "1.1")
    answer = propose_gold(
        make_items(queue, answers_needed=0)[0],
        question="category",
        accepted=["spam"],
        reason="x",
        author=make_user(),
        clause_revision=old,
    )
    adopt(queue, publish(queue, changes="1.1"))

    with pytest.raises(GoldRefused, match="clause has changed"):
        approve_gold(answer, approver=make_user())


def test_scores_of_before_stay_and_are_not_made_anew_by_the_second_approval(queue, spam):
    add_gold_label(spam, make_labeler(), "scam", at=clock.now() - DAY)
    score_gold(queue.pk, now=clock.now())
    adopt(queue, publish(queue, changes="1.1"))
    propose_again(queue, author=make_user())
    approve_again(queue, approver=make_user())

    added = score_gold(queue.pk, now=clock.now()).added

    assert added == 0
    assert GoldScore.objects.get().ended_at is None


def test_an_answer_under_another_meaning_is_not_scored_and_under_the_same_it_is(queue, spam):
    old = queue.policy_version
    adopt(queue, publish(queue, changes="1.1"))
    propose_again(queue, author=make_user())
    approve_again(queue, approver=make_user())
    before = add_gold_label(spam, make_labeler(), "spam", at=clock.now() - 10 * MINUTE)
    after = add_gold_label(spam, make_labeler(), "spam", at=clock.now() - 10 * MINUTE)
    Label.objects.filter(pk=before.pk).update(policy_version=old)

    score_gold(queue.pk, now=clock.now() + DAY)

    assert [score.label_id for score in GoldScore.objects.all()] == [after.pk]
    refresh_queue(queue.pk, now=clock.now() + DAY)
    assert check_scores(queue) == []


def test_meaning_that_was_only_reworded_carries_over(queue, spam):
    label = add_gold_label(spam, make_labeler(), "spam", at=clock.now() - DAY)
    version = publish(queue, rewords="1.1")
    adopt(queue, version)
    Label.objects.filter(pk=label.pk).update(policy_version=version)

    assert score_gold(queue.pk, now=clock.now()).added == 1


def test_answers_in_the_window_of_grace_are_never_scored_and_later_ones_are(queue, spam, scam):
    version = publish(queue, changes="1.1")
    adoption = adopt(queue, version, grace=DAY)
    propose_again(queue, author=make_user())
    approve_again(queue, approver=make_user())
    during = add_gold_label(spam, make_labeler(), "spam", at=adoption.at + MINUTE)
    unchanged = add_gold_label(scam, make_labeler(), "scam", at=adoption.at + MINUTE)
    after = add_gold_label(spam, make_labeler(), "spam", at=adoption.grace_until + MINUTE)

    refresh_queue(queue.pk, now=adoption.grace_until + DAY)

    assert set(GoldScore.objects.values_list("label_id", flat=True)) == {unchanged.pk, after.pk}
    assert not GoldScore.objects.filter(label=during).exists()
    assert check_scores(queue) == []


def test_scores_made_between_the_hour_and_its_application_end(queue, spam):
    add_gold_label(spam, make_labeler(), "scam", at=clock.now() - 2 * MINUTE)
    score_gold(queue.pk, now=clock.now() + DAY)
    version = publish(queue, changes="1.1")
    adoption = adopt(queue, version, grace=DAY)
    Adoption.objects.filter(pk=adoption.pk).update(at=clock.now() - 5 * MINUTE)
    adoption.refresh_from_db()

    suspend_changed_gold(adoption)

    assert GoldScore.objects.get().ended_why == "policy had just changed"


def test_a_correction_of_gold_under_the_new_text_leaves_scores_of_the_old_meaning(queue, spam):
    add_gold_label(spam, make_labeler(), "scam", at=clock.now() - DAY)
    score_gold(queue.pk, now=clock.now())
    version = publish(queue, changes="1.1")
    adopt(queue, version)

    correct_gold(
        spam,
        question="category",
        accepted=["scam"],
        reason="Under the new text it is one.",
        author=make_user(),
        approver=make_user(),
        clause_revision=version.revisions.get(clause__code="1.1"),
    )

    score = GoldScore.objects.get()
    assert (score.is_correct, score.ended_at) == (False, None)


def test_the_page_of_an_adoption_says_what_happens_to_gold(queue, spam, scam):
    make_gold(queue, ["no_violation"])
    changed = frozenset({revision_of(queue, "1.1").clause_id})

    told = gold_consequence(queue, changed)

    assert told.sentence.startswith("1 gold item of clause 1.1 will be suspended until two people approve them again")
    assert [line.text for line in told.lines] == [
        "Clause 1.1: 1 gold item",
        "1 gold item without a clause stays live: look whether the change touches them",
    ]


def test_what_is_to_be_approved_again_shows_its_item_but_for_covered_ones():
    queue = make_queue("Spam")
    plain, covered = (make_gold(queue, ["spam"], clause_revision=revision_of(queue, "1.1")) for _ in range(2))
    Item.objects.filter(pk=plain.item_id).update(content={"text": "Cheap pills."})
    Item.objects.filter(pk=covered.item_id).update(content={"text": "Dire words."}, is_sensitive=True)
    adopt(queue, publish(queue, changes="1.1"))

    page = client_for(make_user("quinn", roles=[Role.QA_MANAGER])).get(reverse("calibration:gold_again"))

    words = page.content.decode()
    assert "Cheap pills." in words
    assert "Sensitive and covered" in words
    assert "Dire words." not in words
