"""Practice at the desk, by keyboard: what was expected is read before going on, and the answer then stands."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from calibration.enums import SetPurpose
from calibration.models import CalibrationSet
from labeling.models import Label, Queue
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from tests.builders import client_for, make_labeler, make_queue, make_user
from tests.calibration.loop.builders import assign, make_set

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def labeler() -> Labeler:
    return make_labeler()


def make_training(labeler: Labeler, purpose: SetPurpose, *, n: int = 2) -> CalibrationSet:
    tara = make_user(roles=[Role.TRAINER])
    made = make_set(make_queue(), actor=tara, purpose=purpose, n=n, pass_mark=1)
    assign(made, labeler, actor=tara)
    return made


def open_desk(page: Page, context: BrowserContext, address: str, labeler: Labeler, queue: Queue) -> None:
    cookie = client_for(labeler).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
    page.goto(f"{address}/work/{queue.public_id}/")
    expect(page.locator("[data-desk=content]")).not_to_be_empty()


def test_practice_is_done_by_keyboard_alone(page, context, live_server, labeler):
    made = make_training(labeler, SetPurpose.PRACTICE)
    open_desk(page, context, live_server.url, labeler, made.training_queue)
    feedback, done = page.locator("[data-desk=feedback]"), page.locator("[data-desk=done]")
    expect(done).to_have_text("0 of 2")

    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(feedback).to_contain_text("Not right")
    expect(feedback).to_contain_text("Because it is.")
    expect(done).to_have_text("1 of 2")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    faults = Axe().run(page).response["violations"]

    page.keyboard.press("Enter")
    expect(feedback).to_be_hidden()
    expect(page.get_by_role("radio").first).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(feedback.get_by_role("heading", name="Right", exact=True)).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    expect(page.get_by_role("link", name="See my result")).to_be_visible()
    assert [fault["id"] for fault in faults] == []
    assert sorted(Label.objects.values_list("answers__category", flat=True)) == ["scam", "spam"]


def test_nothing_goes_on_by_itself_and_no_other_key_does_anything_while_reading(page, context, live_server, labeler):
    made = make_training(labeler, SetPurpose.PRACTICE)
    open_desk(page, context, live_server.url, labeler, made.training_queue)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-desk=feedback]")).to_be_visible()

    for key in ("s", "u", "3", "e"):
        page.keyboard.press(key)

    expect(page.locator("[data-desk=feedback]")).to_be_visible()
    assert page.locator("dialog[open]").count() == 0
    assert Label.objects.count() == 1


def test_an_exam_shows_nothing_in_between(page, context, live_server, labeler):
    made = make_training(labeler, SetPurpose.EXAM)
    open_desk(page, context, live_server.url, labeler, made.training_queue)
    expect(page.get_by_text("Exam: nothing is shown before the end")).to_be_visible()

    page.keyboard.press("3")
    page.keyboard.press("Enter")

    expect(page.locator("[data-desk=done]")).to_have_text("1 of 2")
    assert page.locator("[data-desk=feedback]").count() == 0
    assert "Because it is." not in page.content()
