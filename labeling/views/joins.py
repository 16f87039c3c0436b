"""People known from imported decisions, joined to accounts."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from labeling.queries.joins import external_rows, externals
from labeling.services.joins import join_certain, join_labeler, part_labeler
from qaplatform.errors import DomainError, InvalidInput
from qaplatform.people.access import allow
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler, LabelerJoin, User
from qaplatform.people.rules import is_administrator

ROWS = 50
STATES = {"open": "Without an account", "joined": "Joined", "": "All"}


@allow(is_administrator)
@require_GET
def imported_people(request: HttpRequest) -> HttpResponse:
    """Everybody known from files, with whom they may be."""
    state = request.GET.get("state", "open")
    search = request.GET.get("q", "")[:100]
    page = Paginator(externals(search=search, state=state), ROWS).get_page(request.GET.get("page"))
    rows = external_rows(page.object_list)
    certain = sum(1 for row in rows if row.join is None and sum(p.is_certain for p in row.proposals) == 1)
    context = {"page": page, "rows": rows, "certain": certain, "search": search, "state": state, "states": STATES}
    return render(request, "labeling/joins/imported_people.html", context)


@allow(is_administrator)
@require_GET
def joins_of_account(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What is joined to one account, and what else may be."""
    user = get_object_or_404(User, public_id=public_id)
    joined = LabelerJoin.objects.filter(labeler__user=user).select_related("external__vendor", "joined_by", "undone_by")
    standing = [join.external_id for join in joined if join.undone_at is None]
    words = [word for word in (user.username, user.email, user.display_name) if word]
    likely = Q()
    for word in words:
        likely |= Q(external_id__iexact=word) | Q(display_name__iexact=word)
    open_ones = externals(state="open").filter(likely).exclude(pk__in=standing) if words else externals().none()
    rows = [row for row in external_rows(open_ones[:ROWS]) if any(p.user == user for p in row.proposals)]
    context = {"account": user, "joins": joined.order_by("-joined_at"), "rows": rows}
    return render(request, "labeling/joins/account.html", context)


@allow(is_administrator)
@require_POST
def join(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Join somebody to the account that is named."""
    external = get_object_or_404(
        Labeler.objects.select_related("vendor", "team"), public_id=public_id, kind=LabelerKind.EXTERNAL
    )

    def act() -> str:
        made = join_labeler(external, _named_user(_said(request, "account")), actor=request.user)
        kept = f"; {made.kept} stay apart, as both had answered those items" if made.kept else ""
        return f"{external} is {made.labeler} now: {made.moved} decisions are theirs{kept}."

    return _do(request, act)


@allow(is_administrator)
@require_POST
def join_all_certain(request: HttpRequest) -> HttpResponse:
    """Join everybody whose id says who they are."""
    return _do(request, lambda: f"{join_certain(actor=request.user)} people were joined to their accounts.")


@allow(is_administrator)
@require_POST
def part(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a join back."""
    made = get_object_or_404(LabelerJoin, public_id=public_id)

    def act() -> str:
        parted = part_labeler(made, actor=request.user)
        return f"Taken back: the decisions of {parted.external} are their own again."

    return _do(request, act)


def _said(request: HttpRequest, name: str) -> str:
    """A field of a form without NUL characters, which no account has and the database does not take."""
    return request.POST.get(name, "").replace("\0", "")


def _named_user(said: str) -> User:
    said = said.strip()
    for field in ("username", "email"):
        found = list(User.objects.filter(**{f"{field}__iexact": said}, is_active=True)[:2]) if said else []
        if len(found) == 1:
            return found[0]
    raise InvalidInput(f"Nobody who can sign in has the user name or e-mail {said or '(nothing)'}. Add them first.")


def _do(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except DomainError as error:
        messages.error(request, error.message)
    account = _said(request, "back")
    if account:
        user = get_object_or_404(User, username=account)
        return redirect("labeling:joins_of_account", public_id=user.public_id)
    return redirect("labeling:imported_people")
