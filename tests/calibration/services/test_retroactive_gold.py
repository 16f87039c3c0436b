"""Gold from adjudicated items: who decides, what never becomes gold, and that nothing earlier is scored."""

from uuid import uuid4

import pytest

from calibration.enums import GoldPool, GoldState
from calibration.errors import GoldRefused
from calibration.models import GoldItem, GoldScore, ItemAdjudication
from calibration.queries.retroactive_gold import source_of
from calibration.queries.stocks import read_stocks
from calibration.services.adjudications import GoldWish
from calibration.services.gold import approve_gold, retire_gold
from calibration.services.item_adjudications import ItemRuling, adjudicate_item
from calibration.services.placing import place_gold
from calibration.services.refresh import refresh_queue
from calibration.services.retroactive_gold import propose_adjudicated
from labeling.models import Category, Escalation, Item, LateAnswer, Slot
from labeling.services.withdrawals import restore_item, withdraw_item
from qaplatform import clock
from qaplatform.errors import DomainError, InvalidInput, Refused
from qaplatform.people.enums import Role
from tests.builders import answer, client_for, make_items, make_labeler, make_queue, make_team, make_user
from tests.calibration.builders import add_label, make_gold, make_plan

pytestmark = pytest.mark.django_db

WISH = GoldWish(GoldPool.MONITORING)


@pytest.fixture
def queue():
    return make_plan(make_queue()).queue


def make_split(queue, *categories):
    """An item with an ordinary answer for each category."""
    [item] = make_items(queue, answers_needed=len(categories))
    for category in categories:
        add_label(item, make_labeler(), category, at=clock.now(), origin="entry")
    return item


def decide(item, *, gold=WISH, accepted=("scam",), reason="It asks for a code.", actor=None, question="category"):
    ruling = ItemRuling(accepted=accepted, reason=reason, gold=gold)
    return adjudicate_item(item, question, ruling, actor=actor or make_user(roles=[Role.QA_MANAGER]))


def test_a_copy_is_proposed_with_the_content_and_no_slot(queue):
    item = make_split(queue, "spam", "scam")

    gold = decide(item).gold

    assert (gold.state, gold.made_from, gold.item.content, gold.item.answers_needed) == (
        GoldState.PROPOSED,
        item,
        item.content,
        0,
    )
    assert gold.item.content_hash == item.content_hash
    assert not gold.item.slots.exists()


def test_copies_of_items_with_long_names_that_begin_alike_have_names_of_their_own(queue):
    items = [make_split(queue, "spam", "scam") for _ in range(3)]
    for item, name in zip(items, ["x" * 199 + "1", "x" * 199 + "2", "short"], strict=True):
        item.external_id = name
        item.save(update_fields=["external_id"])
    make_items(queue, external_id="short as gold")

    names = [decide(item).gold.item.external_id for item in items]

    expected = ["x" * 140, "x" * 140, "short"]
    assert names == [f"{name} as gold of {item.public_id}" for name, item in zip(expected, items, strict=True)]


def test_what_was_answered_before_is_scored_by_nothing(queue):
    item = make_split(queue, "spam", "scam", "no_violation")
    gold = decide(item).gold

    approve_gold(gold.answers.get(), approver=make_user())
    refresh_queue(queue.pk, now=clock.now())

    assert GoldItem.objects.get().state == GoldState.LIVE
    assert not GoldScore.objects.exists()


def test_whoever_met_the_item_is_not_served_the_copy_and_their_team_has_met_it(queue):
    team = make_team()
    item = make_split(queue, "spam", "scam")
    met = make_labeler(team=team, queues=[queue])
    fresh = make_labeler(queues=[queue])
    add_label(item, met, "spam", at=clock.now(), origin="entry")
    gold = decide(item).gold
    approve_gold(gold.answers.get(), approver=make_user())

    place_gold(queue, now=clock.now())

    assert list(gold.item.slots.values_list("reserved_for", flat=True)) == [fresh.pk]
    assert read_stocks(queue, now=clock.now()).exposures[team.pk, item.content_hash] == 1


def test_without_a_wish_no_gold_comes_of_it_and_it_is_decided_once(queue):
    item = make_split(queue, "spam", "scam")
    made = decide(item, gold=None)

    with pytest.raises(Refused, match="has decided this already"):
        decide(item)
    assert (made.gold, GoldItem.objects.count()) == (None, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "Say why"),
        ({"accepted": ()}, "Name at least one answer"),
        ({"accepted": ("fraud",)}, "fraud is no answer"),
    ],
)
def test_what_is_missing_is_said(queue, changes, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        decide(make_split(queue, "spam", "scam"), **changes)
    assert not ItemAdjudication.objects.exists()


@pytest.mark.parametrize("categories", [("spam",), ("spam", "spam")])
def test_where_labelers_agree_there_is_nothing_to_decide(queue, categories):
    with pytest.raises(Refused, match="nothing to decide"):
        decide(make_split(queue, *categories))


def test_whoever_answered_does_not_decide(queue):
    item = make_split(queue, "spam", "scam")

    with pytest.raises(Refused, match="One of the answers is your own"):
        decide(item, actor=item.labels.first().labeler.user)


def test_an_item_that_was_withdrawn_is_not_decided(queue):
    item = make_split(queue, "spam", "scam")
    withdraw_item(item, reason="illegal", actor=None)

    with pytest.raises(Refused, match="withdrawn or its content removed"):
        decide(item)


def test_an_item_whose_category_is_never_sampled_is_never_gold(queue):
    item = make_split(queue, "spam", "scam")
    Category.objects.filter(policy=queue.policy, code="spam").update(never_sample=True)

    with pytest.raises(GoldRefused, match="never gold"):
        decide(item)
    assert (Item.objects.filter(queue=queue).count(), ItemAdjudication.objects.count()) == (1, 0)


def test_naming_danger_withdraws_the_item_and_escalates(queue):
    item = make_split(queue, "spam", "scam")
    Category.objects.filter(policy=queue.policy, code="impersonation").update(never_sample=True)
    with pytest.raises(InvalidInput, match="never gold"):
        decide(item, accepted=("impersonation",))

    decide(item, accepted=("impersonation",), gold=None, reason="A threat.")

    item.refresh_from_db()
    assert item.withdrawn_reason == "never_sample"
    assert list(Escalation.objects.values_list("item", "reason", "note")) == [(item.pk, "never_sample", "A threat.")]


@pytest.mark.parametrize("is_late", [True, False])
def test_what_a_ruling_or_a_late_answer_called_dangerous_is_never_gold_when_it_is_restored(queue, is_late):
    Category.objects.filter(policy=queue.policy, code="impersonation").update(never_sample=True)
    item = make_split(queue, "spam", "scam")
    if is_late:
        slot, labeler = item.slots.first(), make_labeler()
        said = answer("impersonation")
        LateAnswer.objects.create(slot=slot, item=item, labeler=labeler, assignment_id=uuid4(), answers=said)
    else:
        decide(item, accepted=("impersonation",), gold=None)
        restore_item(item, actor=make_user())

    with pytest.raises(GoldRefused, match="never gold"):
        propose_adjudicated(
            item, question="category", accepted=["scam"], reason="Why.", author=make_user(), pool=GoldPool.MONITORING
        )


def test_the_page_says_that_a_dangerous_item_is_out_of_work(queue):
    item = make_split(queue, "spam", "scam")
    Category.objects.filter(policy=queue.policy, code="scam").update(never_sample=True)
    quinn = client_for(make_user("quinn", roles=[Role.QA_MANAGER]))
    address = f"/disagreements/items/{item.public_id}/"

    page = quinn.post(address, {"accepted": ["scam"], "reason": "A threat.", "pool": "monitoring"}, follow=True)

    assert b"out of work and waits for whoever handles escalations" in page.content


def test_an_item_that_is_gold_is_not_made_gold_again(queue):
    item = make_split(queue, "spam", "scam")
    make_gold(queue, item=item)

    with pytest.raises(GoldRefused, match="is gold already"):
        decide(item)


def test_retired_gold_does_not_come_back_by_another_question(queue):
    item = make_split(queue, "spam", "scam")
    first = decide(item).gold
    retire_gold(first, reason="Too easy", actor=make_user())
    ItemAdjudication.objects.all().delete()

    with pytest.raises(DomainError):
        decide(item)
    assert GoldItem.objects.get() == first


def test_a_copy_goes_out_of_work_with_its_original(queue):
    labeler = make_labeler(queues=[queue])
    item = make_split(queue, "spam", "scam")
    gold = decide(item).gold
    approve_gold(gold.answers.get(), approver=make_user())
    place_gold(queue, now=clock.now())
    waiting = Slot.objects.filter(reserved_for=labeler, state="open")
    before = waiting.count()

    withdraw_item(item, reason="illegal", actor=None)

    assert read_stocks(queue, now=clock.now()).live == ()
    refresh_queue(queue.pk, now=clock.now())
    assert (before, waiting.count()) == (1, 0)


def test_gold_by_hand_has_no_source(queue):
    assert source_of(make_gold(queue)) is None


def test_the_page_keeps_what_was_typed_and_says_what_is_missing(queue):
    item = make_split(queue, "spam", "scam")
    quinn = client_for(make_user("quinn", roles=[Role.QA_MANAGER]))
    address = f"/disagreements/items/{item.public_id}/"

    answer = quinn.post(address, {"accepted": ["scam"], "reason": "", "pool": "monitoring"})

    assert answer.status_code == 422
    assert b"This field is required" in answer.content or b"required" in answer.content
    assert not ItemAdjudication.objects.exists()


def test_a_list_of_gold_says_what_came_from_items(queue):
    decide(make_split(queue, "spam", "scam"))
    quinn = client_for(make_user("quinn", roles=[Role.QA_MANAGER]))

    assert b"from an adjudicated item" in quinn.get("/gold/").content
