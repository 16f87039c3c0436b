"""The administrator's list of accounts, and adding one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qaplatform import clock
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.enums import Role
from qaplatform.people.forms.accounts import AccountForm
from qaplatform.people.models import Labeler, Team, User, Vendor
from qaplatform.people.queries.accounts import STATES, find_accounts, role_counts
from qaplatform.people.queries.invitations import people_without_sign_in
from qaplatform.people.rules import is_administrator, is_anybody
from qaplatform.people.services.accounts import NewAccount, create_account
from qaplatform.people.services.invitations import invite
from qaplatform.people.views.links import show_links

ROWS = 50
COLUMNS = ("User name", "Name", "E-mail", "Roles", "Vendor", "Team", "Language", "State", "Last sign-in")


@allow(is_administrator)
@require_GET
def list_accounts(request: HttpRequest) -> HttpResponse:
    """All accounts, filtered by what the address says."""
    wanted = _wanted(request)
    counts = role_counts()
    context = {
        "page": Paginator(find_accounts(**wanted), ROWS).get_page(request.GET.get("page")),
        "wanted": wanted,
        "roles": [(role.value, role.label, counts.get(role, 0)) for role in Role],
        "vendors": Vendor.objects.all(),
        "states": [(value, label) for value, (label, _) in STATES.items()],
        "without_sign_in": people_without_sign_in().count(),
    }
    return render(request, "people/accounts.html", context)


@allow(is_administrator)
@require_GET
def export_accounts(request: HttpRequest) -> HttpResponse:
    """The same list as a table for spreadsheets."""
    return csv_answer("accounts", COLUMNS, map(_cells, find_accounts(**_wanted(request))))


@allow(is_administrator)
@require_http_methods(["GET", "POST"])
def add_account(request: HttpRequest) -> HttpResponse:
    """A form for one account; its link is on the answer to that form and nowhere else."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        fields = {**form.cleaned_data, "role": Role(form.cleaned_data["role"])}
        try:
            user = create_account(NewAccount(**fields), actor=request.user)
        except DomainError as error:
            form.add_error(str(error.detail["field"]) if "field" in error.detail else None, error.message)
        else:
            messages.success(request, f"{user} was added. Hand the link over: it sets the password.")
            return show_links(request, invite([user], actor=request.user, now=clock.now()))
    return render(request, "people/add_account.html", {"form": form}, status=422 if form.errors else 200)


@allow(is_administrator)
@require_POST
def invite_waiting(request: HttpRequest) -> HttpResponse:
    """New links for everybody who has no password yet; links that they had stop working."""
    return show_links(request, invite(list(people_without_sign_in()), actor=request.user, now=clock.now()))


@allow(is_anybody)
@require_GET
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """What to do without one's password: the product sends no mail."""
    return render(request, "people/forgotten_password.html")


@allow(is_anybody)
@require_GET
def without_mail(request: HttpRequest) -> HttpResponse:
    """Who keeps e-mail addresses: none is confirmed, since the product sends no mail."""
    return render(request, "people/without_mail.html")


def _wanted(request: HttpRequest) -> dict[str, object]:
    said = request.GET
    role, state = said.get("role", ""), said.get("state", "")
    return {
        "search": said.get("q", "")[:100],
        "role": role if role in Role.values else "",
        "state": state if state in STATES else "",
        "vendor": Vendor.objects.filter(name=said.get("vendor", "")).first(),
        "team": Team.objects.filter(public_id=said["team"]).first() if _is_uuid(said.get("team", "")) else None,
    }


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and all(character in "0123456789abcdef-" for character in text)


def _cells(user: User) -> tuple[object, ...]:
    labeler: Labeler | None = getattr(user, "labeler", None)
    return (
        user.username,
        user.display_name,
        user.email,
        "; ".join(membership.get_role_display() for membership in user.memberships.all()),
        labeler.vendor.name if labeler else "",
        labeler.team.name if labeler and labeler.team else "",
        labeler.language if labeler else "",
        "active" if user.is_active else "deactivated",
        user.last_login.isoformat(timespec="seconds") if user.last_login else "",
    )
