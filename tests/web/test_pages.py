import json
import re
from types import SimpleNamespace
from typing import NoReturn

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.urls import get_resolver

from qaplatform.web.views import DatabaseAway, not_found, server_error

TEMPLATE_NAMES = [
    "404.html",
    "403.html",
    "403_csrf.html",
    "500.html",
    "503.html",
    "plain.html",
    "page.html",
    "workspace.html",
]


def request_of_a_stranger() -> HttpRequest:
    request = RequestFactory().get("/somewhere/")
    request.user = AnonymousUser()
    return request


def without_token(content: str) -> str:
    return re.sub(r'content="[A-Za-z0-9]{64}"', "", content)


@pytest.mark.parametrize("name", TEMPLATE_NAMES)
def test_page_has_one_heading_and_no_inline_script_or_style(name: str) -> None:
    html = render_to_string(name, {"page_title": "Spam"}, request=request_of_a_stranger())

    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script>", html) == []


def test_forbidden_looks_exactly_like_not_found() -> None:
    forbidden = get_resolver().resolve_error_handler(403)(request_of_a_stranger(), PermissionDenied("secret"))
    missing = get_resolver().resolve_error_handler(404)(request_of_a_stranger(), Http404("gone"))

    assert (forbidden.status_code, missing.status_code) == (404, 404)
    assert without_token(forbidden.text) == without_token(missing.text)
    assert forbidden.headers == missing.headers


def test_not_found_does_not_repeat_what_was_asked() -> None:
    assert "somewhere" not in not_found(request_of_a_stranger()).text


def test_server_error_needs_nothing() -> None:
    response = server_error(HttpRequest())

    assert response.status_code == 500
    assert "Something broke on our side" in response.text


def test_refusal_says_what_to_do() -> None:
    error = SimpleNamespace(message="Ask a second QA manager to confirm.")

    html = render_to_string("refused.html", {"error": error}, request=request_of_a_stranger())

    assert error.message in html


def test_sign_in_offers_the_demo_accounts_and_polls_while_it_loads() -> None:
    html = demo_sign_in(finished=False)

    assert 'data-fill-login="lena"' in html
    assert 'hx-get="/progress" hx-trigger="every 2s"' in html


def test_sign_in_stops_polling_when_the_demo_is_there() -> None:
    assert "hx-trigger" not in demo_sign_in(finished=True)


def demo_sign_in(*, finished: bool) -> str:
    progress = SimpleNamespace(done=1, total=2, text="1 of 2", finished=finished, error="")
    context = {
        "demo_accounts": [{"username": "lena", "role": "Labeler", "does": "labels"}],
        "demo_password": "demo-pass",
        "demo_progress": progress,
        "demo_progress_url": "/progress",
    }
    return render_to_string("account/login.html", context, request=request_of_a_stranger())


def test_fragment_of_progress_stands_alone() -> None:
    progress = SimpleNamespace(done=1, total=2, text="1 of 2", finished=False, error="The disk is full.")

    html = get_template("web/demo_progress.html").render({"demo_progress": progress})

    assert "The disk is full." in html
    assert "<html" not in html


@pytest.mark.parametrize("error", [OperationalError("disk full"), InterfaceError("connection is closed")])
def test_database_that_is_away_is_told_apart_from_a_fault_of_ours(error: Exception) -> None:
    page = answer_after(error, "/somewhere/")
    told = answer_after(error, "/api/v1/queues")

    assert (page.status_code, told.status_code) == (503, 503)
    assert (page["Retry-After"], told["Retry-After"]) == ("5", "5")
    assert "The database does not answer at the moment." in page.text
    assert json.loads(told.content) == {"code": "database_away", "message": DatabaseAway().message, "detail": {}}
    assert answer_after(DataError("too long"), "/somewhere/").status_code == 500


def answer_after(error: Exception, path: str) -> HttpResponse:
    """What Django asks for when nobody caught that error."""
    try:
        fail(error)
    except type(error):
        return server_error(RequestFactory().get(path))


def fail(error: Exception) -> NoReturn:
    raise error
