"""People and where they stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from calibration.enums import Reference
from calibration.queries.people import PersonQueue, PersonRow, people_list, result_queues, visible_people
from calibration.queries.populations import SCORED_SLOTS
from calibration.queries.queue_figures import freshness_of, work_queues
from calibration.queries.references import ReferenceChoice
from calibration.views.estimate_columns import estimate_cells, estimate_headings
from calibration.views.explanations import formula_of, rows_base, word_url
from calibration.views.freshness import freshness_words
from calibration.views.references import read_reference, reference_tabs, reference_url
from labeling.models import Queue
from qaplatform import clock
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.people.access import allow
from qaplatform.people.models import Labeler
from qaplatform.people.rules import is_qa_manager, is_team_lead, is_vendor_manager
from qaplatform.web.figures import axis_of
from qaplatform.web.parts import Explanation

ROWS = 50
SMALL = 20
may_read_people = is_qa_manager | is_team_lead | is_vendor_manager

PERIOD = "since the latest of 90 days ago, a change of the clause, or a new certification"
STANDINGS = {
    "below": "Below target",
    "meets": "Meets target",
    "not_enough_data": "Not enough data",
    "none": "Not declared yet",
}
WATCHES = {"quiet": "In control", "watch": "Watch", "alarm": "Alarm"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the address asks for."""

    queue: Queue | None
    vendor: str
    team: str
    standing: str
    name: str
    sort: str

    @property
    def is_filtered(self) -> bool:
        """Whether anything but a queue narrows the list."""
        return bool(self.vendor or self.team or self.standing or self.name)

    def fits(self, row: PersonRow) -> bool:
        """Whether a person belongs in this list."""
        return (
            (self.queue is None or bool(row.queues) or row.labels_7_days > 0)
            and self.vendor in {"", row.vendor}
            and self.team in {"", row.team}
            and self.standing in {"", row.standing or "none"}
            and self.name.casefold() in row.name.casefold()
        )


@allow(may_read_people)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """One figure a person first, over all queues; by queue when asked."""
    queues = work_queues(request.access)
    wanted = _wanted(request.GET, queues)
    now = clock.now()
    visible = visible_people(request.access)
    reference = _reference(request, wanted, visible)
    everybody = people_list(request.access, now=now, queue=wanted.queue, reference=reference.chosen, people=visible)
    rows = in_order([row for row in everybody if wanted.fits(row)], wanted.sort)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    counted_queues = [wanted.queue] if wanted.queue else queues
    context = {
        "page": page,
        "reference": reference,
        "tabs": reference_tabs(reference, request.path, request.GET),
        "other_url": reference_url(reference.other, request.path, request.GET) if reference.other else "",
        "axis": axis_of([row.accuracy for row in page], targets=[row.target for row in page]),
        "freshness": freshness_words(freshness_of(counted_queues).values(), now=now),
        "explanation": _explanation(rows, reference, wanted.queue),
        "has_figures": any(row.n for row in everybody),
        "is_filtered": wanted.is_filtered,
        "accuracy_head": f"Accuracy against {reference.words}",
        "shows_watch": reference.chosen == Reference.GOLD,
        "rows_base": rows_base(reference.chosen, wanted.queue),
        "shown": len(rows),
        "total": len(everybody),
        "wanted": wanted,
        "queues": queues,
        "vendors": sorted({row.vendor for row in everybody}),
        "teams": sorted({row.team for row in everybody if row.team}),
        "standings": STANDINGS,
        "counts": _counts(rows),
        "watches": WATCHES,
        "small": SMALL,
    }
    return render(request, "calibration/people/people.html", context)


@allow(may_read_people)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The list as filtered, as CSV: a line a person and queue, the person's own line first."""
    wanted = _wanted(request.GET, work_queues(request.access))
    visible = visible_people(request.access)
    reference = _reference(request, wanted, visible).chosen
    everybody = people_list(request.access, now=clock.now(), queue=wanted.queue, reference=reference, people=visible)
    rows = in_order([row for row in everybody if wanted.fits(row)], wanted.sort)
    headings = ["person", "name", "vendor", "team", "queue", "reference", *estimate_headings("accuracy"), "right"]
    headings += ["target", "unequal chances", "weighted"]
    headings += ["standing", "standing lower", "standing upper", "declared on", "watch", "answers in 7 days"]
    return csv_answer("people", headings, [line for row in rows for line in _lines(row, reference)])


def in_order(rows: Sequence[PersonRow], sort: str) -> list[PersonRow]:
    """Rows by a column; people with few answers always stand last where accuracy orders them."""
    key = SORTS.get(sort.removeprefix("-"), _lower_bound)
    ordered = sorted(rows, key=key, reverse=sort.startswith("-"))
    if key is not _lower_bound:
        return ordered
    return [row for row in ordered if not is_small(row)] + [row for row in ordered if is_small(row)]


def is_small(row: PersonRow) -> bool:
    """Whether there are too few answers to order somebody by."""
    return row.accuracy.lower is None or row.n < SMALL


def _lower_bound(row: PersonRow) -> tuple[float, str]:
    return row.accuracy.lower or 0.0, row.name.casefold()


SORTS: dict[str, Callable[[PersonRow], tuple[object, ...]]] = {
    "accuracy": _lower_bound,
    "name": lambda row: (row.name.casefold(),),
    "vendor": lambda row: (row.vendor, row.team, row.name.casefold()),
    "answers": lambda row: (row.n, row.name.casefold()),
    "load": lambda row: (row.labels_7_days, row.name.casefold()),
}


def _reference(request: HttpRequest, wanted: Wanted, people: Sequence[Labeler]) -> ReferenceChoice:
    queues = result_queues(request.access, wanted.queue)
    return read_reference(request.GET.get("reference", ""), queues, people=people)


def _explanation(rows: Sequence[PersonRow], reference: ReferenceChoice, queue: Queue | None) -> Explanation:
    """What the figures of the list are; the rows are those of one person each."""
    return Explanation(
        name="the accuracy here",
        formula=formula_of("Accuracy" if queue else "Stratified accuracy"),
        population=f"{SCORED_SLOTS[reference.chosen]}; {PERIOD}",
        reference=reference.words,
        n=sum(row.n for row in rows),
        note="A standing describes; it never opens a quality flag. Each figure leads to the answers behind it.",
        word_url=word_url("Accuracy" if queue else "Stratified accuracy"),
    )


def _wanted(query: QueryDict, queues: Sequence[Queue]) -> Wanted:
    return Wanted(
        queue=_queue(query.get("queue", ""), queues),
        vendor=query.get("vendor", ""),
        team=query.get("team", ""),
        standing=query.get("standing", ""),
        name=query.get("name", "").strip(),
        sort=query.get("sort", ""),
    )


def _queue(named: str, queues: Sequence[Queue]) -> Queue | None:
    if not named:
        return None
    found = next((queue for queue in queues if str(queue.public_id) == named), None)
    if found is None:
        raise Http404
    return found


def _counts(rows: Sequence[PersonRow]) -> list[tuple[str, str, int]]:
    return [(key, word, sum((row.standing or "none") == key for row in rows)) for key, word in STANDINGS.items()]


def _lines(row: PersonRow, reference: Reference) -> list[list[object]]:
    who = [row.labeler_id, row.name, row.vendor, row.team]
    whole = [*who, "all queues", reference.value, *_figures(row), row.labels_7_days]
    return [whole, *([*who, queue.queue_name, reference.value, *_figures(queue), None] for queue in row.queues)]


def _figures(row: PersonRow | PersonQueue) -> list[object]:
    judged = row.standing_accuracy
    return [
        *estimate_cells(row.accuracy),
        row.correct,
        row.target,
        row.has_unequal_chances,
        row.is_weighted,
        row.standing or "not declared",
        judged.lower,
        judged.upper,
        row.declared_on,
        row.watch,
    ]
