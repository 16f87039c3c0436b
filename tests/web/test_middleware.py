import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

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


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["/accounts/login/", "/healthz", "/nothing/", "/api/v1/schema", "/api/v1/flags", "/static/img/mark.svg", "/?a=%00"],
)
def test_every_answer_carries_the_policies(address: str) -> None:
    response = Client().get(address)
    response.close()

    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("DENY", "nosniff")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/login/?next=%00", "/healthz?q=a%00b", "/api/v1/schema?x=%2500%00"])
def test_a_nul_in_the_address_is_refused_in_words(address: str) -> None:
    response = Client().get(address)

    assert response.status_code == 400
    assert "NUL character" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "status"), [("/api/v1/flags", 401), ("/api/v1/nothing", 404)])
def test_a_program_gets_the_policy_of_data(address: str, status: int) -> None:
    response = Client(headers={"Authorization": "Token unknown"}).get(address)

    assert response.status_code == status
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("DENY", "nosniff")


@pytest.mark.django_db
def test_a_token_outside_the_api_makes_no_program_of_a_browser() -> None:
    response = Client(headers={"Authorization": "Token unknown"}).get("/accounts/login/")

    assert "script-src 'self'" in response["Content-Security-Policy"]
