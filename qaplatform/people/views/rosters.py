"""Adding many people: paste, look, confirm."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.forms.rosters import RosterForm, RosterSettingsForm
from qaplatform.people.importing.plans import Outcome
from qaplatform.people.models import Roster, Vendor
from qaplatform.people.rules import is_administrator
from qaplatform.people.services.rosters import (
    change_roster,
    discard_roster,
    draft_of,
    store_roster,
    write_roster,
)
from qaplatform.people.views.links import show_links


@allow(is_administrator)
@require_http_methods(["GET", "POST"])
def add_many(request: HttpRequest) -> HttpResponse:
    """Take a list of people; nothing is added before it was looked at."""
    form = RosterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            roster = store_roster(form.said, file_name=form.file_name, actor=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("people:roster", public_id=roster.public_id)
    waiting = Roster.objects.filter(created_by=request.user.pk, applied_at=None)[:5]
    context = {"form": form, "waiting": waiting}
    return render(request, "people/add_many.html", context, status=422 if form.errors else 200)


@allow(is_administrator)
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a list would change, line by line; a corrected list is kept and shown anew."""
    kept = _roster(request, public_id)
    if kept.applied_at is not None:
        return render(request, "people/roster_done.html", {"roster": kept, "counts": _counts(kept.counts)})
    draft = draft_of(kept)
    form = RosterSettingsForm(request.POST or None, draft=draft)
    if request.method == "POST" and form.is_valid():
        try:
            change_roster(kept, text=form.cleaned_data["text"], settings=form.chosen())
        except DomainError as error:
            form.add_error("text", error.message)
        else:
            return redirect("people:roster", public_id=kept.public_id)
    context = {
        "roster": kept,
        "draft": draft,
        "form": form,
        "counts": _counts(draft.plan.counts),
        "problems": draft.plan.counts.get(Outcome.PROBLEM, 0),
        "changes": len(draft.plan.acts),
        "vendors": Vendor.objects.all(),
    }
    return render(request, "people/roster.html", context, status=422 if form.errors else 200)


@allow(is_administrator)
@require_POST
def confirm_roster(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Write the whole list, and show the links of those who are new, this once."""
    kept = _roster(request, public_id)
    try:
        written = write_roster(
            kept,
            digest=request.POST.get("digest", ""),
            leave_out="leave_out" in request.POST,
            actor=request.user,
            now=clock.now(),
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("people:roster", public_id=kept.public_id)
    if not written.links:
        messages.success(request, "Done. Nobody is new, so there are no links to hand over.")
        return redirect("people:roster", public_id=kept.public_id)
    messages.success(request, f"{len(written.links)} people were added. Hand each their link: it sets the password.")
    return show_links(request, written.links)


@allow(is_administrator)
@require_POST
def forget_roster(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Forget a list that was not written."""
    try:
        discard_roster(_roster(request, public_id))
        messages.info(request, "The list was deleted; nobody was added.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("people:add_many")


def _roster(request: HttpRequest, public_id: UUID) -> Roster:
    """Lists hold names and addresses: each administrator sees their own."""
    return get_object_or_404(Roster, public_id=public_id, created_by=request.user.pk)


def _counts(counts: dict[str, int]) -> list[tuple[str, int]]:
    words = {
        Outcome.NEW: "new",
        Outcome.CHANGED: "changed",
        Outcome.SAME: "here already, unchanged",
        Outcome.PROBLEM: "with a problem",
    }
    return [(word, counts.get(outcome, 0)) for outcome, word in words.items()]
