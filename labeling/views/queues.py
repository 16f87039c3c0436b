"""Queues: list, overview, set up, settings, questions."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from labeling.enums import QueueKind
from labeling.forms.questions import FIRST_KEY, CategoryQuestionForm, QuestionFormSet, initial_of_question, questions_of
from labeling.forms.queues import PRESET_WORDS, PRESETS, NewQueueForm, QueueForm, QueueSettingsForm, initial_of
from labeling.models import Policy, Queue
from labeling.queries.adoptions import adoptions_to_come
from labeling.queries.imports import visible_imports
from labeling.queries.queue_figures import queue_rows
from labeling.queries.queue_words import words_about
from labeling.queries.queues import newest_schema, visible_queues
from labeling.queries.requeues import last_rearrangement, last_requeues
from labeling.queries.vendor_shares import share_words, shares_of
from labeling.queries.waiting_work import waiting_lanes
from labeling.rules import moves_queues, runs_queues
from labeling.services.queues import (
    QueueSettings,
    change_queue,
    create_queue,
    publish_schema,
    taxonomy_options,
)
from labeling.services.rearranging import rearrange
from labeling.views.queue_tabs import tabs_of
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.rules import is_qa_manager, is_trainer

RECENT = 5
THOUSAND = 1000


@allow(is_qa_manager | is_trainer)
@require_GET
def list_queues(request: HttpRequest) -> HttpResponse:
    """All queues of work."""
    queues = visible_queues(request.access).filter(kind=QueueKind.ORDINARY).select_related("policy", "skill")
    return render(request, "labeling/queues/list.html", {"rows": queue_rows(list(queues), now=clock.now())})


@allow(is_qa_manager | is_trainer)
@require_GET
def queue_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a queue is, what waits in it, and what was imported last."""
    queue = _find(request, public_id)
    schema = newest_schema(queue)
    context = {
        "queue": queue,
        "tabs": tabs_of(queue) if runs_queues(request.access) else [],
        "row": queue_rows([queue], now=clock.now())[0],
        "sentences": (
            *sentences_of(_settings_of(queue)),
            *share_words(shares_of(queue), queue.skill),
            *words_about(queue, now=clock.now()),
        ),
        "questions": schema.questions if schema else [],
        "schema": schema,
        "imports": visible_imports(request.access).filter(queue=queue)[:RECENT],
        "requeues": last_requeues(queue, request.access),
        "rearrangement": last_rearrangement(queue),
        "lanes": waiting_lanes(queue) if runs_queues(request.access) and queue.kind == QueueKind.ORDINARY else (),
        "coming": adoptions_to_come(request.access).filter(queue=queue),
        "may_move": moves_queues.test(request.access),
        "may_change": runs_queues(request.access),
    }
    return render(request, "labeling/queues/queue.html", context)


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def new_queue(request: HttpRequest) -> HttpResponse:
    """Set up a queue."""
    preset = PRESETS.get(request.GET.get("preset", ""))
    form = NewQueueForm(request.POST or None, initial=preset[1] if preset else None)
    if request.method == "POST" and form.is_valid():
        queue = _create(request, form)
        if queue is not None:
            return redirect("labeling:queue", public_id=queue.public_id)
    context = {"form": form, "has_policies": Policy.objects.exists(), "sentences": _told(form), **_presets(request)}
    return render(request, "labeling/queues/new.html", context, status=422 if form.errors else 200)


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def queue_settings(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a queue's settings."""
    queue = _find(request, public_id)
    preset = PRESETS.get(request.GET.get("preset", ""))
    form = QueueSettingsForm(request.POST or None, initial=initial_of(queue) | (preset[1] if preset else {}))
    if request.method == "POST" and form.is_valid() and _change(request, queue, form):
        return redirect("labeling:queue_settings", public_id=queue.public_id)
    context = {
        "queue": queue,
        "form": form,
        "tabs": tabs_of(queue),
        "sentences": _told(form, queue),
        **_presets(request),
    }
    return render(request, "labeling/queues/settings.html", context, status=422 if form.errors else 200)


@allow(runs_queues)
@require_GET
def queue_consequences(request: HttpRequest) -> HttpResponse:
    """What the settings in the form would mean, before they are saved."""
    form = _filled(request.GET)
    wrong = [
        f"{form[name].label}: {error}" for name, errors in form.errors.items() if name != "__all__" for error in errors
    ]
    return render(request, "labeling/queues/consequences.html", {"sentences": _told(form), "wrong": wrong})


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def queue_questions(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change what a queue asks."""
    queue = _find(request, public_id)
    first, others, key = _question_forms(request, queue)
    if request.method == "POST" and first.is_valid() and others.is_valid():
        questions = questions_of(first, others, key=key, options=taxonomy_options(queue.policy))
        if _publish(request, queue, first, questions):
            return redirect("labeling:queue_questions", public_id=queue.public_id)
    context = {"queue": queue, "first": first, "others": others, "schema": newest_schema(queue), "tabs": tabs_of(queue)}
    has_errors = request.method == "POST"
    return render(request, "labeling/queues/questions.html", context, status=422 if has_errors else 200)


def sentences_of(settings: QueueSettings) -> tuple[str, ...]:
    """What settings mean, in sentences."""
    base, share, size = settings.base_answers, settings.overlap_rate, settings.overlap_size
    people, several = _people(base), _people(size)
    mean = base + share * (size - base)
    if max(base, size if share else 0) < 2:
        answered = f"Every item is answered by {people}."
        overlap = "Nobody's answers overlap, so agreement can never be told. Choose an overlap above 0 %."
    elif share == 1:
        answered, overlap = f"Every item is answered by {several}.", "Agreement is measured on all of them."
    elif share and size > 1:
        answered = f"Items are answered by {people};"
        overlap = (
            f"{share * 100:g} % of them, drawn at random as they enter, by {size}. Agreement is measured on those."
        )
    else:
        answered = f"Every item is answered by {people}."
        overlap = "No item is answered by more people by chance."
    return (
        f"{answered} {overlap}",
        f"1,000 items ask for about {mean * THOUSAND:,.0f} answers.",
        f"An item is lent for {settings.lease_seconds / 60:g} minutes; activity extends that.",
    )


def _people(n: int) -> str:
    return "one person" if n == 1 else f"{n} people"


def _presets(request: HttpRequest) -> dict[str, object]:
    chosen = request.GET.get("preset", "")
    return {"presets": PRESETS, "preset": chosen, "preset_words": PRESET_WORDS.get(chosen, "")}


def _find(request: HttpRequest, public_id: UUID) -> Queue:
    queues = visible_queues(request.access).select_related("policy", "policy_version", "skill")
    return get_object_or_404(queues, public_id=public_id)


def _settings_of(queue: Queue) -> QueueSettings:
    return QueueSettings(
        name=queue.name,
        base_answers=queue.base_answers,
        overlap_rate=queue.overlap_rate,
        overlap_size=queue.overlap_size,
        lease_seconds=queue.lease_seconds,
    )


def _filled(given: QueryDict) -> QueueForm:
    data = given.copy()
    data.setdefault("name", "A queue")
    data.setdefault("priority", "0")
    return QueueForm(data)


def _told(form: QueueForm, queue: Queue | None = None) -> tuple[str, ...]:
    if form.is_bound:
        return _told_of(form.settings()) if form.is_valid() else ()
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return _told_of(
        QueueSettings(
            name="",
            base_answers=initial["base_answers"],
            overlap_rate=initial["overlap_percent"] / 100,
            overlap_size=initial["overlap_size"],
            lease_seconds=round(initial["lease_minutes"] * 60),
            vendor_shares=shares_of(queue) if queue else {},
            skill=queue.skill if queue else None,
        )
    )


def _told_of(settings: QueueSettings) -> tuple[str, ...]:
    return (*sentences_of(settings), *share_words(settings.vendor_shares, settings.skill))


def _create(request: HttpRequest, form: NewQueueForm) -> Queue | None:
    policy = form.cleaned_data["policy"]
    question = {
        "key": FIRST_KEY,
        "kind": "single",
        "prompt": form.cleaned_data["prompt"],
        "options": taxonomy_options(policy),
        "taxonomy": True,
        "cannot_tell": True,
        "required": True,
        "show_if": None,
    }
    try:
        queue = create_queue(form.settings(), policy=policy, questions=[question], actor=request.user)
    except DomainError as error:
        _add_error(form, error)
        return None
    messages.success(request, f"{queue.name} is set up. Import items, and certify people for {queue.skill}.")
    return queue


def _change(request: HttpRequest, queue: Queue, form: QueueSettingsForm) -> bool:
    try:
        changed = change_queue(queue, form.settings(), actor=request.user)
        if form.cleaned_data["reaches_waiting"]:
            rearrange(changed, actor=request.user)
    except DomainError as error:
        _add_error(form, error)
        return False
    kept = "Items that are in already keep the number of answers that they were drawn."
    reached = "Within a minute or so it reaches the items that are in; what was begun or answered stays."
    messages.success(request, f"Saved. {reached if form.cleaned_data['reaches_waiting'] else kept}")
    return True


def _question_forms(request: HttpRequest, queue: Queue) -> tuple[CategoryQuestionForm, Any, str]:
    schema = newest_schema(queue)
    questions = schema.questions if schema else []
    main = next((question for question in questions if question.get("taxonomy")), None)
    rest = [initial_of_question(question) for question in questions if question is not main]
    initial = initial_of_question(main) if main else {"prompt": "Which category fits best?", "cannot_tell": True}
    first = CategoryQuestionForm(request.POST or None, prefix="first", initial=initial)
    others = QuestionFormSet(request.POST or None, prefix="more", initial=rest)
    return first, others, main["key"] if main else FIRST_KEY


def _publish(
    request: HttpRequest, queue: Queue, first: CategoryQuestionForm, questions: list[dict[str, object]]
) -> bool:
    try:
        schema = publish_schema(queue, questions, actor=request.user)
    except DomainError as error:
        first.add_error(None, error.message)
        return False
    messages.success(request, f"Questions, version {schema.number}, are asked from the next item on.")
    return True


def _add_error(form: QueueForm, error: DomainError) -> None:
    names = {"overlap_rate": "overlap_percent", "lease_seconds": "lease_minutes"}
    field = str(error.detail.get("field", ""))
    field = names.get(field, field)
    form.add_error(field if field in form.fields else None, error.message)
