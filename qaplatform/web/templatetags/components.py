"""Template components: each tag has its template under `web/components/` and its sheet under `static/css/`.

Parameters of tags are named as HTML names them, `id` and `help` too.
"""

# ruff: noqa: A002

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField, CheckboxInput
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify

from qaplatform.web import figures
from qaplatform.web.charts import Chart
from qaplatform.web.figures import Axis, EstimateLike
from qaplatform.web.icons import path_of
from qaplatform.web.parts import Explanation, Step, Tab, look_of

register = template.Library()

FOLDER = "web/components"


@register.inclusion_tag(f"{FOLDER}/figure.html")
def figure(
    estimate: EstimateLike,
    *,
    label: str,
    reference: str = "",
    unit: str = "answers",
    population: str = "",
    target: float | None = None,
    target_name: str = "Target",
    standing: str = "",
    href: str = "",
    what: str = "",
    size: str = "",
    low: float = 0.0,
    high: float = 1.0,
    axis: Axis | None = None,
    as_percent: bool = False,
    note: str = "",
    explanation: Explanation | None = None,
) -> dict[str, object]:
    """An estimate with its interval, n, reference and population; a sentence where it is undefined."""
    low, high = (axis.low, axis.high) if axis else (low, high)
    return {
        **_estimate_words(estimate, as_percent=as_percent, target=target),
        "bar": figures.bar_geometry(estimate, target=target, low=low, high=high),
        "label": label,
        "reference": reference,
        "unit": unit,
        "population": population,
        "target": None if target is None else _value_words(target, as_percent=as_percent),
        "target_name": target_name,
        "standing": standing,
        "href": href,
        "what": what,
        "size": size,
        "note": note,
        "explanation": explanation,
    }


@register.inclusion_tag(f"{FOLDER}/figure_line.html")
def figure_line(estimate: EstimateLike, *, unit: str = "", as_percent: bool = False) -> dict[str, object]:
    """An estimate inside a sentence."""
    return {**_estimate_words(estimate, as_percent=as_percent), "unit": unit}


@register.inclusion_tag(f"{FOLDER}/estimate_cell.html")
def estimate_cell(
    estimate: EstimateLike,
    *,
    target: float | None = None,
    href: str = "",
    low: float = 0.0,
    high: float = 1.0,
    axis: Axis | None = None,
    as_percent: bool = False,
) -> dict[str, object]:
    """What a table cell says of an estimate: figure, interval, bar, n."""
    low, high = (axis.low, axis.high) if axis else (low, high)
    return {
        **_estimate_words(estimate, as_percent=as_percent, target=target),
        "bar": figures.bar_geometry(estimate, target=target, low=low, high=high),
        "href": href,
    }


@register.inclusion_tag(f"{FOLDER}/interval_bar.html")
def interval_bar(
    estimate: EstimateLike,
    *,
    target: float | None = None,
    low: float = 0.0,
    high: float = 1.0,
) -> dict[str, object]:
    """An interval drawn small; the words stand beside it, so it is hidden from readers of the page aloud."""
    return {"bar": figures.bar_geometry(estimate, target=target, low=low, high=high)}


@register.inclusion_tag(f"{FOLDER}/state.html")
def state(kind: str, *, label: str = "", note: str = "") -> dict[str, object]:
    """Shape and word of a standing or a state."""
    return {**_look(kind), "label": label, "note": note}


@register.inclusion_tag(f"{FOLDER}/shape.html")
def shape(kind: str) -> dict[str, object]:
    """The shape of a state alone, where the word stands elsewhere."""
    return _look(kind)


@register.inclusion_tag(f"{FOLDER}/chart.html")
def chart(spec: Chart, *, id: str, title: str = "", caption: str = "", height: str = "medium") -> dict[str, object]:
    """A chart, its figures as a table, and a way to keep it as SVG."""
    return {
        "spec": spec.spec(),
        "table": spec.table(),
        "id": id,
        "spec_id": f"{id}-spec",
        "title": title,
        "caption": caption,
        "height": height,
    }


@register.inclusion_tag(f"{FOLDER}/th.html", takes_context=True)
def th(
    context: Context,
    label: str,
    *,
    sort: str = "",
    numeric: bool = False,
    title: str = "",
    first: str = "",
    current: str | None = None,
) -> dict[str, object]:
    """A column head; with `sort` a link that orders by it."""
    query = _query(context)
    order = current if current is not None else query.get("sort", "")
    direction = {sort: "ascending", f"-{sort}": "descending"}.get(order, "") if sort else ""
    return {
        "label": label,
        "numeric": numeric,
        "title": title,
        "direction": direction,
        "url": _with(query, sort=_next_order(sort, order, first)) if sort else "",
    }


@register.inclusion_tag(f"{FOLDER}/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[object]) -> dict[str, object]:
    """Where one is in a long list, and the way on."""
    query = _query(context)
    return {
        "page": page,
        "previous": _with(query, page=page.previous_page_number()) if page.has_previous() else "",
        "next": _with(query, page=page.next_page_number()) if page.has_next() else "",
    }


@register.simple_block_tag
def panel(
    content: SafeString,
    *,
    title: str = "",
    href: str = "",
    link_label: str = "See all",
    note: str = "",
    id: str = "",
    flush: bool = False,
) -> SafeString:
    """A bordered section with its own heading."""
    return render_to_string(
        f"{FOLDER}/panel.html",
        {
            "content": content,
            "title": title,
            "href": href,
            "link_label": link_label,
            "note": note,
            "id": id or slugify(title) or "panel",
            "flush": flush,
        },
    )


@register.simple_block_tag
def table_wrap(content: SafeString, *, label: str) -> SafeString:
    """A table that scrolls inside its own frame."""
    return render_to_string(f"{FOLDER}/table_wrap.html", {"content": content, "label": label})


@register.inclusion_tag(f"{FOLDER}/empty_state.html")
def empty_state(title: str, text: str = "", *, action_url: str = "", action_label: str = "") -> dict[str, object]:
    """What to do when there is nothing to show."""
    return {
        "title": title,
        "text": text,
        "action_url": action_url,
        "action_label": action_label,
    }


@register.inclusion_tag(f"{FOLDER}/progress.html")
def progress(done: int, total: int | None, *, label: str, text: str = "") -> dict[str, object]:
    """Work under way; without a total it only says that it goes on."""
    return {"done": done, "total": total, "label": label, "text": text}


@register.simple_block_tag
def notice(content: SafeString, *, kind: str = "info", title: str = "") -> SafeString:
    """Something to know before reading on."""
    return render_to_string(f"{FOLDER}/notice.html", {"content": content, "kind": kind, "title": title})


@register.inclusion_tag(f"{FOLDER}/notice.html")
def message_text(content: str, *, kind: str = "info") -> dict[str, object]:
    """A notice of one sentence."""
    return {"content": content, "kind": kind, "title": ""}


@register.inclusion_tag(f"{FOLDER}/form_field.html")
def form_field(field: BoundField, *, label: str = "", help: str = "", inline: bool = False) -> dict[str, object]:
    """Label, control, help and errors of one field."""
    return {
        "field": field,
        "control": _control(field, has_help=bool(help or field.help_text)),
        "label": label or field.label,
        "help": help or field.help_text,
        "is_group": field.use_fieldset,
        "is_check": isinstance(field.field.widget, CheckboxInput),
        "inline": inline,
    }


@register.inclusion_tag(f"{FOLDER}/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, object]:
    """All fields of a form in their order."""
    return {"form": form}


@register.inclusion_tag(f"{FOLDER}/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, object]:
    """What is to be corrected, with a link to each field."""
    return {"form": form, "wrong": [field for field in form if field.errors]}


@register.simple_block_tag(takes_context=True)
def filters(context: Context, content: SafeString, *, action: str = "", label: str = "Filters") -> SafeString:
    """A form whose answers live in the address."""
    request = context.get("request")
    kept = {"sort": _query(context).get("sort", "")}
    return render_to_string(
        f"{FOLDER}/filters.html",
        {
            "content": content,
            "action": action or (request.path if request else ""),
            "label": label,
            "kept": {name: value for name, value in kept.items() if value},
            "has_query": bool(set(_query(context)) - {"sort", "page"}),
        },
    )


@register.inclusion_tag(f"{FOLDER}/tabs.html", takes_context=True)
def tabs(context: Context, items: Sequence[Tab], *, label: str = "Views") -> dict[str, object]:
    """Views of one thing, each with its own address."""
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    known = any(tab.current for tab in items)
    return {
        "items": items if known else [replace(tab, current=tab.url == path) for tab in items],
        "label": label,
    }


@register.inclusion_tag(f"{FOLDER}/steps.html")
def steps(items: Iterable[Step | str], *, current: int, label: str = "Steps") -> dict[str, object]:
    """Where one is in a task of several pages; `current` counts from 1."""
    named = [step if isinstance(step, Step) else Step(step) for step in items]
    return {"items": named, "current": current, "label": label}


@register.inclusion_tag(f"{FOLDER}/kbd.html")
def kbd(key: str) -> dict[str, object]:
    """A key as it is printed on the keyboard."""
    return {"key": key}


@register.inclusion_tag(f"{FOLDER}/definitions.html")
def definitions(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Terms with their values."""
    return {"pairs": pairs}


@register.inclusion_tag(f"{FOLDER}/stat_line.html")
def stat_line(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Small figures in one line."""
    return {"pairs": pairs}


@register.inclusion_tag(f"{FOLDER}/breadcrumbs.html")
def breadcrumbs(*parts: str) -> dict[str, object]:
    """Labels and addresses in turn; the last label may stand alone and is this page."""
    labels, urls = parts[::2], parts[1::2]
    padded = (*urls, *[""] * (len(labels) - len(urls)))
    return {"crumbs": list(zip(labels, padded, strict=True))}


@register.inclusion_tag(f"{FOLDER}/icon.html")
def icon(name: str) -> dict[str, object]:
    """A line drawing beside a word; never instead of one."""
    return {"path": path_of(name)}


@register.simple_block_tag
def what(content: SafeString, name: str = "this") -> SafeString:
    """An explanation that opens in place."""
    return render_to_string(f"{FOLDER}/what.html", {"content": content, "name": name})


@register.inclusion_tag(f"{FOLDER}/explain.html")
def explain(explanation: Explanation) -> dict[str, object]:
    """What a figure is: formula, population, reference, n, and the way to the rows behind it."""
    return {"explanation": explanation}


@register.simple_block_tag
def decision_line(content: SafeString, kind: str, *, href: str = "", meta: str = "") -> SafeString:
    """One line that asks for a look: shape, sentence, and when or how much."""
    return render_to_string(
        f"{FOLDER}/decision_line.html",
        {**_look(kind), "content": content, "href": href, "meta": meta},
    )


def _estimate_words(estimate: EstimateLike, *, as_percent: bool, target: float | None = None) -> dict[str, object]:
    return {
        "is_defined": estimate.value is not None,
        "value": _value_words(estimate.value, as_percent=as_percent),
        "interval": figures.interval(estimate.lower, estimate.upper, as_percent=as_percent, target=target),
        "n": estimate.n,
        "sentence": figures.status_sentence(estimate),
    }


def _value_words(value: float | None, *, as_percent: bool) -> str:
    return figures.percent(value) if as_percent else figures.share(value)


def _look(kind: str) -> dict[str, object]:
    name = str(getattr(kind, "value", kind))
    return {"kind": name, "look": look_of(name)}


def _query(context: Context) -> QueryDict:
    request: HttpRequest | None = context.get("request")
    return request.GET if request else QueryDict()


def _with(query: QueryDict, **changes: object) -> str:
    changed = query.copy()
    for name, value in changes.items():
        changed[name] = str(value)
    if "sort" in changes:
        changed.pop("page", None)
    return f"?{changed.urlencode()}"


def _next_order(sort: str, order: str, first: str) -> str:
    opposite = {sort: f"-{sort}", f"-{sort}": sort}
    return opposite.get(order, f"{first}{sort}")


def _control(field: BoundField, *, has_help: bool) -> SafeString:
    described = [f"{field.auto_id}-help"] if has_help else []
    if field.errors:
        described.append(f"{field.auto_id}-errors")
    attributes: dict[str, str | bool] = {"aria-describedby": " ".join(described)} if described else {}
    if field.errors:
        attributes["aria-invalid"] = "true"
    return field.as_widget(attrs=attributes)
