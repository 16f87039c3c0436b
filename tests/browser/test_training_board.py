"""The training board in a browser: each act on ticked assignments asks for its own field alone."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from calibration.enums import AttemptState
from calibration.models import Attempt
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_queue, make_user
from tests.calibration.loop.builders import assign, make_set

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_due_date_changes_without_a_reason_and_cancelling_needs_no_date(page, context, live_server):
    tara = make_user(roles=[Role.TRAINER])
    assign(make_set(make_queue(), actor=tara), make_labeler(), actor=tara)
    cookie = client_for(tara).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/training/board/")

    page.locator("tbody input[name=attempts]").check()
    page.get_by_label("New due date").fill("2040-01-31")
    page.get_by_role("button", name="Change the due date").click()
    expect(page.get_by_text("1 assignment is due at the new date.")).to_be_visible()
    page.locator("tbody input[name=attempts]").check()
    page.get_by_label("Reason").fill("Another set")
    page.get_by_role("button", name="Cancel assignments").click()
    page.get_by_role("button", name="Cancel them").click()
    expect(page.get_by_text("1 assignment is cancelled.")).to_be_visible()

    assert Attempt.objects.get().state == AttemptState.CANCELLED
