from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from qaplatform.web.charts import Bar, Bars
from qaplatform.web.parts import STATE_LOOKS, Tab
from tests.web.estimates import NOTHING_YET, TWELVE_OF_FOURTEEN, Measured


class Settings(forms.Form):
    name = forms.CharField(help_text="As it appears on the rail.")
    preset = forms.ChoiceField(choices=[("launch", "Launch"), ("steady", "Steady")], widget=forms.RadioSelect)
    overlap = forms.IntegerField(required=False)


def rendered(source: str, address: str = "/people/", **context: object) -> str:
    request = RequestFactory().get(address)
    html = Template("{% load components formats %}" + source).render(Context({"request": request, **context}))
    return " ".join(html.split())


def test_figure_shows_value_interval_n_reference_and_target() -> None:
    html = rendered(
        '{% figure e label="Accuracy" reference="gold" target=0.95 population="Spam" standing="not_enough_data" %}',
        e=TWELVE_OF_FOURTEEN,
    )

    for words in (
        ".86",
        "(.61 to .97)",
        "14</span> answers against gold",
        "target .95",
        "Spam",
        "Not enough data",
    ):
        assert words in html


def test_undefined_figure_is_a_sentence_without_number_or_bar() -> None:
    html = rendered('{% figure e label="Accuracy" reference="gold" %}', e=NOTHING_YET)

    assert "Not enough data yet." in html
    assert "figure-number" not in html
    assert "interval-bar" not in html


def test_figure_prefers_the_reason_that_the_estimate_gives() -> None:
    told = SimpleNamespace(
        value=None,
        lower=None,
        upper=None,
        n=14,
        status="too_few",
        reason="About 38 more would do.",
    )

    assert "About 38 more would do." in rendered('{% figure e label="Accuracy" %}', e=told)


def test_figure_with_few_positives_keeps_number_and_caution() -> None:
    html = rendered('{% figure e label="Alpha" %}', e=Measured(0.4, 0.2, 0.6, 90, "few_positives"))

    assert ".40" in html
    assert "the interval may be too narrow" in html


def test_undefined_cell_shows_no_zero() -> None:
    html = rendered("{% estimate_cell e target=0.95 %}", e=NOTHING_YET)

    assert "not enough data" in html
    assert ".00" not in html


@pytest.mark.parametrize("kind", STATE_LOOKS)
def test_state_is_shape_and_word(kind: str) -> None:
    html = rendered("{% state kind %}", kind=kind)

    assert '<svg class="shape' in html
    assert STATE_LOOKS[kind].word in html


def test_unknown_state_shows_its_own_word() -> None:
    assert "Half way" in rendered('{% state "half_way" %}')


def test_chart_carries_spec_table_and_name() -> None:
    chart = Bars(rows=(Bar("2.3 </script>", 12, 40),))

    html = rendered('{% chart chart id="errors" title="Errors by clause" %}', chart=chart)

    assert 'data-chart="errors-spec"' in html
    assert '<script id="errors-spec" type="application/json">' in html
    assert html.count("</script>") == 1
    assert "<caption" in html


@pytest.mark.parametrize(
    ("address", "link", "direction"),
    [
        ("/people/", "?sort=-accuracy", ""),
        (
            "/people/?sort=-accuracy&page=3&vendor=n",
            "?sort=accuracy&amp;vendor=n",
            "descending",
        ),
        ("/people/?sort=accuracy", "?sort=-accuracy", "ascending"),
    ],
)
def test_column_head_orders_by_link(address: str, link: str, direction: str) -> None:
    html = rendered('{% th "Accuracy" sort="accuracy" first="-" numeric=True %}', address)

    assert f'href="{link}"' in html
    assert (f'aria-sort="{direction}"' in html) is bool(direction)


def test_pagination_keeps_the_query() -> None:
    html = rendered(
        "{% pagination page %}",
        "/people/?vendor=n",
        page=Paginator(range(120), 50).page(2),
    )

    assert "51 to 100" in html
    assert 'href="?vendor=n&amp;page=1"' in html
    assert 'href="?vendor=n&amp;page=3"' in html


def test_field_ties_label_help_and_errors_to_its_control() -> None:
    form = Settings({"preset": "launch"})

    html = rendered("{% form_field form.name %}", form=form)

    assert '<label class="field-label" for="id_name">' in html
    assert 'aria-describedby="id_name-help id_name-errors"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name-errors"' in html


def test_choices_are_a_group_with_a_legend() -> None:
    html = rendered("{% form_field form.preset %}", form=Settings())

    assert "<fieldset" in html
    assert "<legend" in html


def test_optional_field_says_so() -> None:
    assert "optional" in rendered("{% form_field form.overlap %}", form=Settings())


def test_error_summary_links_to_the_field() -> None:
    html = rendered("{% form_errors form %}", form=Settings({"preset": "launch"}))

    assert '<a href="#id_name">Name</a>: This field is required.' in html


def test_filters_offer_to_clear_only_what_is_set() -> None:
    source = "{% filters %}x{% endfilters %}"

    assert "Clear filters" not in rendered(source, "/people/?sort=name&page=2")
    assert "Clear filters" in rendered(source, "/people/?vendor=n")


def test_filters_keep_the_order() -> None:
    assert '<input type="hidden" name="sort" value="-name">' in rendered(
        "{% filters %}x{% endfilters %}", "/people/?sort=-name"
    )


def test_tab_of_this_page_is_current() -> None:
    html = rendered(
        "{% tabs items %}",
        items=[Tab("People", "/people/"), Tab("Flags", "/flags/", 4)],
    )

    assert '<a class="tab" href="/people/" aria-current="page">' in html
    assert html.count("aria-current") == 1


def test_breadcrumbs_end_with_this_page() -> None:
    html = rendered('{% breadcrumbs "Queues" "/queues/" "Spam" %}')

    assert '<a href="/queues/">Queues</a>' in html
    assert '<span aria-current="page">Spam</span>' in html


def test_steps_mark_what_is_done_and_what_is_now() -> None:
    html = rendered("{% steps items current=2 %}", items=["File", "Columns", "Confirm"])

    assert html.count("step-done") == 1
    assert html.count('aria-current="step"') == 1


def test_blocks_escape_what_is_not_markup() -> None:
    html = rendered("{% panel title=title %}{{ text }}{% endpanel %}", title="<b>", text="<script>")

    assert "<b>" not in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            '{% progress 30 100 label="Loading" text="30 of 100" %}',
            'value="30" max="100"',
        ),
        (
            '{% empty_state "No flags" "Nothing waits." action_url="/" action_label="Back" %}',
            ">Back</a>",
        ),
        ('{% notice kind="warn" title="Thin" %}<p>x</p>{% endnotice %}', "notice-warn"),
        ('{% message_text "Saved" kind="good" %}', "Saved"),
        (
            '{% table_wrap label="People" %}<table></table>{% endtable_wrap %}',
            'aria-label="People"',
        ),
        ('{% what "alpha" %}x{% endwhat %}', "What is alpha?"),
        (
            '{% decision_line "below" href="/f" meta="today" %}Fell{% enddecision_line %}',
            '<a href="/f">Fell</a>',
        ),
        ('{% kbd "Enter" %}', '<kbd class="kbd">Enter</kbd>'),
        ('{% icon "no-such" %}', "<svg"),
    ],
)
def test_small_components(source: str, words: str) -> None:
    assert words in rendered(source)


def test_lists_of_pairs() -> None:
    html = rendered("{% definitions pairs %}{% stat_line pairs %}", pairs=[("Lease", "10 min")])

    assert html.count("<dt>Lease</dt><dd>10 min</dd>") == 2


def test_progress_without_a_total_has_no_value() -> None:
    assert "value=" not in rendered('{% progress 3 None label="Loading" %}')


def test_figure_inside_a_sentence() -> None:
    html = rendered('{% figure_line e unit="answers" %}', e=TWELVE_OF_FOURTEEN)

    assert "n 14 answers" in html
