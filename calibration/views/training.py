"""Calibration sets: built, looked at, changed, retired."""

from secrets import randbelow
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calibration.enums import SetPurpose
from calibration.forms.training import USUAL_ITEMS, USUAL_PASS_MARK, USUAL_TRY, DrawForm, SetForm, SizeForm
from calibration.models import CalibrationSet, Flag, GoldItem
from calibration.queries.assignable import listed_labelers
from calibration.queries.attempt_results import has_unfinished
from calibration.queries.boards import board, state_counts
from calibration.queries.due_lists import due_or_stuck
from calibration.queries.flags import visible_flags
from calibration.queries.pools import read_pool, set_items
from calibration.queries.questions import read_questions
from calibration.queries.set_pages import candidate_rows, set_item_rows, source_queues
from calibration.queries.training import (
    GoldWish,
    draw_gold,
    gold_counts,
    live_gold,
    pass_mark_of,
    set_rows,
    visible_sets,
    wanted_gold,
)
from calibration.rules import mark_for
from calibration.services.sets import SetChange, SetDraft, build_set, change_set, retire_set
from calibration.views.training_charts import mark_words, pass_chart
from labeling.models import Queue
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.rules import is_labeler, is_qa_manager, is_team_lead, is_trainer

ROWS = 50
ATTEMPTS_SHOWN = 12
SEEDS = 1_000_000
LONGEST_NUMBER = 6

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
    due = None if flag else due_or_stuck(request.access, now=clock.now())
    return render(request, "calibration/training/sets.html", {"page": page, "due": due, "flag": flag})


@allow(may_train)
@require_http_methods(["GET", "POST"])
def new_set(request: HttpRequest) -> HttpResponse:
    """Choose items, drawn or by hand, then how many a try asks and what passes; the address holds the draw."""
    queues = source_queues(request.access)
    if not queues:
        return render(request, "calibration/training/no_gold.html")
    draw = _draw_form(request, queues)
    queue, purpose = _source(draw, queues)
    drawn = _drawn(request, draw)
    form = _set_form(request, queue, purpose, n=len(drawn))
    if request.method == "POST" and form.is_valid():
        try:
            made = build_set(_draft(form, queue, purpose), actor=request.user)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{made.name} is ready. Assign it to people.")
            return redirect("calibration:set", public_id=made.public_id)
    context = {"draw": draw, "queue": queue, "purpose": SetPurpose(purpose), **_choice(form, drawn)}
    context["rows"] = candidate_rows(
        _pool_of(draw, queue, purpose), read_questions(queue), chosen=context["chosen"], fresh_to=_fresh_to(draw)
    )
    context["counts"] = gold_counts([queue]).get(queue.pk, {})
    return render(request, "calibration/training/new_set.html", context, status=422 if form.errors else 200)


@allow(may_train)
@require_POST
def preview_set(request: HttpRequest) -> HttpResponse:
    """What size and pass mark do, while the form is being filled in."""
    posted = request.POST
    context = _size_facts(
        len(posted.getlist("items")),
        draw_size=posted.get("draw_size", ""),
        pass_mark=posted.get("pass_mark", ""),
        is_exam=posted.get("purpose", SetPurpose.EXAM) == SetPurpose.EXAM,
    )
    return render(request, "calibration/training/pass_mark.html", context)


@allow(may_train)
@require_GET
def set_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A set: its items, its pass mark, how many tries it gives, who did it."""
    chosen = set_of(request, public_id)
    pool = read_pool(chosen)
    mark = (
        pass_mark_of(pool.size, mark_for(pool.size, mark=chosen.pass_mark, of=chosen.draw_size or pool.listed))
        if pool.size
        else None
    )
    attempts = board(chosen.attempts.select_related("labeler__vendor", "calibration_set"), now=clock.now())
    context = {
        "set": chosen,
        "items": set_item_rows(set_items(chosen), read_questions(chosen.training_queue)),
        "pool": pool,
        "lost": pool.listed - len(pool.items),
        "missing_for_a_try": max(pool.size - len(pool.items), 0),
        "missing_for_a_retake": max(2 * pool.size - len(pool.items), 0) if pool.is_exam else 0,
        "words": mark_words(mark, tries=pool.tries if pool.is_exam else 1) if mark else None,
        "chart": pass_chart(mark) if mark else None,
        "attempts": attempts[:ATTEMPTS_SHOWN],
        "counts": state_counts(attempts),
        "is_changeable": chosen.retired_at is None and not has_unfinished(chosen),
        "is_of_an_older_version": chosen.policy_version_id != chosen.source_queue.policy_version_id,
    }
    return render(request, "calibration/training/set.html", context)


@allow(may_train)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Add and remove items, and say how many a try asks, while nobody is at work on the set."""
    chosen = set_of(request, public_id)
    queue = chosen.source_queue
    held = Q(set_items__calibration_set=chosen)
    live = live_gold(queue, chosen.purpose).values("pk")
    golds = GoldItem.objects.filter(held | Q(pk__in=live)).select_related("item").distinct().order_by("pk")
    form = _change_form(request, chosen, golds)
    if request.method == "POST" and form.is_valid():
        try:
            change_set(chosen, form.in_order(), _change_of(form), actor=request.user)
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{chosen.name} is changed.")
            return redirect("calibration:set", public_id=chosen.public_id)
    kept = list(GoldItem.objects.filter(held).order_by("set_items__position"))
    context = {"set": chosen, "queue": queue, "purpose": SetPurpose(chosen.purpose), **_choice(form, kept)}
    context["rows"] = candidate_rows(golds, read_questions(queue), chosen=context["chosen"])
    context["is_busy"] = has_unfinished(chosen)
    return render(request, "calibration/training/change_set.html", context, status=422 if form.errors else 200)


@allow(may_train)
@require_POST
def retire(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Assign a set to nobody any more."""
    chosen = retire_set(set_of(request, public_id), actor=request.user)
    messages.success(request, f"{chosen.name} is retired. Attempts that have begun go on.")
    return redirect("calibration:set", public_id=chosen.public_id)


def set_of(request: HttpRequest, public_id: UUID) -> CalibrationSet:
    """The set that an address names, if it exists for whoever asks."""
    return get_object_or_404(visible_sets(request.access), public_id=public_id)


def refuse(form: Form, error: DomainError) -> None:
    """Say what was refused beside the field that it is about."""
    field = error.detail.get("field")
    form.add_error(str(field) if field in form.fields else None, error.message)


def _flag_in_address(request: HttpRequest) -> Flag | None:
    """The flag for which a set is being chosen."""
    try:
        public_id = UUID(request.GET.get("flag", ""))
    except ValueError:
        return None
    return visible_flags(request.access).filter(public_id=public_id).first()


def _draw_form(request: HttpRequest, queues: list[Queue]) -> DrawForm:
    asked = {name: value for name, value in request.GET.items() if value}
    queue = next((queue for queue in queues if str(queue.public_id) == asked.get("queue")), queues[0])
    purpose = asked.get("purpose", SetPurpose.EXAM.value)
    n = USUAL_ITEMS if purpose == SetPurpose.EXAM else USUAL_TRY // 2
    values = {"queue": str(queue.public_id), "purpose": purpose, "n": str(n), **asked}
    listed = Queue.objects.filter(pk__in=[queue.pk for queue in queues])
    return DrawForm(values, queues=listed, labelers=listed_labelers(request.access), queue=queue)


def _source(draw: DrawForm, queues: list[Queue]) -> tuple[Queue, str]:
    if draw.is_valid():
        return draw.cleaned_data["queue"], draw.cleaned_data["purpose"]
    return queues[0], SetPurpose.EXAM.value


def _set_form(request: HttpRequest, queue: Queue, purpose: str, *, n: int) -> SetForm:
    data = request.POST if request.method == "POST" else None
    return SetForm(data, golds=live_gold(queue, purpose), initial=_usual_sizes(n, purpose))


def _usual_sizes(n: int, purpose: str) -> dict[str, object]:
    """An exam asks half of its pool and 40 at most, so that a second try is on other items."""
    draw_size = min(USUAL_TRY, max(n // 2, 1)) if purpose == SetPurpose.EXAM else None
    asked = draw_size or max(n, 1)
    pass_mark = mark_for(asked, mark=USUAL_PASS_MARK, of=USUAL_TRY)
    return {"draw_size": draw_size, "pass_mark": pass_mark, "shows_answers": True}


def _draft(form: SetForm, queue: Queue, purpose: str) -> SetDraft:
    fields = form.cleaned_data
    return SetDraft(
        name=fields["name"],
        source_queue=queue,
        purpose=SetPurpose(purpose),
        golds=form.in_order(),
        pass_mark=fields["pass_mark"],
        draw_size=fields["draw_size"],
        shows_answers=fields["shows_answers"],
    )


def _change_form(request: HttpRequest, chosen: CalibrationSet, golds: object) -> SizeForm:
    sizes = {name: getattr(chosen, name) for name in ("draw_size", "pass_mark", "shows_answers")}
    return SizeForm(request.POST if request.method == "POST" else None, golds=golds, initial=sizes)


def _change_of(form: SizeForm) -> SetChange:
    fields = form.cleaned_data
    return SetChange(fields["pass_mark"], fields["draw_size"], fields["shows_answers"])


def _choice(form: SizeForm, drawn: list[GoldItem]) -> dict[str, object]:
    """The form with what is chosen in it, and what that does."""
    chosen = form.data.getlist("items") if form.is_bound else [str(gold.public_id) for gold in drawn]
    facts = _size_facts(
        len(chosen), draw_size=form["draw_size"].value(), pass_mark=form["pass_mark"].value(), is_exam=True
    )
    return {"form": form, "chosen": chosen, **facts}


def _size_facts(items: int, *, draw_size: object, pass_mark: object, is_exam: bool) -> dict[str, object]:
    """How many tries the chosen items give, and what the mark does to people."""
    size = _number(draw_size) or items
    mark = pass_mark_of(size, _number(pass_mark)) if size <= items else None
    tries = items // size if size else 0
    return {
        "items": items,
        "size": size,
        "tries": tries,
        "is_exam": is_exam,
        "missing_for_a_retake": max(2 * size - items, 0) if is_exam else 0,
        "words": mark_words(mark, tries=tries if is_exam else 1) if mark else None,
    }


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < LONGEST_NUMBER else 0


def _wish(draw: DrawForm) -> GoldWish:
    if not draw.is_valid():
        return GoldWish()
    fields = draw.cleaned_data
    return GoldWish(
        category=fields["category"].code if fields["category"] else "",
        clause=fields["clause"].code if fields["clause"] else "",
        difficulty=fields["difficulty"],
    )


def _pool_of(draw: DrawForm, queue: Queue, purpose: str) -> list[GoldItem]:
    return wanted_gold(queue, purpose, _wish(draw))


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
        wish=_wish(draw),
    )


def _fresh_to(draw: DrawForm) -> list[object]:
    person = draw.cleaned_data.get("fresh_to") if draw.is_valid() else None
    return [person] if person else []
