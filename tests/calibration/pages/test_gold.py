"""The gold pages."""

import pytest
from django.urls import reverse

from calibration.models import GoldAnswer, GoldItem
from labeling.models import Item
from qaplatform.people.enums import Role
from tests.builders import client_for, make_items, make_labeler, make_queue, make_user, make_vendor
from tests.calibration.builders import make_gold

pytestmark = pytest.mark.django_db

PROPOSAL = {"item": "p1", "question": "category", "accepted": ["spam"], "pool": "monitoring", "reason": "Advertising."}


@pytest.fixture
def quinn():
    return client_for(make_user("quinn", roles=[Role.QA_MANAGER]))


@pytest.fixture
def paul():
    return client_for(make_user("paul", roles=[Role.POLICY_OWNER]))


def address(name: str, *args: object) -> str:
    return reverse(f"calibration:{name}", args=args)


def test_gold_is_proposed_by_one_person_and_approved_by_another(quinn, paul) -> None:
    make_items(make_queue(), external_id="p1")

    proposed = quinn.post(address("propose_gold"), PROPOSAL)
    answer = GoldAnswer.objects.get()
    own = quinn.post(address("approve_gold", answer.public_id), follow=True)
    state_before = GoldItem.objects.get().state
    paul.post(address("approve_gold", answer.public_id))

    assert proposed.status_code == 302
    assert "Whoever wrote the answer cannot approve it." in own.content.decode()
    assert (state_before, GoldItem.objects.get().state) == ("proposed", "live")


def test_an_item_that_the_queue_does_not_have_is_refused(quinn) -> None:
    make_queue("Spam")

    answer = quinn.post(address("propose_gold"), PROPOSAL)

    assert answer.status_code == 422
    assert "Spam has no item with this id." in answer.content.decode()


def test_gold_is_suspended_resumed_and_retired_with_a_reason(quinn) -> None:
    gold = make_gold(make_queue())
    states = []

    for act in ("suspend", "resume", "retire"):
        quinn.post(address(f"{act}_gold", gold.public_id), {"reason": "Contested."})
        gold.refresh_from_db()
        states.append(gold.state)

    assert states == ["suspended", "live", "retired"]


def test_nothing_changes_without_a_reason(quinn) -> None:
    gold = make_gold(make_queue())

    answer = quinn.post(address("suspend_gold", gold.public_id), {"reason": ""}, follow=True)

    gold.refresh_from_db()
    assert gold.state == "live"
    assert "Say why" in answer.content.decode()


def test_sensitive_content_is_covered(quinn) -> None:
    gold = make_gold(make_queue())
    Item.objects.filter(pk=gold.item_id).update(is_sensitive=True, content={"text": "A secret text"})

    shown = quinn.get(address("gold_item", gold.public_id)).content.decode()

    assert "A secret text" not in shown
    assert "Uncover" in shown


def test_the_list_is_filtered_and_asks_the_database_as_often_for_three_as_for_one(
    quinn, django_assert_max_num_queries
) -> None:
    queue = make_queue("Adverts")
    make_gold(queue)
    page = f"{address('gold')}?queue={queue.public_id}&state=live"
    quinn.get(page)
    with django_assert_max_num_queries(100) as for_one:
        quinn.get(page)
    make_gold(queue), make_gold(queue)
    elsewhere = make_gold(make_queue("Other"))

    with django_assert_max_num_queries(len(for_one)):
        shown = quinn.get(page).content.decode()

    assert shown.count('class="item-name"') == 3
    assert elsewhere.item.external_id not in shown


def test_a_trainer_reads_and_others_find_nothing(quinn) -> None:
    gold = make_gold(make_queue())
    page = address("gold_item", gold.public_id)
    trainer = client_for(make_user(roles=[Role.TRAINER]))
    lena = client_for(make_labeler("lena"))
    vera = client_for(make_user(roles=[Role.VENDOR_MANAGER], vendor=make_vendor()))

    assert [client.get(page).status_code for client in (quinn, trainer, lena, vera)] == [200, 200, 404, 404]
    assert trainer.post(address("suspend_gold", gold.public_id), {"reason": "x"}).status_code == 404
