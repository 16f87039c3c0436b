"""The first page: a section for each role that somebody holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from calibration.queries import home as facts
from calibration.queries.agreement import agreement_summaries
from calibration.queries.audits import own_audits
from calibration.queries.due_lists import due_or_stuck
from calibration.queries.outcomes import outcomes_for, own_outcomes
from calibration.queries.pauses import running_pause
from calibration.queries.setup import is_before_first_result
from calibration.views.escalations import escalation_facts
from calibration.views.first_run import setup_facts
from calibration.views.overview import change_words, overview_facts
from labeling.models import PolicyDraft
from labeling.queries.adoptions import adoptions_to_come
from qaplatform import clock
from qaplatform.people.access import Access, allow
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from qaplatform.people.rules import is_signed_in

Facts = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Section:
    """What one role finds on the first page."""

    key: str
    title: str
    template: str
    facts: Facts


@allow(is_signed_in)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first page by role; somebody with several roles sees a section of each."""
    sections = _sections(request.access, now=clock.now())
    context = {"sections": sections, "only": sections[0] if len(sections) == 1 else None, "now": clock.now()}
    return render(request, "calibration/home/home.html", context)


def _sections(access: Access, *, now: datetime) -> list[Section]:
    held = [role for role in PARTS if access.has(role) and role != Role.LABELER]
    if access.labeler_id is not None:
        held.append(Role.LABELER)
    if Role.ADMINISTRATOR in held and is_before_first_result():
        held = [Role.ADMINISTRATOR]
    return [_section(role, access, now=now) for role in held]


def _section(role: Role, access: Access, *, now: datetime) -> Section:
    title, read = PARTS[role]
    narrowed = access if role in {Role.LABELER, Role.ADMINISTRATOR} else facts.in_role(access, role)
    found = read(narrowed, now)
    return Section(
        key=role.value,
        title=str(found.get("title", title)),
        template=f"calibration/home/{role.value}.html",
        facts=found,
    )


def _labeler(access: Access, now: datetime) -> Facts:
    labeler = Labeler.objects.get(pk=access.labeler_id)
    return {
        "mine": facts.labeler_day(labeler, now=now),
        "pause": running_pause(labeler, now=now),
        "outcomes": own_outcomes(labeler.pk, now=now),
    }


def _team_lead(access: Access, now: datetime) -> Facts:
    return {"team": facts.team_day(access, now=now), "outcomes": outcomes_for(access, now=now)}


def _vendor_manager(access: Access, now: datetime) -> Facts:
    return {"month": facts.vendor_month(access, now=now), "outcomes": outcomes_for(access, now=now)}


def _qa_manager(access: Access, now: datetime) -> Facts:
    return overview_facts(access, now=now)


def _trainer(access: Access, now: datetime) -> Facts:
    return {"due": due_or_stuck(access, now=now)}


def _policy_owner(access: Access, now: datetime) -> Facts:  # noqa: ARG001  All parts are read alike.
    drafts = PolicyDraft.objects.filter(author=access.user_id).select_related("policy", "base").order_by("policy__name")
    return {"desk": facts.policy_desk(access), "drafts": drafts, "coming": adoptions_to_come(access)}


def _auditor(access: Access, now: datetime) -> Facts:
    summaries = [(line, change_words(line)) for line in agreement_summaries(access, now=now)]
    return {"own": own_audits(access) if access.labeler_id else [], "summaries": summaries}


def _escalation(access: Access, now: datetime) -> Facts:
    return escalation_facts(access, now=now)


def _administrator(access: Access, now: datetime) -> Facts:  # noqa: ARG001  All parts are read alike.
    return setup_facts(access)


# In the order of the page: whoever decides about people first, one's own work last, its button always on top.
PARTS: dict[Role, tuple[str, Callable[[Access, datetime], Facts]]] = {
    Role.ESCALATION: ("Escalated items", _escalation),
    Role.QA_MANAGER: ("What needs a decision", _qa_manager),
    Role.TEAM_LEAD: ("My people today", _team_lead),
    Role.VENDOR_MANAGER: ("My people this month", _vendor_manager),
    Role.TRAINER: ("Who is due or stuck", _trainer),
    Role.POLICY_OWNER: ("Clauses that split people", _policy_owner),
    Role.AUDITOR: ("Decisions to judge", _auditor),
    Role.ADMINISTRATOR: ("Set-up and health", _administrator),
    Role.LABELER: ("My work", _labeler),
}
