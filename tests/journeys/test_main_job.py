"""The main job on the real product: gunicorn, a worker, the clock, and a browser.

Somebody labels by keyboard; the QA manager sees the figures move by themselves, sees who is flagged and why.
"""

import pytest
from playwright.sync_api import Page, expect

from calibration.models import Flag
from calibration.services.placing import place_gold
from labeling.models import Label, Queue
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, User
from tests.builders import api_client_for, grant_skill, make_items, make_labeler, make_queue, make_user
from tests.calibration.builders import make_gold, make_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
WITHIN_MS = 10_000
GOLD = 40


@pytest.fixture
def queue() -> Queue:
    queue = make_queue("Spam posts", overlap_rate=1.0, overlap_size=2)
    make_plan(queue, gold_rate=0.5, gold_a_day_cap=GOLD)
    for _ in range(GOLD):
        make_gold(queue)
    # Both judge these first; the others are what gold is mixed into, as it never comes alone.
    make_items(queue, 6, priority=1)
    make_items(queue, 80)
    return queue


def with_password(who: User) -> User:
    who.set_password(PASSWORD)
    who.save()
    return who


def certified(name: str, queue: Queue) -> Labeler:
    labeler = make_labeler(name)
    grant_skill(labeler, queue)
    with_password(labeler.user)
    return labeler


def sign_in(page: Page, address: str, username: str) -> None:
    page.goto(f"{address}accounts/login/")
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page).to_have_url(address)


def label_by_keyboard(page: Page, address: str, queue: Queue, *, key: str, items: int) -> None:
    page.goto(f"{address}work/{queue.public_id}/")
    for done in range(1, items + 1):
        expect(page.locator("[data-desk=content]")).not_to_be_empty()
        page.keyboard.press(key)
        page.keyboard.press("Enter")
        expect(page.locator("[data-desk=done]")).to_have_text(f"{done} today")


def test_labels_move_the_figures_and_a_labeler_who_errs_is_flagged(live_app, browser, queue):
    lena, anna = certified("lena", queue), certified("anna", queue)
    with_password(make_user("quinn", roles=[Role.QA_MANAGER]))
    lenas, annas, quinns = (browser.new_page() for _ in range(3))

    # Nobody has judged yet; the QA manager reads so in words, not in a zero.
    sign_in(quinns, live_app, "quinn")
    quinns.goto(f"{live_app}overview/")
    expect(quinns.get_by_text("Spam posts").first).to_be_visible()

    # Two people judge by keyboard: one says spam to everything, the other no violation.
    sign_in(lenas, live_app, "lena")
    sign_in(annas, live_app, "anna")
    label_by_keyboard(annas, live_app, queue, key="2", items=12)
    label_by_keyboard(lenas, live_app, queue, key="1", items=12)

    # The page that was open all the time shows how they agree, without a reload, within ten seconds.
    expect(quinns.get_by_text("nobody has judged the same item")).to_be_hidden(timeout=WITHIN_MS)
    expect(quinns.get_by_role("row", name="Spam posts")).to_contain_text("n", timeout=WITHIN_MS)

    # Lena goes on saying no violation to gold that is spam, until the running check finds it.
    answer_until_flagged(lena, queue)
    quinns.get_by_text("1 quality flag was opened since you loaded this page").click(timeout=2 * WITHIN_MS)

    # Why: the sentence, then every answer that counted.
    quinns.get_by_text("lena: the running check found").click()
    expect(quinns.get_by_role("heading", level=1)).to_contain_text("lena")
    flag = Flag.objects.get(labeler=lena, queue=queue)
    assert flag.evidence.filter(is_correct=False).count() >= 20
    assert not Flag.objects.filter(labeler=anna).exists()


def answer_until_flagged(labeler: Labeler, queue: Queue) -> None:
    """As a program of hers does, in the same API; gold is put before her as the clock's job does it."""
    client = api_client_for(labeler)
    for _ in range(GOLD * 3):
        place_gold(queue, now=clock.now())
        claimed = client.post(f"/api/v1/queues/{queue.public_id}/claim", "{}", content_type="application/json")
        if claimed.status_code != 200 or _gold_answers(labeler) >= 24:
            return
        body = {"token": claimed.json()["token"], "answers": {"category": "no_violation"}}
        address = f"/api/v1/assignments/{claimed.json()['id']}/submit"
        assert client.post(address, body, content_type="application/json").status_code == 201


def _gold_answers(labeler: Labeler) -> int:
    return Label.objects.filter(labeler=labeler, slot__placement__isnull=False).count()
