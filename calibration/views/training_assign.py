"""Giving a set to people: choose, read who can get it and who cannot, confirm."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from calibration.forms.training import AssignForm
from calibration.models import CalibrationSet
from calibration.queries.assignable import (
    Candidate,
    listed_labelers,
    read_candidates,
    skills_of,
    trainable_labelers,
    unlisted,
)
from calibration.queries.pools import read_pool
from calibration.services.assigning import assign_set
from calibration.views.training import may_train, refuse, set_of
from qaplatform.errors import DomainError
from qaplatform.people.access import allow


@allow(may_train)
@require_http_methods(["GET", "POST"])
def assign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """GET: whom to choose from. POST: who gets it and who does not; POST with `confirm`: done."""
    chosen = set_of(request, public_id)
    if request.method == "GET":
        return _choose(request, chosen, _form(request))
    form = _form(request, request.POST)
    if not form.is_valid():
        return _choose(request, chosen, form, status=422)
    rows = read_candidates(chosen, form.cleaned_data["labelers"])
    able = [row for row in rows if not row.obstacle]
    if "confirm" not in request.POST or not able:
        return _confirm(request, chosen, form, rows)
    try:
        attempts = assign_set(
            chosen, [row.labeler for row in able], actor=request.user, due_at=form.cleaned_data["due_on"]
        )
    except DomainError as error:
        refuse(form, error)
        return _confirm(request, chosen, form, rows, status=error.http_status)
    messages.success(request, _done_words(chosen, len(attempts), len(rows) - len(able)))
    return redirect("calibration:set", public_id=chosen.public_id)


def _form(request: HttpRequest, data: QueryDict | None = None) -> AssignForm:
    return AssignForm(data, labelers=trainable_labelers(request.access))


def _choose(request: HttpRequest, chosen: CalibrationSet, form: AssignForm, *, status: int = 200) -> HttpResponse:
    pool = read_pool(chosen)
    rows = read_candidates(chosen, listed_labelers(request.access), pool=pool)
    ticked = set(form.data.getlist("labelers")) if form.is_bound else {request.GET.get("labeler", "")}
    context = {
        "set": chosen,
        "pool": pool,
        "form": form,
        "rows": [(row, str(row.labeler.public_id) in ticked, _groups(row, chosen)) for row in rows],
        "vendors": sorted({row.labeler.vendor.name for row in rows}),
        "teams": sorted({str(row.labeler.team) for row in rows if row.labeler.team}),
        "skills": skills_of(rows),
        "unlisted": unlisted(request.access),
        "wished": {name: request.GET.get(name, "") for name in ("group", "team", "vendor", "q")},
    }
    return render(request, "calibration/training/assign.html", context, status=status)


def _confirm(
    request: HttpRequest, chosen: CalibrationSet, form: AssignForm, rows: list[Candidate], *, status: int = 200
) -> HttpResponse:
    context = {
        "set": chosen,
        "pool": read_pool(chosen),
        "form": form,
        "due_at": form.cleaned_data.get("due_on"),
        "able": [row for row in rows if not row.obstacle],
        "unable": [row for row in rows if row.obstacle],
    }
    return render(request, "calibration/training/assign_confirm.html", context, status=status)


def _groups(row: Candidate, chosen: CalibrationSet) -> str:
    """The groups that somebody belongs to, as words that the page filters by."""
    groups = [f"skill-{skill}" for skill in sorted(row.skills)]
    if chosen.skill_id and chosen.skill_id not in row.skills:
        groups.append("uncertified")
    if row.flag is not None:
        groups.append(row.flag.state)
    return " ".join([*groups, "unable" if row.obstacle else "able"])


def _done_words(chosen: CalibrationSet, assigned: int, left: int) -> str:
    people = "1 person" if assigned == 1 else f"{assigned} people"
    rest = f" {left} could not get it." if left else ""
    return f"{chosen.name} is assigned to {people}: it is on their page now.{rest}"
