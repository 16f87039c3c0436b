"""The page of one account, and what an administrator does there."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.enums import GrantSource, Role
from qaplatform.people.forms.accounts import CertifyForm, DetailsForm, MoveForm, ReasonForm, RoleForm
from qaplatform.people.models import Labeler, Membership, SkillGrant, User
from qaplatform.people.queries.account_pages import read_account
from qaplatform.people.rules import is_administrator
from qaplatform.people.services.accounts import (
    change_details,
    deactivate_account,
    make_labeler,
    reactivate_account,
)
from qaplatform.people.services.grants import grant_skill, revoke_grant
from qaplatform.people.services.invitations import invite, reset_sign_in, revoke_invitations
from qaplatform.people.services.moves import move_labeler
from qaplatform.people.services.roles import add_role, remove_role
from qaplatform.people.services.sessions import sign_out_everywhere
from qaplatform.people.views.account_links import links_of
from qaplatform.people.views.links import show_links


@allow(is_administrator)
@require_GET
def account(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who somebody is, what they hold, and every act on it."""
    return _show(request, _user(public_id))


@allow(is_administrator)
@require_POST
def correct_details(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct name, e-mail and language."""
    user, form = _user(public_id), DetailsForm(request.POST)
    return _act(request, user, form, lambda said: change_details(user, **said, actor=request.user), "Corrected.")


@allow(is_administrator)
@require_POST
def move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a labeler into another team or vendor."""
    user = _user(public_id)
    labeler = get_object_or_404(Labeler, user=user)
    return _act(
        request, user, MoveForm(request.POST), lambda said: move_labeler(labeler, **said, actor=request.user), "Moved."
    )


@allow(is_administrator)
@require_POST
def give_role(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One more role; whoever becomes a labeler gets a labeler."""
    user = _user(public_id)

    def give(said: dict[str, object]) -> None:
        role = Role(str(said.pop("role")))
        add_role(user, role, **said, actor=request.user)
        if role is Role.LABELER and not Labeler.objects.filter(user=user).exists():
            make_labeler(user, **said)

    return _act(request, user, RoleForm(request.POST), give, "The role is given.")


@allow(is_administrator)
@require_POST
def take_role(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a role back."""
    user = _user(public_id)
    membership = get_object_or_404(Membership, user=user, pk=_number(request.POST.get("membership", "")))
    return _do(request, user, lambda: remove_role(membership, actor=request.user), "The role is taken back.")


@allow(is_administrator)
@require_POST
def certify(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Certify a labeler by hand."""
    user = _user(public_id)
    labeler = get_object_or_404(Labeler, user=user)

    def grant(said: dict[str, object]) -> None:
        grant_skill(labeler, source=GrantSource.MANUAL, actor=request.user, now=clock.now(), **said)

    return _act(request, user, CertifyForm(request.POST), grant, "Certified.")


@allow(is_administrator)
@require_POST
def revoke_certification(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a certification back, with a reason."""
    user = _user(public_id)
    grants = SkillGrant.objects.filter(labeler__user=user, revoked_at=None)
    grant = get_object_or_404(grants, pk=_number(request.POST.get("grant", "")))

    def revoke(said: dict[str, object]) -> None:
        revoke_grant(grant, actor=request.user, now=clock.now(), **said)

    return _act(request, user, ReasonForm(request.POST), revoke, f"Certification for {grant.skill.name} revoked.")


@allow(is_administrator)
@require_POST
def make_link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A new one-time link: an old password and open sessions end."""
    user = _user(public_id)
    try:
        return show_links(request, [reset_sign_in(user, actor=request.user, now=clock.now())])
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("people:account", public_id=user.public_id)


@allow(is_administrator)
@require_POST
def revoke_link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End an open one-time link."""
    user = _user(public_id)
    act = lambda: revoke_invitations(user, actor=request.user, now=clock.now())  # noqa: E731
    return _do(request, user, act, "The link no longer works.")


@allow(is_administrator)
@require_POST
def sign_out(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End all sessions and tokens of somebody."""
    user = _user(public_id)
    act = lambda: sign_out_everywhere(user, actor=request.user, now=clock.now())  # noqa: E731
    return _do(request, user, act, "Sessions and tokens ended.")


@allow(is_administrator)
@require_POST
def switch_account(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Deactivate an account, or let it in again."""
    user = _user(public_id)
    if user.is_active:
        done = f"{user} was deactivated: sessions, tokens and links ended, and what they held is open to others."
        return _do(request, user, lambda: deactivate_account(user, actor=request.user, now=clock.now()), done)
    if not user.has_usable_password():
        reactivate_account(user, actor=request.user)
        return show_links(request, invite([user], actor=request.user, now=clock.now()))
    return _do(request, user, lambda: reactivate_account(user, actor=request.user), f"{user} can sign in again.")


def _user(public_id: UUID) -> User:
    return get_object_or_404(User, public_id=public_id)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _act(
    request: HttpRequest, user: User, form: Form, act: Callable[[dict[str, object]], object], done: str
) -> HttpResponse:
    """Do what a form says, or show the page with what is wrong with it."""
    if form.is_valid():
        try:
            act(dict(form.cleaned_data))
        except DomainError as error:
            field = str(error.detail.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
        else:
            messages.success(request, done)
            return redirect("people:account", public_id=user.public_id)
    return _show(request, User.objects.get(pk=user.pk), form)


def _do(request: HttpRequest, user: User, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("people:account", public_id=user.public_id)


def _show(request: HttpRequest, user: User, wrong: Form | None = None) -> HttpResponse:
    now = clock.now()
    page = read_account(user, now=now)
    labeler = page.labeler
    details = {"display_name": user.display_name, "email": user.email, "language": labeler.language if labeler else ""}
    forms: dict[str, Form] = {
        "details": DetailsForm(initial=details),
        "role": RoleForm(),
        "move": MoveForm(initial={"vendor": labeler.vendor_id, "team": labeler.team_id} if labeler else None),
        "certify": CertifyForm(),
        "revoke": ReasonForm(),
    }
    if wrong is not None:
        forms |= {name: wrong for name, form in forms.items() if type(form) is type(wrong)}
    context = {
        "account": user,
        "page_facts": page,
        "forms": forms,
        "wrong": wrong,
        "links": links_of(user) if labeler else [],
        "is_own": user.pk == request.user.pk,
        "now": now,
    }
    return render(request, "people/account.html", context, status=422 if wrong else 200)
