from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from qaplatform.web.context_processors import shell
from qaplatform.web.middleware import PrivacyHeadersMiddleware


def test_pages_stay_out_of_caches_and_away_from_the_device() -> None:
    response = PrivacyHeadersMiddleware(lambda _request: HttpResponse("x"))(HttpRequest())

    assert "no-store" in response["Cache-Control"]
    assert "camera=()" in response["Permissions-Policy"]
    assert response["Referrer-Policy"] == "same-origin"


def test_a_view_that_sets_its_own_caching_keeps_it() -> None:
    response = PrivacyHeadersMiddleware(lambda _request: HttpResponse("x", headers={"Cache-Control": "max-age=60"}))(
        HttpRequest()
    )

    assert response["Cache-Control"] == "max-age=60"


def test_theme_is_the_one_chosen_and_nothing_else() -> None:
    request = RequestFactory().get("/")
    themes = []
    for cookie in ("dark", "light", '"><script>', ""):
        request.COOKIES["theme"] = cookie
        themes.append(shell(request)["shell"].theme)

    assert themes == ["dark", "light", "", ""]


def test_strangers_get_no_rail() -> None:
    assert shell(RequestFactory().get("/"))["shell"].sections == ()
