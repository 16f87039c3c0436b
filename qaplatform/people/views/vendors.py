"""Vendors, their teams, and who leads those."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.enums import Role
from qaplatform.people.forms.vendors import LeadForm, RenameVendorForm, TeamForm, VendorForm
from qaplatform.people.models import Labeler, Team, User, Vendor
from qaplatform.people.queries.teams import vendor_rows
from qaplatform.people.rules import is_administrator
from qaplatform.people.services.vendors import create_team, create_vendor, make_lead, rename_team, rename_vendor

MOST_NAMES = 1000


@allow(is_administrator)
@require_http_methods(["GET", "POST"])
def vendors(request: HttpRequest) -> HttpResponse:
    """Vendors with their teams, and a form for a new one."""
    form = VendorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            vendor = create_vendor(**form.cleaned_data, actor=request.user)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, f"{vendor.name} was added.")
            return redirect("people:vendors")
    rows = vendor_rows()
    unled = [row for vendor in rows for row in vendor.teams if row.people and not row.leads]
    context = {"form": form, "vendors": rows, "unled": unled}
    return render(request, "people/vendors.html", context, status=422 if form.errors else 200)


@allow(is_administrator)
@require_http_methods(["GET", "POST"])
def vendor(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One vendor: its name and the names that files know it by, its teams."""
    kept = get_object_or_404(Vendor, public_id=public_id)
    form = RenameVendorForm(request.POST or None, initial={"name": kept.name, "is_in_house": kept.is_in_house})
    if request.method == "POST" and form.is_valid():
        try:
            kept = rename_vendor(kept, **form.cleaned_data, actor=request.user)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, f"Saved. Files that use an old name still find {kept.name}.")
            return redirect("people:vendor", public_id=kept.public_id)
    return _show_vendor(request, kept, form, TeamForm())


@allow(is_administrator)
@require_POST
def add_team(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One more team of a vendor."""
    kept = get_object_or_404(Vendor, public_id=public_id)
    form = TeamForm(request.POST)
    if form.is_valid():
        try:
            team = create_team(kept, form.cleaned_data["name"], actor=request.user)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, f"{team.name} was added. Say who leads it.")
            return redirect("people:team", public_id=team.public_id)
    rename = RenameVendorForm(initial={"name": kept.name, "is_in_house": kept.is_in_house})
    return _show_vendor(request, kept, rename, form)


@allow(is_administrator)
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One team: its name, its leads, its people."""
    kept = get_object_or_404(Team.objects.select_related("vendor"), public_id=public_id)
    form = TeamForm(request.POST or None, initial={"name": kept.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_team(kept, form.cleaned_data["name"], actor=request.user)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, "Saved.")
            return redirect("people:team", public_id=kept.public_id)
    return _show_team(request, kept, form, LeadForm())


@allow(is_administrator)
@require_POST
def lead(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let somebody lead a team."""
    kept = get_object_or_404(Team.objects.select_related("vendor"), public_id=public_id)
    form = LeadForm(request.POST)
    if form.is_valid():
        try:
            user = form.cleaned_data["lead"]
            make_lead(kept, user, instead=form.cleaned_data["instead"], actor=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{user} leads {kept.name}.")
            return redirect("people:team", public_id=kept.public_id)
    return _show_team(request, kept, TeamForm(initial={"name": kept.name}), form)


def _show_vendor(request: HttpRequest, kept: Vendor, form: RenameVendorForm, team_form: TeamForm) -> HttpResponse:
    [row] = vendor_rows(Vendor.objects.filter(pk=kept.pk))
    context = {"row": row, "form": form, "team_form": team_form}
    is_wrong = form.errors or team_form.errors
    return render(request, "people/vendor.html", context, status=422 if is_wrong else 200)


def _show_team(request: HttpRequest, kept: Team, form: TeamForm, lead_form: LeadForm) -> HttpResponse:
    context = {
        "team": kept,
        "form": form,
        "lead_form": lead_form,
        "leads": kept.memberships.filter(role=Role.TEAM_LEAD, user__is_active=True).select_related("user"),
        "people": Labeler.objects.filter(team=kept, is_active=True).select_related("user"),
        "names": User.objects.filter(is_active=True).order_by("username")[:MOST_NAMES],
    }
    is_wrong = form.errors or lead_form.errors
    return render(request, "people/team.html", context, status=422 if is_wrong else 200)
