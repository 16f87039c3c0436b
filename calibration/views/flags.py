"""The flag inbox, a flag's page, and what is done on it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from calibration.enums import FlagState
from calibration.forms.flags import DecisionForm, DisputeDecisionForm, DisputeForm, ReasonForm, ReplyForm
from calibration.models import CoachingPlan, CoachingStep, Dispute, EvidenceRow, Flag, SkillSuspension
from calibration.queries import flag_pages
from calibration.queries.false_flags import expected_false_flags
from calibration.queries.flags import (
    counts_by_state,
    evidence_of,
    figures_of,
    flags_needing_decision,
    is_of_vendor_side,
    managed_flags,
    rights_on,
    visible_flags,
    with_page_rows,
)
from calibration.queries.questions import read_question
from calibration.queries.queue_figures import freshness_of
from calibration.services.coaching import mark_step_done, sign_plan
from calibration.services.decisions import decide_flag
from calibration.services.disputes import confirm_correction, decide_dispute, file_dispute
from calibration.services.evidence import burn_shown_evidence
from calibration.services.replies import reply_to_flag
from calibration.services.suspensions import confirm_suspension, lift_suspension, reject_suspension
from calibration.views.flag_charts import finding_chart, target_of
from calibration.views.flag_parts import evidence_list
from calibration.views.flag_requeues import answers_again
from calibration.views.freshness import freshness_words
from qaplatform import clock
from qaplatform.errors import DomainError, NotFound
from qaplatform.people.access import allow
from qaplatform.people.rules import is_labeler, is_qa_manager, is_team_lead, is_trainer, is_vendor_manager
from qaplatform.web.parts import Tab

ROWS = 50
SUSPENSION_ACTS = {"confirm": confirm_suspension, "reject": reject_suspension, "lift": lift_suspension}

may_read_flags = is_qa_manager | is_team_lead | is_trainer | is_vendor_manager
may_open_a_flag = may_read_flags | is_labeler


@allow(may_read_flags)
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Flags by state; what needs a decision first."""
    flags = managed_flags(request.access)
    counts = counts_by_state(flags)
    waiting = flags_needing_decision(request.access)
    state = request.GET.get("state", "")
    shown = flags.filter(state=state) if state in FlagState.values else flags
    shown = flags.filter(pk__in=waiting.values("pk")) if state == "waiting" else shown
    page = Paginator(with_page_rows(shown).order_by("-opened_at"), ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "tabs": _tabs(counts, state, waiting=waiting.count()),
        "state": state,
        "expected": expected_false_flags(request.access),
    }
    return render(request, "calibration/flags/inbox.html", context)


@allow(may_open_a_flag)
@require_GET
def flag_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything that a fair decision needs."""
    return _show(request, _flag(request, public_id))


@allow(is_qa_manager)
@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Decide on a flag."""
    flag = _decidable(request, public_id)
    form = DecisionForm(request.POST, flag=flag)

    def act() -> str:
        decided = decide_flag(flag, form.chosen, actor=request.user, reason=form.cleaned_data["reason"])
        return f"Decided: {decided.get_state_display().lower()}. {flag.labeler} reads the reason on their own page."

    return _do(request, flag, form, act, bound="decision_form")


@allow(may_open_a_flag)
@require_POST
def reply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Reply as the person or as their team lead."""
    flag = _flag(request, public_id)
    if not rights_on(flag, request.access).replies:
        raise NotFound
    form = ReplyForm(request.POST)

    def act() -> str:
        reply_to_flag(flag, author=request.user, text=form.cleaned_data["text"])
        return "Your reply is sent. Whoever decides reads it first."

    return _do(request, flag, form, act, bound="reply_form")


@allow(may_open_a_flag)
@require_POST
def dispute(request: HttpRequest, public_id: str) -> HttpResponse:
    """Dispute one item as the person or as their team lead."""
    row = get_object_or_404(EvidenceRow.objects.filter(flag__in=visible_flags(request.access)), public_id=public_id)
    flag = _flag(request, str(row.flag.public_id))
    if not rights_on(flag, request.access).replies:
        raise NotFound
    form = DisputeForm(request.POST, prefix=f"row-{row.pk}")

    def act() -> str:
        filed = file_dispute(row, actor=request.user, reason=form.cleaned_data["reason"])
        return (
            f"Item {row.position} is disputed. Somebody who had no part in it decides within five working days, by "
            f"{filed.due_at:%-d %B}; else it leaves the score."
        )

    return _do(request, flag, form, act, bound=f"dispute_form_{row.pk}")


@allow(is_qa_manager)
@require_POST
def decide_on_dispute(request: HttpRequest, public_id: str) -> HttpResponse:
    """Decide a dispute that one had no part in."""
    found = _dispute(request, public_id)
    flag = _flag(request, str(found.evidence.flag.public_id))
    form = DisputeDecisionForm(
        request.POST, dispute=found, question=read_question(found.evidence.score.queue, found.evidence.score.question)
    )

    def act() -> str:
        fields = form.cleaned_data
        decided = decide_dispute(
            found, form.chosen, actor=request.user, reason=fields["reason"], accepted=fields["accepted"]
        )
        return f"Item {found.evidence.position}: {decided.get_state_display()}."

    return _do(request, flag, form, act, bound=f"decision_form_{found.pk}")


@allow(is_qa_manager)
@require_POST
def confirm_gold_correction(request: HttpRequest, public_id: str) -> HttpResponse:
    """Confirm, as the second person, the correction that a dispute's decision asks for."""
    found = _dispute(request, public_id)
    flag = _flag(request, str(found.evidence.flag.public_id))

    def act() -> str:
        confirm_correction(found, actor=request.user)
        return "The gold is corrected, and everybody who answered it is scored again."

    return _do(request, flag, None, act)


@allow(is_qa_manager)
@require_POST
def decide_on_suspension(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Confirm, reject or lift the suspension of a certification."""
    rows = SkillSuspension.objects.filter(flag__in=visible_flags(request.access)).select_related("flag", "grant__skill")
    suspension = get_object_or_404(rows, public_id=public_id)
    flag = _decidable(request, str(suspension.flag.public_id))
    form = ReasonForm(request.POST, prefix="suspension")

    def run() -> str:
        done = SUSPENSION_ACTS[act](suspension, actor=request.user, reason=form.cleaned_data["reason"])
        return f"Suspension of the certification for {suspension.grant.skill}: {done.get_state_display().lower()}."

    return _do(request, flag, form, run, bound="suspension_form")


@allow(may_open_a_flag)
@require_POST
def finish_step(request: HttpRequest, public_id: str) -> HttpResponse:
    """Mark a step of a coaching plan as done."""
    steps = CoachingStep.objects.filter(plan__flag__in=visible_flags(request.access)).select_related("plan__flag")
    step = get_object_or_404(steps, public_id=public_id)
    flag = _coachable(request, step.plan)

    def act() -> str:
        mark_step_done(step, actor=request.user)
        return f"Step {step.position} is done."

    return _do(request, flag, None, act)


@allow(may_open_a_flag)
@require_POST
def sign_coaching(request: HttpRequest, public_id: str) -> HttpResponse:
    """Sign a coaching plan as the person or as the coach."""
    plans = CoachingPlan.objects.filter(flag__in=visible_flags(request.access)).select_related("flag")
    plan = get_object_or_404(plans, public_id=public_id)
    flag = _coachable(request, plan)

    def act() -> str:
        signed = sign_plan(plan, actor=request.user)
        is_whole = signed.coach_signed_at and signed.labeler_signed_at
        return "Signed by both sides." if is_whole else "Signed. The other side signs next."

    return _do(request, flag, None, act)


def _flag(request: HttpRequest, public_id: str) -> Flag:
    return get_object_or_404(visible_flags(request.access), public_id=public_id)


def _decidable(request: HttpRequest, public_id: str) -> Flag:
    flag = _flag(request, public_id)
    if not rights_on(flag, request.access).decides:
        raise NotFound
    return flag


def _dispute(request: HttpRequest, public_id: str) -> Dispute:
    rows = Dispute.objects.filter(evidence__flag__in=visible_flags(request.access))
    found = get_object_or_404(rows.select_related("evidence__flag", "evidence__score__queue"), public_id=public_id)
    _decidable(request, str(found.evidence.flag.public_id))
    return found


def _coachable(request: HttpRequest, plan: CoachingPlan) -> Flag:
    flag = _flag(request, str(plan.flag.public_id))
    if not rights_on(flag, request.access).coaches:
        raise NotFound
    return flag


def _do(
    request: HttpRequest, flag: Flag, form: Form | None, act: Callable[[], str], *, bound: str = ""
) -> HttpResponse:
    """Run an act; a refusal shows the page again with its sentence and with what was typed."""
    if form is not None and not form.is_valid():
        _lead_to_first_error(form)
        return _show(request, flag, status=422, **{bound: form})
    try:
        words = act()
    except NotFound:
        raise
    except DomainError as error:
        flag.refresh_from_db()
        return _show(request, flag, status=error.http_status, **_with_error(request, form, error, bound))
    messages.success(request, words)
    return redirect("calibration:flag", public_id=flag.public_id)


def _lead_to_first_error(form: Form) -> None:
    """The page is long: it opens at the field that is to be corrected."""
    for name in [name for name in form.fields if name in form.errors][:1]:
        form.fields[name].widget.attrs["autofocus"] = True


def _with_error(request: HttpRequest, form: Form | None, error: DomainError, bound: str) -> dict[str, Form]:
    if form is None:
        messages.error(request, error.message)
        return {}
    field = error.detail.get("field")
    form.add_error(str(field) if field in form.fields else None, error.message)
    return {bound: form}


def _show(request: HttpRequest, flag: Flag, *, status: int = 200, **bound: Form) -> HttpResponse:
    rights = rights_on(flag, request.access)
    if rights.sees_items and is_of_vendor_side(flag, request.access):
        burn_shown_evidence(flag)
    evidence = evidence_of(flag)
    figures = figures_of(evidence)
    context = {
        "flag": flag,
        "rights": rights,
        "figures": figures,
        "chart": finding_chart(flag, evidence, figures),
        "target": target_of(flag),
        "freshness": freshness_words(freshness_of([flag.queue]).values(), now=clock.now()),
        "facts": flag_pages.read_facts(flag, request.access, evidence),
        "evidence": evidence_list(flag, request.access, evidence, bound, request.GET) if rights.sees_items else None,
        "again": answers_again(flag, request.access),
        "decision_form": bound.get("decision_form") or DecisionForm(flag=flag),
        "reply_form": bound.get("reply_form") or ReplyForm(),
        "suspension_form": bound.get("suspension_form") or ReasonForm(prefix="suspension"),
    }
    return render(request, "calibration/flags/flag.html", context, status=status)


def _tabs(counts: dict[str, int], state: str, *, waiting: int) -> list[Tab]:
    url = reverse("calibration:flags")
    named = [
        Tab(choice.label, f"{url}?state={choice.value}", counts.get(choice.value, 0), state == choice.value)
        for choice in FlagState
    ]
    return [
        Tab("All", url, sum(counts.values()), state == ""),
        Tab("Waits for me", f"{url}?state=waiting", waiting, state == "waiting"),
        *named,
    ]
