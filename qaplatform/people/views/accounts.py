"""The administrator's pages."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.enums import Role
from qaplatform.people.forms import AccountForm, VendorForm
from qaplatform.people.models import User, Vendor
from qaplatform.people.queries.accounts import find_accounts
from qaplatform.people.rules import is_administrator, is_anybody
from qaplatform.people.services.accounts import (
    NewAccount,
    create_account,
    deactivate_account,
    reactivate_account,
)
from qaplatform.people.services.invitations import reset_sign_in
from qaplatform.people.services.vendors import create_vendor

ROWS = 50


@allow(is_administrator)
@require_GET
def list_accounts(request: HttpRequest) -> HttpResponse:
    """All accounts."""
    role = request.GET.get("role", "")
    accounts = find_accounts(search=request.GET.get("q", "")[:100], role=role if role in Role.values else "")
    page = Paginator(accounts, ROWS).get_page(request.GET.get("page"))
    return render(request, "people/accounts.html", {"page": page, "roles": Role.choices})


@allow(is_administrator)
@require_http_methods(["GET", "POST"])
def add_account(request: HttpRequest) -> HttpResponse:
    """A form for one account."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        fields = {**form.cleaned_data, "role": Role(form.cleaned_data["role"])}
        try:
            user = create_account(NewAccount(**fields), actor=request.user)
        except DomainError as error:
            form.add_error(str(error.detail["field"]) if "field" in error.detail else None, error.message)
        else:
            messages.success(request, f"{user} can sign in now as {user.username}.")
            return redirect("people:accounts")
    return render(request, "people/add_account.html", {"form": form}, status=422 if form.errors else 200)


@allow(is_administrator)
@require_POST
def switch_account(request: HttpRequest, public_id: str) -> HttpResponse:
    """Deactivate an account, or let it in again."""
    user = get_object_or_404(User, public_id=public_id)
    try:
        if user.is_active:
            deactivate_account(user, actor=request.user, now=clock.now())
            messages.success(request, f"{user} was deactivated: sessions and tokens ended.")
        else:
            reactivate_account(user, actor=request.user)
            messages.success(request, f"{user} can sign in again.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("people:accounts")


@allow(is_administrator)
@require_POST
def renew(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a new password of somebody once, on the answer to this form and nowhere else."""
    user = get_object_or_404(User, public_id=public_id)
    password = reset_sign_in(user, actor=request.user, now=clock.now()).code
    return render(request, "people/new_password.html", {"account": user, "password": password})


@allow(is_anybody)
@require_GET
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """What to do without one's password: the product sends no mail."""
    return render(request, "people/forgotten_password.html")


@allow(is_administrator)
@require_http_methods(["GET", "POST"])
def vendors(request: HttpRequest) -> HttpResponse:
    """Vendors with their teams, and a form for a new one."""
    form = VendorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        vendor = create_vendor(
            form.cleaned_data["name"],
            team=form.cleaned_data["team"],
            is_in_house=form.cleaned_data["is_in_house"],
            actor=request.user,
        )
        messages.success(request, f"{vendor.name} was added.")
        return redirect("people:vendors")
    rows = Vendor.objects.annotate(labeler_count=Count("labelers")).prefetch_related("teams__labelers")
    return render(request, "people/vendors.html", {"form": form, "vendors": rows}, status=422 if form.errors else 200)
