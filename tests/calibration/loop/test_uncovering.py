"""Sensitive items stay on the server until somebody who may see them uncovers them by an explicit act."""

import pytest
from django.http import HttpResponse
from django.urls import reverse

from calibration.models import Attempt, EvidenceRow
from calibration.services.attempts import score_attempts
from labeling.models import Item, Reveal
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, make_labeler, make_user
from tests.calibration.loop.builders import Floor, answer_set, assign, make_floor, make_golds, make_set, wrong_row

pytestmark = pytest.mark.django_db

SECRET = "the covered words"
NAMES = ["calibration:flag", "calibration:set", "calibration:new_set", "calibration:attempt", "calibration:gold_item"]


@pytest.fixture
def floor() -> Floor:
    floor = make_floor()
    cover_all()
    return floor


def cover_all() -> None:
    Item.objects.update(is_sensitive=True, content={"text": SECRET})


def uncover(who: object, row: EvidenceRow, **headers: str) -> HttpResponse:
    return client_for(who).post(reverse("calibration:uncover_evidence", args=[row.public_id]), headers=headers)


def finished_attempt(floor: Floor) -> Attempt:
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(attempt, ["scam"] * 4)
    cover_all()
    score_attempts(attempt.calibration_set.training_queue)
    return attempt


def addresses_of(floor: Floor) -> dict[str, tuple[str, object]]:
    """Each page that shows items, with somebody who opens it."""
    attempt = finished_attempt(floor)
    [gold, *_] = make_golds(floor.queue, 3)
    cover_all()
    return {
        "calibration:flag": (reverse("calibration:flag", args=[floor.flag.public_id]), floor.lena),
        "calibration:set": (reverse("calibration:set", args=[attempt.calibration_set.public_id]), floor.tara),
        "calibration:new_set": (reverse("calibration:new_set"), floor.tara),
        "calibration:attempt": (reverse("calibration:attempt", args=[attempt.public_id]), floor.lena),
        "calibration:gold_item": (reverse("calibration:gold_item", args=[gold.public_id]), floor.quinn),
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_page_sends_a_sensitive_text_before_it_is_uncovered(floor, name):
    address, who = addresses_of(floor)[name]

    page = client_for(who).get(address).content.decode()

    assert SECRET not in page
    assert "This item is sensitive and covered" in page


def test_my_quality_holds_no_item_at_all(floor):
    page = client_for(floor.lena).get(reverse("calibration:my_quality")).content.decode()

    assert SECRET not in page


def test_the_person_and_those_who_see_the_items_uncover_them(floor):
    row = wrong_row(floor.flag)

    pages = [uncover(who, row).content.decode() for who in (floor.lena, floor.theo, floor.quinn)]

    assert all(SECRET in page for page in pages)
    assert TrailEntry.objects.filter(action="item.uncovered", target_id=row.score.item.public_id).count() == 3


def test_what_the_person_uncovers_counts_as_their_exposure(floor):
    row = wrong_row(floor.flag)

    uncover(floor.lena, row)
    uncover(floor.theo, row)

    assert Reveal.objects.filter(item=row.score.item).values_list("labeler", flat=True).get() == floor.lena.pk


def test_without_scripts_a_page_comes_with_the_way_back(floor):
    row = wrong_row(floor.flag)

    page = uncover(floor.lena, row).content.decode()

    assert "<h1" in page
    assert f'href="{reverse("calibration:flag", args=[floor.flag.public_id])}#item-{row.position}"' in page


def test_with_scripts_the_text_alone_comes(floor):
    part = uncover(floor.lena, wrong_row(floor.flag), **{"HX-Request": "true"}).content.decode()

    assert SECRET in part
    assert "<html" not in part


def test_for_whoever_sees_no_items_of_the_flag_there_is_nothing_to_uncover(floor):
    row = wrong_row(floor.flag)
    others = [
        make_labeler(team=floor.team),
        make_labeler(),
        make_user(roles=[Role.VENDOR_MANAGER], vendor=floor.team.vendor),
        floor.tara,
    ]

    assert {uncover(who, row).status_code for who in others} == {404}
    assert not Reveal.objects.exists()


def test_the_content_of_a_withdrawn_item_stays_withheld_and_nobody_is_exposed(floor):
    row = wrong_row(floor.flag)
    Item.objects.filter(pk=row.score.item_id).update(withdrawn_at=clock.now())

    page = uncover(floor.lena, row).content.decode()

    assert SECRET not in page
    assert "its content is withheld" in page
    assert not Reveal.objects.exists()


def test_the_items_of_a_finished_attempt_are_uncovered_by_its_person(floor):
    attempt = finished_attempt(floor)
    item = attempt.answers.first().slot.item
    address = reverse("calibration:uncover_answer", args=[item.public_id])

    own, strangers = (client_for(who).post(address) for who in (floor.lena, make_labeler(team=floor.team)))

    assert SECRET in own.content.decode()
    assert strangers.status_code == 404
    assert Reveal.objects.filter(labeler=floor.lena, item=item).count() == 1


def test_the_items_of_an_exam_stay_covered_before_its_end(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    attempt.answers.update(is_correct=True)
    item = attempt.answers.first().slot.item

    answer = client_for(floor.lena).post(reverse("calibration:uncover_answer", args=[item.public_id]))

    assert answer.status_code == 404
