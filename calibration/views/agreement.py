"""The agreement explorer, and the items behind a disagreement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from calibration.enums import Cut
from calibration.queries.agreement import AgreementPage, agreement_page, disputed_items
from calibration.queries.agreement_coefficients import Coefficients, over_labelers, read_coefficients
from calibration.queries.awaited import awaited_contents
from calibration.queries.prevalence import read_prevalence
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.queue_figures import work_queues
from calibration.views.agreement_charts import trend_chart
from calibration.views.estimate_columns import estimate_cells, estimate_headings
from calibration.views.explanations import explain_agreement
from labeling.models import Queue
from labeling.queries.workspaces import policy_text
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.people.access import Access, allow
from qaplatform.people.enums import Role
from qaplatform.people.rules import is_auditor, is_policy_owner, is_qa_manager, is_trainer
from qaplatform.web.parts import Explanation, Tab

# Agreement compares everybody with everybody, so only those who cover all vendors see it.
READERS = frozenset({Role.QA_MANAGER, Role.TRAINER, Role.POLICY_OWNER, Role.AUDITOR})
may_read_agreement = is_qa_manager | is_trainer | is_policy_owner | is_auditor

CUTS = {
    Cut.WEEK: "Week",
    Cut.CLAUSE: "Clause",
    Cut.CATEGORY: "Category",
    Cut.LANGUAGE: "Language",
    Cut.VENDOR: "Vendor",
    Cut.VENDOR_PAIR: "Vendor pair",
    Cut.QUEUE: "Whole queue",
}
MOST_ITEMS = 50


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the address asks for."""

    queue: Queue
    question: str
    cut: Cut
    shows_all: bool
    draws_labelers: bool


@allow(may_read_agreement)
@require_GET
def explorer(request: HttpRequest) -> HttpResponse:
    """Agreement of one queue and question: the headline, its trend, its cuts, and what is confused with what."""
    queues = _queues(request.access)
    if not queues:
        return render(request, "calibration/agreement/empty.html")
    chosen = _chosen(request.GET, queues)
    page = _page(chosen)
    context = {
        "page": page,
        "queues": queues,
        "chosen": chosen,
        "tabs": _tabs(request.GET, chosen.cut),
        "cut_name": CUTS[chosen.cut],
        "chart": trend_chart(page),
        "address": _address(chosen, page),
        "coefficients": _coefficients(chosen, page),
        "explanation": _explanation(page),
        "prevalence": read_prevalence(chosen.queue, page.question),
    }
    return render(request, "calibration/agreement/explorer.html", context)


def _coefficients(chosen: Chosen, page: AgreementPage) -> Coefficients | None:
    """All coefficients where they are asked for, with an interval over labelers where that is asked for too."""
    found = read_coefficients(chosen.queue, page.question) if chosen.shows_all else None
    drawn = over_labelers(chosen.queue, page.question) if found and chosen.draws_labelers else None
    return replace(found, rows=(*found.rows, drawn)) if found and drawn else found


def _explanation(page: AgreementPage) -> Explanation | None:
    if page.headline is None:
        return None
    population = page.headline.population.sentence()
    return explain_agreement(page.queue_id, page.question, n=page.headline.n_pairable, population=population)


@allow(may_read_agreement)
@require_GET
def export(request: HttpRequest, table: str) -> HttpResponse:
    """One table of the explorer as CSV."""
    queues = _queues(request.access)
    if table not in {*EXPORTS, "coefficients"} or not queues:
        raise Http404
    chosen = _chosen(request.GET, queues)
    page = _page(chosen)
    if table == "coefficients":
        headings, rows = _coefficient_table(_coefficients(replace(chosen, shows_all=True), page))
    else:
        headings, rows = EXPORTS[table](page)
    return csv_answer(f"{chosen.queue.name} {page.question} {table}", headings, rows)


@allow(may_read_agreement)
@require_GET
def disputed(request: HttpRequest) -> HttpResponse:
    """Items on which labelers differ, side by side: answers as counts, no names."""
    queues = _queues(request.access)
    if not queues:
        return render(request, "calibration/agreement/empty.html")
    queue, question = _asked(request.GET, queues)
    first, second = request.GET.get("first", ""), request.GET.get("second", "")
    waiting = awaited_contents(request.access)
    items = disputed_items(queue, question, first=first, second=second, limit=MOST_ITEMS, left_out=waiting)
    covered = [replace(item, content={}) if item.is_sensitive else item for item in items]
    context = {
        "queue": queue,
        "question": question,
        "items": covered,
        "pair": [question.name_of(code) for code in (first, second) if code],
        "most": MOST_ITEMS,
        "is_cut_off": len(items) == MOST_ITEMS,
        "leaves_out": waiting,
    }
    return render(request, "calibration/agreement/disputed.html", context)


@allow(may_read_agreement)
@require_GET
def export_disputed(request: HttpRequest) -> HttpResponse:
    """The disputed items as CSV: which items and how many gave which answer; the content stays here."""
    queues = _queues(request.access)
    if not queues:
        raise Http404
    queue, question = _asked(request.GET, queues)
    first, second = request.GET.get("first", ""), request.GET.get("second", "")
    waiting = awaited_contents(request.access)
    items = disputed_items(queue, question, first=first, second=second, limit=MOST_ITEMS, left_out=waiting)
    rows = [
        (item.item_id, item.external_id, item.language, item.done_at.isoformat(), answer.name, answer.n)
        for item in items
        for answer in item.answers
    ]
    headings = ("item", "external id", "language", "last answer at", "answer", "given by")
    return csv_answer(f"{queue.name} {question.key} disputed", headings, rows)


def _queues(access: Access) -> list[Queue]:
    return work_queues(access) if access.reach(READERS).everything else []


def _chosen(query: QueryDict, queues: Sequence[Queue]) -> Chosen:
    cut = query.get("cut", "")
    return Chosen(
        queue=_queue(query, queues),
        question=query.get("question", ""),
        cut=Cut(cut) if cut in CUTS else Cut.WEEK,
        shows_all=query.get("coefficients") == "all",
        draws_labelers=query.get("bootstrap") == "labelers",
    )


def _page(chosen: Chosen) -> AgreementPage:
    page = agreement_page(chosen.queue, chosen.question, chosen.cut)
    if chosen.cut != Cut.CLAUSE:
        return page
    titles = {text.clause.code: f"{text.clause.code} {text.title}" for text in policy_text(chosen.queue)}
    return replace(page, rows=tuple(replace(row, name=titles.get(row.key, row.name)) for row in page.rows))


def _queue(query: QueryDict, queues: Sequence[Queue]) -> Queue:
    named = query.get("queue", "")
    if not named:
        return queues[0]
    found = next((queue for queue in queues if str(queue.public_id) == named), None)
    if found is None:
        raise Http404
    return found


def _asked(query: QueryDict, queues: Sequence[Queue]) -> tuple[Queue, MeasuredQuestion]:
    queue = _queue(query, queues)
    questions = read_questions(queue)
    question = next((found for found in questions if found.key == query.get("question", "")), None)
    if question is None:
        raise Http404
    return queue, question


def _tabs(query: QueryDict, current: Cut) -> list[Tab]:
    return [Tab(name, f"?{_with(query, cut=cut.value)}", current=cut == current) for cut, name in CUTS.items()]


def _with(query: QueryDict, **changes: str) -> str:
    changed = query.copy()
    for name, value in changes.items():
        changed[name] = value
    return changed.urlencode()


def _address(chosen: Chosen, page: AgreementPage) -> str:
    query = QueryDict(mutable=True)
    query.update({"queue": str(page.queue_id), "question": page.question, "cut": chosen.cut.value})
    return query.urlencode()


Exported = tuple[list[str], list[list[object]]]


def _cut_table(page: AgreementPage) -> Exported:
    coefficients = ("alpha", "percent", "ac1", "fleiss", "brennan_prediger")
    headings = ["name", "items", "ratings"]
    headings += [heading for name in coefficients for heading in estimate_headings(name)]
    rows = [
        [row.name, row.n_items, row.n_ratings]
        + [cell for name in coefficients for cell in estimate_cells(getattr(row, name))]
        for row in page.rows
    ]
    return [*headings, "population"], [
        [*cells, row.population.sentence()] for cells, row in zip(rows, page.rows, strict=True)
    ]


def _coefficient_table(found: Coefficients | None) -> Exported:
    headings = ["coefficient", *estimate_headings("value"), "status", "items", "rated twice", "ratings", "population"]
    if found is None:
        return headings, []
    counted = [found.n_items, found.n_pairable, found.n_ratings, found.population.sentence()]
    return headings, [[row.name, *estimate_cells(row.estimate), row.estimate.status, *counted] for row in found.rows]


def _trend_table(page: AgreementPage) -> Exported:
    headings = ["week", "policy version", "items", *estimate_headings("alpha"), *estimate_headings("percent")]
    rows = [
        [week.week, week.version, week.n_items, *estimate_cells(week.alpha), *estimate_cells(week.percent)]
        for week in page.trend
    ]
    return headings, rows


def _share_table(page: AgreementPage) -> Exported:
    headings = ["category", "given", "share", *estimate_headings("specific agreement")]
    return headings, [[row.name, row.ratings, row.share, *estimate_cells(row.specific)] for row in page.shares]


def _confused_table(page: AgreementPage) -> Exported:
    headings = ["first", "second", "pairs of answers", "items", "share of disagreements"]
    return headings, [[row.first_name, row.second_name, row.pairs, row.items, row.share] for row in page.confused]


EXPORTS: dict[str, Callable[[AgreementPage], Exported]] = {
    "cut": _cut_table,
    "trend": _trend_table,
    "categories": _share_table,
    "confused": _confused_table,
}
