"""After a quality flag, the person's answers are asked again of others: on the real product, in a browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from calibration.models import SamplingPlan
from calibration.queries.flag_requeues import judged_since
from labeling.enums import SlotOrigin
from labeling.models import Label, Slot
from labeling.services.assignments import Assignment, claim_assignment
from qaplatform.people.models import User
from tests.builders import make_items, make_labeler
from tests.calibration.builders import add_label
from tests.calibration.loop.builders import Floor, make_floor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
WITHIN_MS = 30_000
ANSWERS = 3


@pytest.fixture
def floor() -> Floor:
    """Lena is flagged, and gave three ordinary answers in the period that the flag judged."""
    floor = make_floor()
    SamplingPlan.objects.update(gold_rate=0)
    at = judged_since(floor.flag) + timedelta(hours=1)
    for item in make_items(floor.queue, ANSWERS):
        Slot.objects.filter(item=item).delete()
        add_label(item, floor.lena, "scam", at=at, origin=SlotOrigin.ENTRY)
    return floor


def sign_in(page: Page, address: str, who: User) -> None:
    who.set_password(PASSWORD)
    who.save()
    page.goto(f"{address}accounts/login/")
    page.locator("input[name=login]").fill(who.username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page).to_have_url(address)


def test_answers_of_a_flagged_person_are_given_again_by_somebody_else(live_app, browser, floor):
    anna = make_labeler("anna", queues=[floor.queue])
    quinns, annas = browser.new_page(), browser.new_page()
    sign_in(quinns, live_app, floor.quinn)
    sign_in(annas, live_app, anna.user)

    # On the flag's page Quinn finds what to do about the answers that stand; the count comes before anything happens.
    quinns.goto(f"{live_app}flags/{floor.flag.public_id}/")
    quinns.get_by_role("link", name="Ask their answers again").click()
    expect(quinns.get_by_text("3 answers of lena would be asked of others")).to_be_visible()
    quinns.get_by_label("Reason").fill("Missed scam for a week")
    quinns.get_by_role("button", name="Ask 3 answers again").click()

    # The queue's page follows it by itself; the clock's job carries it out.
    expect(quinns.get_by_role("heading", level=1)).to_have_text("Spam")
    progress = quinns.locator("#asked-again-lines")
    expect(progress).to_contain_text("Finished", timeout=WITHIN_MS)
    expect(progress).to_contain_text("3 answers were asked again. 0 of 3 new answers are in.")

    # Lena gets none of them; Anna gets each, in her usual work, and nothing tells her why.
    assert not isinstance(claim_assignment(floor.queue, floor.lena), Assignment)
    annas.goto(f"{live_app}work/{floor.queue.public_id}/")
    for done in range(1, ANSWERS + 1):
        expect(annas.locator("[data-desk=content]")).not_to_be_empty()
        annas.keyboard.press("1")
        annas.keyboard.press("Enter")
        expect(annas.locator("[data-desk=done]")).to_have_text(f"{done} today")
    assert Label.objects.filter(labeler=anna, slot__origin=SlotOrigin.REQUEUE).count() == ANSWERS
    assert Label.objects.filter(labeler=floor.lena, slot__set_aside_by__isnull=False).count() == ANSWERS

    # Quinn reads that all is in, and the way back to the flag, which says so too; so does Lena's own view of it.
    quinns.reload()
    expect(progress).to_contain_text("All new answers are in.")
    progress.get_by_role("link", name="The quality flag of this period").click()
    expect(quinns.get_by_text("Missed scam for a week")).to_be_visible()
    expect(quinns.get_by_text("3 answers were asked again. All new answers are in.")).to_be_visible()
