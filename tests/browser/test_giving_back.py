"""Giving an item back: a key and a digit, and a pause that nothing undoes by itself."""

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from labeling.models import Escalation, Label, Queue, Skip, Slot
from qaplatform.people.models import Labeler
from tests.builders import client_for, grant_skill, make_items, make_labeler, make_queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def labeler() -> Labeler:
    return make_labeler()


@pytest.fixture
def queue(labeler: Labeler) -> Queue:
    queue = make_queue()
    grant_skill(labeler, queue)
    return queue


@pytest.fixture
def desk(page: Page, context: BrowserContext, live_server, labeler: Labeler, queue: Queue) -> Page:
    make_items(queue, 1, content={"text": "the first text"})
    make_items(queue, 1, content={"text": "the second text"})
    cookie = client_for(labeler).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/work/{queue.public_id}/")
    expect(page.locator("[data-desk=content]")).to_contain_text("text")
    return page


def test_skipping_takes_a_key_and_a_digit(desk, labeler):
    shown = desk.locator("[data-desk=content]").inner_text()

    desk.keyboard.press("s")
    desk.keyboard.press("2")

    expect(desk.locator("[data-desk=content]")).not_to_have_text(shown)
    expect(desk.locator("#skip-dialog")).not_to_be_visible()
    skip = Skip.objects.get()
    assert (skip.reason, skip.labeler) == ("language", labeler)


def test_escalating_with_a_note_puts_it_before_the_escalation_role(desk):
    shown = desk.locator("[data-desk=content]").inner_text()

    desk.keyboard.press("e")
    desk.get_by_label("Note").fill("Somebody writes 3 names")
    desk.get_by_role("button", name="danger").click()

    expect(desk.locator("[data-desk=content]")).not_to_have_text(shown)
    row = Escalation.objects.get()
    assert (row.reason, row.note) == ("imminent_harm", "Somebody writes 3 names")


def test_a_digit_in_the_note_is_a_digit(desk):
    desk.keyboard.press("s")
    desk.get_by_label("Note").press_sequentially("2 names")

    expect(desk.get_by_label("Note")).to_have_value("2 names")
    assert not Skip.objects.exists()


def test_escape_keeps_the_item(desk):
    shown = desk.locator("[data-desk=content]").inner_text()

    desk.keyboard.press("s")
    desk.keyboard.press("Escape")

    expect(desk.locator("#skip-dialog")).not_to_be_visible()
    assert desk.locator("[data-desk=content]").inner_text() == shown
    assert not Skip.objects.exists()


def test_a_pause_gives_everything_back_hides_the_item_and_says_whom_to_turn_to(desk):
    desk.get_by_role("button", name="Pause").click()

    expect(desk.get_by_text("The item went back.")).to_be_visible()
    expect(desk.locator("[data-state=paused]")).to_contain_text(f"turn to {settings.SUPPORT_CONTACT}")
    expect(desk.locator("[data-desk=content]")).to_be_empty()
    assert not Slot.objects.filter(state="leased").exists()
    assert not Label.objects.exists()


def test_help_is_one_click_away_and_says_whom_to_turn_to(desk):
    desk.get_by_role("button", name="I need help").click()

    expect(desk.locator("#help-dialog")).to_contain_text(settings.SUPPORT_CONTACT)
    desk.get_by_role("button", name="Stop and give the item back").click()

    expect(desk.get_by_text("The item went back.")).to_be_visible()
    assert not Slot.objects.filter(state="leased").exists()


def test_a_pause_without_the_network_says_so_and_hides_the_item_all_the_same(desk, context):
    context.set_offline(True)
    desk.get_by_role("button", name="Pause").click()

    expect(desk.locator("[data-desk=paused-words]")).to_contain_text("The network is gone")
    expect(desk.locator("[data-desk=content]")).to_be_empty()
