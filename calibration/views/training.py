"""Sets, assignments, the board, and results."""

from secrets import randbelow
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calibration.enums import AttemptState, SetPurpose
from calibration.forms.training import USUAL_ITEMS, USUAL_PASS_MARK, AssignForm, DrawForm, SetForm
from calibration.models import Attempt, CalibrationSet, Flag, GoldItem
from calibration.queries.flags import visible_flags
from calibration.queries.questions import read_questions
from calibration.queries.set_pages import assignable_rows, candidate_rows, set_item_rows, source_queues
from calibration.queries.training import (
    answer_views,
    assignable_labelers,
    board,
    draw_gold,
    due_or_stuck,
    gold_counts,
    live_gold,
    pass_mark_of,
    set_rows,
    visible_attempts,
    visible_sets,
)
from calibration.services.sets import SetDraft, assign_set, build_set, retire_set
from calibration.views.training_charts import pass_chart
from labeling.models import Queue
from qaplatform import clock
from qaplatform.errors import DomainError, NotFound
from qaplatform.people.access import allow
from qaplatform.people.rules import is_labeler, is_qa_manager, is_team_lead, is_trainer

ROWS = 50
SEEDS = 1_000_000

may_train = is_trainer | is_qa_manager
may_open_an_attempt = may_train | is_team_lead | is_labeler


@allow(may_train)
@require_GET
def sets(request: HttpRequest) -> HttpResponse:
    """All sets, with who is due or stuck above."""
    flag = _flag_in_address(request)
    rows = visible_sets(request.access)
    rows = rows.filter(source_queue=flag.queue_id, retired_at=None) if flag else rows
    page = Paginator(set_rows(rows), ROWS).get_page(request.GET.get("page"))
    due = [] if flag else due_or_stuck(request.access, now=clock.now())
    return render(request, "calibration/training/sets.html", {"page": page, "due": due, "flag": flag})


@allow(may_train)
@require_http_methods(["GET", "POST"])
def new_set(request: HttpRequest) -> HttpResponse:
    """Choose items, drawn or by hand, then the pass mark; the address holds the draw."""
    queues = source_queues(request.access)
    if not queues:
        return render(request, "calibration/training/no_gold.html")
    draw = _draw_form(request, queues)
    queue, purpose = _source(draw, queues)
    form = _set_form(request, queue, purpose)
    if request.method == "POST" and form.is_valid():
        try:
            made = build_set(_draft(form, queue, purpose), actor=request.user)
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.success(request, f"{made.name} is ready. Assign it to people.")
            return redirect("calibration:set", public_id=made.public_id)
    return render(
        request,
        "calibration/training/new_set.html",
        _new_context(request, draw, form),
        status=422 if form.errors else 200,
    )


@allow(may_train)
@require_POST
def preview_set(request: HttpRequest) -> HttpResponse:
    """What a pass mark does, while the form is being filled in."""
    right = request.POST.get("pass_mark", "")
    items = len(request.POST.getlist("items"))
    mark = pass_mark_of(items, int(right)) if right.isdecimal() and len(right) < 6 else None
    return render(request, "calibration/training/pass_mark.html", {"mark": mark, "items": items})


@allow(may_train)
@require_GET
def set_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """A set: its items, its pass mark, who did it."""
    return _show_set(request, _set(request, public_id), AssignForm(labelers=assignable_labelers(request.access)))


@allow(may_train)
@require_POST
def assign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Assign a set to people."""
    chosen = _set(request, public_id)
    form = AssignForm(request.POST, labelers=assignable_labelers(request.access))
    if not form.is_valid():
        return _show_set(request, chosen, form, status=422)
    try:
        attempts = assign_set(chosen, list(form.cleaned_data["labelers"]), actor=request.user, due_at=form.due_at)
    except DomainError as error:
        _refuse(form, error)
        return _show_set(request, chosen, form, status=error.http_status)
    messages.success(request, f"Assigned to {len(attempts)}: it is on their page now.")
    return redirect("calibration:set", public_id=chosen.public_id)


@allow(may_train)
@require_POST
def retire(request: HttpRequest, public_id: str) -> HttpResponse:
    """Assign a set to nobody any more."""
    chosen = retire_set(_set(request, public_id), actor=request.user)
    messages.success(request, f"{chosen.name} is retired. Attempts that have begun go on.")
    return redirect("calibration:set", public_id=chosen.public_id)


@allow(may_train | is_team_lead)
@require_GET
def show_board(request: HttpRequest) -> HttpResponse:
    """Everybody's attempts: not started, in work, passed, not passed, overdue."""
    state = request.GET.get("state", "")
    attempts = visible_attempts(request.access)
    shown = attempts.filter(state=state) if state in AttemptState.values else attempts
    page = Paginator(board(shown, now=clock.now()), ROWS).get_page(request.GET.get("page"))
    return render(
        request, "calibration/training/board.html", {"page": page, "states": AttemptState.choices, "state": state}
    )


@allow(may_open_an_attempt)
@require_GET
def attempt_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """How an attempt went; of an exam nothing is shown before its end."""
    attempt = _attempt(request, public_id)
    context = {
        "attempt": attempt,
        "mark": pass_mark_of(attempt.items, attempt.pass_mark),
        "answers": answer_views(attempt),
        "is_exam": attempt.calibration_set.purpose == SetPurpose.EXAM,
        "is_own": attempt.labeler_id == request.access.labeler_id,
        "may_assign": visible_sets(request.access).filter(pk=attempt.calibration_set_id).exists(),
        "now": clock.now(),
    }
    return render(request, "calibration/training/attempt.html", context)


@allow(may_train)
@require_POST
def retake(request: HttpRequest, public_id: str) -> HttpResponse:
    """Assign the same set once more to somebody who did not pass, as a new attempt."""
    attempt = _attempt(request, public_id)
    if not visible_sets(request.access).filter(pk=attempt.calibration_set_id).exists():
        raise NotFound
    try:
        [again] = assign_set(attempt.calibration_set, [attempt.labeler], actor=request.user, due_at=None)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("calibration:attempt", public_id=attempt.public_id)
    messages.success(request, f"Attempt {again.number} is assigned to {attempt.labeler}.")
    return redirect("calibration:attempt", public_id=again.public_id)


def _flag_in_address(request: HttpRequest) -> Flag | None:
    """The flag for which a set is being chosen."""
    try:
        public_id = UUID(request.GET.get("flag", ""))
    except ValueError:
        return None
    return visible_flags(request.access).filter(public_id=public_id).first()


def _set(request: HttpRequest, public_id: str) -> CalibrationSet:
    return get_object_or_404(visible_sets(request.access), public_id=public_id)


def _attempt(request: HttpRequest, public_id: str) -> Attempt:
    return get_object_or_404(visible_attempts(request.access), public_id=public_id)


def _show_set(request: HttpRequest, chosen: CalibrationSet, form: AssignForm, *, status: int = 200) -> HttpResponse:
    items = set_item_rows(chosen)
    mark = pass_mark_of(len(items), chosen.pass_mark)
    people = assignable_rows(
        chosen, assignable_labelers(request.access), chosen_ids=form.data.getlist("labelers") if form.is_bound else ()
    )
    context = {
        "set": chosen,
        "items": items,
        "mark": mark,
        "chart": pass_chart(mark) if mark else None,
        "lines": board(chosen.attempts.select_related("labeler__vendor", "calibration_set"), now=clock.now()),
        "people": people,
        "form": form,
        "preselected": request.GET.get("labeler", ""),
    }
    return render(request, "calibration/training/set.html", context, status=status)


def _draw_form(request: HttpRequest, queues: list[Queue]) -> DrawForm:
    first = {"queue": str(queues[0].public_id), "purpose": SetPurpose.EXAM.value, "n": str(USUAL_ITEMS)}
    values = {**first, **{name: value for name, value in request.GET.items() if value}}
    queue = next((queue for queue in queues if str(queue.public_id) == values["queue"]), queues[0])
    listed = Queue.objects.filter(pk__in=[queue.pk for queue in queues])
    return DrawForm(values, queues=listed, labelers=assignable_labelers(request.access), queue=queue)


def _source(draw: DrawForm, queues: list[Queue]) -> tuple[Queue, str]:
    if draw.is_valid():
        return draw.cleaned_data["queue"], draw.cleaned_data["purpose"]
    return queues[0], SetPurpose.EXAM.value


def _set_form(request: HttpRequest, queue: Queue, purpose: str) -> SetForm:
    data = request.POST if request.method == "POST" else None
    return SetForm(data, golds=live_gold(queue, purpose), initial={"pass_mark": USUAL_PASS_MARK})


def _draft(form: SetForm, queue: Queue, purpose: str) -> SetDraft:
    fields = form.cleaned_data
    return SetDraft(
        name=fields["name"],
        source_queue=queue,
        purpose=SetPurpose(purpose),
        golds=form.in_order(),
        pass_mark=fields["pass_mark"],
    )


def _new_context(request: HttpRequest, draw: DrawForm, form: SetForm) -> dict[str, object]:
    queue, purpose = _source(draw, source_queues(request.access))
    drawn = _drawn(request, draw)
    chosen = form.data.getlist("items") if form.is_bound else [str(gold.public_id) for gold in drawn]
    rows = candidate_rows(live_gold(queue, purpose), read_questions(queue), chosen=chosen, fresh_to=_fresh_to(draw))
    right = form["pass_mark"].value()
    mark = pass_mark_of(len(chosen), int(right)) if str(right).isdecimal() else None
    return {
        "draw": draw,
        "form": form,
        "rows": rows,
        "n_chosen": len(chosen),
        "mark": mark,
        "items": len(chosen),
        "counts": gold_counts([queue]).get(queue.pk, {}),
        "queue": queue,
        "purpose": SetPurpose(purpose),
    }


def _drawn(request: HttpRequest, draw: DrawForm) -> list[GoldItem]:
    if not draw.is_valid():
        return []
    fields = draw.cleaned_data
    seed = request.GET.get("seed", "")
    return draw_gold(
        fields["queue"],
        fields["purpose"],
        n=fields["n"],
        seed=int(seed) if seed.isdecimal() and len(seed) < 10 else randbelow(SEEDS),
        fresh_to=[fields["fresh_to"]] if fields["fresh_to"] else [],
        category=fields["category"].code if fields["category"] else "",
    )


def _fresh_to(draw: DrawForm) -> list[object]:
    person = draw.cleaned_data.get("fresh_to") if draw.is_valid() else None
    return [person] if person else []


def _refuse(form: Form, error: DomainError) -> None:
    field = error.detail.get("field")
    form.add_error(str(field) if field in form.fields else None, error.message)
