"""A labeler's desk in a real browser, worked by keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from labeling.models import Label, LateAnswer, Queue, Reveal, Skip, Slot
from labeling.services.assignments import Assignment, claim_assignment
from labeling.services.placement import place_items
from labeling.services.queues import publish_schema
from qaplatform import clock
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
def open_desk(page: Page, context: BrowserContext, live_server, labeler: Labeler, queue: Queue):
    def go() -> Page:
        cookie = client_for(labeler).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page.goto(f"{live_server.url}/work/{queue.public_id}/")
        return page

    return go


def content(page: Page):
    return page.locator("[data-desk=content]")


def test_twenty_items_are_labeled_without_a_mouse(open_desk, queue, labeler):
    make_items(queue, 20)
    page = open_desk()

    for done in range(1, 21):
        expect(content(page)).not_to_be_empty()
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        expect(page.locator("[data-desk=done]")).to_have_text(f"{done} today")

    expect(page.locator("[data-desk=nothing-words]")).to_have_text("Nothing is left for you in this queue now.")
    assert Label.objects.filter(labeler=labeler, answers__category="spam").count() == 20


def test_hostile_text_stays_text(open_desk, queue):
    make_items(queue, 1, content={"text": "<img src=x onerror=alert(1)><script>alert(2)</script> a\u202egnp.exe"})
    page = open_desk()
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))

    expect(content(page)).to_contain_text("<script>alert(2)</script>")
    expect(content(page)).to_contain_text("U+202E")

    assert dialogs == []
    assert page.locator("[data-desk=content] img").count() == 0


def test_a_sensitive_item_is_nowhere_in_the_page_until_it_is_held(open_desk, queue, labeler):
    make_items(queue, 1, content={"text": "something grim"}, is_sensitive=True)
    page = open_desk()
    expect(page.get_by_text("It stays covered until you uncover it.")).to_be_visible()
    assert "something grim" not in page.content()
    assert not Reveal.objects.exists()

    page.keyboard.down("b")
    expect(content(page)).to_contain_text("something grim")
    page.keyboard.up("b")

    expect(content(page)).not_to_contain_text("something grim")
    assert Reveal.objects.filter(labeler=labeler).count() == 1


def test_a_covered_item_is_not_judged_unseen(open_desk, queue):
    make_items(queue, 1, content={"text": "something grim"}, is_sensitive=True)
    page = open_desk()
    expect(page.get_by_text("It stays covered until you uncover it.")).to_be_visible()

    page.keyboard.press("2")
    page.keyboard.press("Enter")

    expect(page.locator("[data-desk=said]")).to_have_text("Uncover the item before you judge it, or skip it.")
    assert Label.objects.count() == 0


def test_whoever_was_signed_out_is_sent_to_sign_in_and_keeps_what_was_chosen(open_desk, queue, context):
    make_items(queue, 1)
    page = open_desk()
    expect(content(page)).not_to_be_empty()
    page.keyboard.press("2")
    signed_in = context.cookies()

    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()

    context.add_cookies(signed_in)
    page.reload()
    expect(page.get_by_label("spam", exact=False).first).to_be_checked()


def test_the_end_of_a_set_says_so(page, context, live_server, labeler):
    training = make_queue(kind="training")
    place_items(make_items(training, 1, answers_needed=0), [labeler], now=clock.now())
    cookie = client_for(labeler).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/work/{training.public_id}/")
    expect(content(page)).not_to_be_empty()

    page.keyboard.press("2")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Finished")).to_be_visible()


def test_the_list_of_keys_names_those_of_the_desk(open_desk, queue):
    make_items(queue, 1)
    page = open_desk()
    expect(content(page)).not_to_be_empty()

    page.keyboard.press("?")

    expect(page.locator("#keys-dialog")).to_contain_text("Choose an answer")
    expect(page.locator("#keys-dialog")).to_contain_text("Skip this item")


def test_the_desk_fits_a_phone(open_desk, queue, page):
    page.set_viewport_size({"width": 390, "height": 800})
    make_items(queue, 1)
    open_desk()
    expect(content(page)).not_to_be_empty()

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_answer_typed_before_the_network_fell_is_sent_once_when_it_is_back(open_desk, queue, context):
    make_items(queue, 2)
    page = open_desk()
    expect(content(page)).not_to_be_empty()

    context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The network is gone.")).to_be_visible()
    context.set_offline(False)

    expect(page.locator("[data-desk=done]")).to_have_text("1 today")
    assert Label.objects.count() == 1


def test_a_skipped_item_does_not_come_back(open_desk, queue, labeler):
    make_items(queue, 1)
    page = open_desk()
    expect(content(page)).not_to_be_empty()

    page.keyboard.press("s")
    page.get_by_label("Note").fill("Cannot see what it refers to")
    page.get_by_role("button", name="I cannot judge this").press("Enter")

    expect(page.locator("[data-desk=nothing-words]")).to_have_text("Nothing is left for you in this queue now.")
    assert Skip.objects.get().labeler == labeler


def test_the_last_answer_can_be_changed_until_the_next(open_desk, queue):
    make_items(queue, 2)
    page = open_desk()
    expect(content(page)).not_to_be_empty()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-desk=done]")).to_have_text("1 today")

    page.keyboard.press("u")
    expect(page.get_by_text("You are changing your last answer.").first).to_be_visible()
    page.keyboard.press("3")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Your last answer was changed.").first).to_be_visible()
    assert Label.objects.get(revised_by=None).answers["category"] == "scam"


def test_a_late_answer_is_explained_and_what_was_typed_stays(open_desk, queue):
    make_items(queue, 1)
    page = open_desk()
    expect(content(page)).not_to_be_empty()
    take_over(queue)

    page.get_by_label("Why?").fill("because it sells watches")
    page.locator("h1").click(force=True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="This answer was not counted")).to_be_visible()
    expect(page.get_by_text("because it sells watches")).to_be_visible()
    assert LateAnswer.objects.count() == 1
    assert Label.objects.count() == 0


def test_pausing_gives_the_item_back(open_desk, queue):
    make_items(queue, 1)
    page = open_desk()
    expect(content(page)).not_to_be_empty()

    page.get_by_role("button", name="Pause").click()

    expect(page.get_by_text("The item went back.")).to_be_visible()
    assert Slot.objects.get().state == "open"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_and_its_dialogs_have_no_accessibility_fault_and_break_no_policy(open_desk, queue, page, scheme):
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme=scheme)
    make_items(queue, 1)
    open_desk()
    expect(content(page)).not_to_be_empty()

    found = Axe().run(page).response["violations"]
    for key in ("s", "p"):
        page.keyboard.press(key)
        found += Axe().run(page).response["violations"]
        page.keyboard.press("Escape")

    assert [fault["id"] for fault in found] == []
    assert problems == []


def take_over(queue: Queue) -> None:
    """Somebody else claims after the lease has run out."""
    Slot.objects.update(lease_until="2020-01-01T00:00Z")
    other = make_labeler()
    grant_skill(other, queue)
    assert isinstance(claim_assignment(queue, other), Assignment)


def test_questions_that_change_meanwhile_are_asked_from_the_next_item_on(open_desk, queue, labeler):
    make_items(queue, 3)
    page = open_desk()
    expect(content(page)).not_to_be_empty()
    [old] = queue.schemas.get().questions
    publish_schema(queue, [old | {"prompt": "What is it, by the new rules?"}])

    page.reload()
    expect(page.get_by_text(old["prompt"]).first).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("What is it, by the new rules?").first).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-desk=done]")).to_have_text("2 today")

    numbers = Label.objects.filter(labeler=labeler).order_by("id").values_list("schema__number", flat=True)
    assert list(numbers) == [1, 2]
