"""The shell in a real browser under the strict policy: nothing is refused, nothing is inaccessible."""

import mimetypes
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import RequestFactory
from playwright.sync_api import Page, Route, expect

from qaplatform.web.charts import (
    Bar,
    Bars,
    Cusum,
    CusumPoint,
    Heat,
    Mark,
    Trend,
    TrendPoint,
    TrendSeries,
    Whisker,
    Whiskers,
)
from tests.web.estimates import NOTHING_YET, TWELVE_OF_FOURTEEN

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[2] / "static"
ORIGIN = "http://shell.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
WEEKS = tuple(
    TrendPoint(
        at=date(2026, 10, day),
        value=None if day == 8 else 0.7,
        lower=0.6,
        upper=0.8,
        n=40,
    )
    for day in (1, 8, 15, 22)
)
CHARTS = (
    Trend(
        series=(TrendSeries("Spam", WEEKS), TrendSeries("Scams", WEEKS)),
        target=0.75,
        marks=(Mark(date(2026, 10, 10), "policy v4"),),
    ),
    Whiskers(
        rows=(
            Whisker("lena", 0.86, 0.61, 0.97, 14),
            Whisker("new", None, None, None, 0),
        ),
        target=0.95,
    ),
    Cusum(
        points=tuple(CusumPoint(at=at, value=at) for at in range(9)),
        limit=7.9012,
        limit_name="Limit",
        alarm_index=8,
        change_index=3,
    ),
    Bars(rows=(Bar("Clause 2.3", 12, 40),), x_label="Errors"),
    Heat(
        row_labels=("spam", "scam"),
        column_labels=("spam", "scam"),
        cells=((41, 3), (None, 38)),
    ),
)
SAMPLE = """
{% extends "page.html" %}
{% block heading %}People{% endblock %}
{% block content %}
  {% notice kind="error" title="Not imported" %}<p>Line 14 has no item.</p>{% endnotice %}
  <div class="grid-figures">
    {% figure measured label="Accuracy" reference="gold" target=0.95 what="Right of judged." %}
    {% figure undefined label="Agreement" %}
  </div>
  {% panel title="Standing of people" flush=True %}
    {% table_wrap label="People" %}
      <table class="table">
        <caption class="visually-hidden">People with their accuracy</caption>
        <thead><tr>{% th "Labeler" sort="name" %}{% th "Accuracy" numeric=True %}{% th "Standing" %}</tr></thead>
        <tbody>
          <tr>
            <th scope="row"><a href="/lena" data-drawer>lena</a></th>
            <td class="num">{% estimate_cell measured target=0.95 %}</td>
            <td>{% state "below" %}</td>
          </tr>
        </tbody>
      </table>
    {% endtable_wrap %}
  {% endpanel %}
  {% for chart in charts %}{% chart chart id=chart.kind title=chart.kind %}{% endfor %}
  <form class="form" action="/saved" method="post" data-confirm="Suspend Lena?" data-confirm-action="Suspend">
    {% form_fields form %}<button class="button button-danger" type="submit">Suspend</button>
  </form>
  <a class="button" href="#main" data-key="n" data-key-label="Next person">Next</a>
{% endblock %}
"""
LENA = '{% extends "page.html" %}{% block heading %}Lena{% endblock %}{% block content %}<p>Scorecard</p>{% endblock %}'


class Reason(forms.Form):
    reason = forms.CharField(help_text="Lena reads this.")
    sure = forms.BooleanField(required=False)


def written(source: str) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    context = {
        "measured": TWELVE_OF_FOURTEEN,
        "undefined": NOTHING_YET,
        "charts": CHARTS,
        "form": Reason(),
    }
    return engines["django"].from_string(source).render(context, request)


def answer(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    headers = {"Content-Security-Policy": POLICY}
    if path.startswith("/static/"):
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        route.fulfill(
            path=STATIC / path.removeprefix("/static/"),
            headers=headers,
            content_type=kind,
        )
        return
    pages = {"/": SAMPLE, "/lena": LENA}
    route.fulfill(
        body=written(pages.get(path, LENA)),
        headers=headers,
        content_type="text/html; charset=utf-8",
    )


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser refused or failed at."""
    heard: list[str] = []
    page.on(
        "console",
        lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.route("**/*", answer)
    return heard


def open_sample(page: Page) -> None:
    page.goto(ORIGIN + "/")
    expect(page.locator(".chart-canvas svg")).to_have_count(len(CHARTS))


def test_charts_draw_and_explain_under_the_strict_policy(page: Page, complaints: list[str]) -> None:
    open_sample(page)

    for place in page.locator(".chart-canvas").all():
        place.hover()
        expect(place.locator("svg")).to_have_count(1)
    page.locator("#trend .chart-canvas").hover(position={"x": 60, "y": 120})
    expect(page.locator("#trend svg")).to_contain_text(".70 (.60 to .80)  n 40")
    expect(page.locator("#trend svg")).to_contain_text("policy v4")
    expect(page.locator("#trend svg")).to_contain_text("Target .75")

    assert complaints == []


def test_the_limit_is_named_once_and_the_steps_of_its_axis_are_even(page: Page, complaints: list[str]) -> None:
    open_sample(page)

    texts = page.locator("#cusum svg text", has_text="Limit")
    steps = [text for text in page.locator('#cusum svg text[text-anchor="end"]').all() if text.text_content().isdigit()]
    heights = sorted(text.bounding_box()["y"] for text in steps)
    gaps = [round(below - above) for above, below in pairwise(heights)]

    assert texts.all_text_contents() == ["Limit 7.9"]
    assert len(gaps) >= 3
    assert max(gaps) - min(gaps) <= 1
    assert complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_sample_page_has_no_axe_violation(page: Page, complaints: list[str], theme: str, width: int) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    open_sample(page)

    found = [violation["id"] for violation in Axe().run(page).response["violations"]]

    assert (found, complaints) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_drawer_shows_the_other_page_and_keeps_the_list(page: Page, complaints: list[str]) -> None:
    open_sample(page)

    page.get_by_role("link", name="lena").click()

    expect(page.locator("#drawer .drawer-title")).to_have_text("Lena")
    expect(page.locator("#drawer")).to_contain_text("Scorecard")
    assert page.url == ORIGIN + "/"
    assert complaints == []


def test_destructive_act_asks_and_cancel_sends_nothing(page: Page, complaints: list[str]) -> None:
    open_sample(page)
    page.get_by_label("Reason").fill("drift")

    page.get_by_role("button", name="Suspend").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Suspend Lena?")
    dialog.get_by_role("button", name="Cancel").click()

    expect(dialog).to_be_hidden()
    assert page.url == ORIGIN + "/"


def test_destructive_act_is_sent_once_it_is_confirmed(page: Page, complaints: list[str]) -> None:
    open_sample(page)
    page.get_by_label("Reason").fill("drift")

    page.get_by_role("button", name="Suspend").click()
    page.get_by_role("dialog").get_by_role("button", name="Suspend").click()

    page.wait_for_url(ORIGIN + "/saved")
    assert complaints == []


def test_question_mark_lists_the_keys_of_the_page(page: Page, complaints: list[str]) -> None:
    open_sample(page)

    page.keyboard.press("?")

    expect(page.locator("#keys-dialog")).to_contain_text("Next person")


def test_chosen_theme_is_kept_for_the_server(page: Page, complaints: list[str]) -> None:
    open_sample(page)

    page.get_by_role("button", name="Theme: auto").click()
    page.get_by_role("button", name="Theme: light").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("document.cookie") == "theme=dark"


def test_chart_is_saved_as_svg(page: Page, complaints: list[str]) -> None:
    open_sample(page)

    with page.expect_download() as download:
        page.locator("[data-chart-save=trend]").click()

    assert download.value.suggested_filename == "trend.svg"
    assert Path(download.value.path()).read_text().startswith("<svg")
