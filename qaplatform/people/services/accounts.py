"""Accounts, and what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction

from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import LabelerKind, Role, Scope
from qaplatform.people.models import ApiToken, Labeler, Membership, Team, User, Vendor
from qaplatform.people.signals import account_deactivated
from qaplatform.trail.services import record


@dataclass(frozen=True)
class NewAccount:
    """What an administrator says about somebody. A labeler needs a vendor; a team lead a team."""

    username: str
    display_name: str
    role: Role
    password: str
    email: str = ""
    vendor: Vendor | None = None
    team: Team | None = None
    language: str = ""


@transaction.atomic
def create_account(account: NewAccount, *, actor: User | None) -> User:
    """Make a user with one role and, for a labeler, the labeler. Raises InvalidInput with what to change."""
    if User.objects.filter(username__iexact=account.username).exists():
        raise InvalidInput(f"There is an account {account.username!r} already. Choose another user name.")
    scope = _scope_of(account)
    user = User(username=account.username, display_name=account.display_name, email=account.email)
    _set_password(user, account.password)
    user.save()
    Membership.objects.create(user=user, role=account.role, scope=scope, **_place_of(account, scope))
    if account.role is Role.LABELER and account.vendor is not None:
        _make_labeler(user, account, vendor=account.vendor)
    record("account_created", user, actor=actor, detail={"username": user.username, "role": account.role})
    return user


@transaction.atomic
def deactivate_account(user: User, *, actor: User, now: datetime) -> User:
    """End somebody's sessions and tokens at once and take them off the work. Nothing they did is deleted."""
    if user.pk == actor.pk:
        raise Refused("You cannot deactivate your own account. Ask another administrator.")
    user.is_active = False
    user.save(update_fields=["is_active"])
    Labeler.objects.filter(user=user).update(is_active=False)
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
    _end_sessions([user], now=now)
    account_deactivated.send(User, user_id=user.pk)
    record("account_deactivated", user, actor=actor, detail={"username": user.username})
    return user


@transaction.atomic
def renew_password(user: User, *, actor: User, now: datetime) -> str:
    """A new password for somebody who forgot theirs; it is shown once, and old sessions end."""
    password = token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    _end_sessions([user], now=now)
    record("password_renewed", user, actor=actor, detail={"username": user.username})
    return password


@transaction.atomic
def reactivate_account(user: User, *, actor: User) -> User:
    """Let somebody sign in and work again. Tokens stay revoked."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    Labeler.objects.filter(user=user).update(is_active=True)
    record("account_reactivated", user, actor=actor, detail={"username": user.username})
    return user


def _scope_of(account: NewAccount) -> Scope:
    if account.role is Role.TEAM_LEAD:
        if account.team is None:
            raise InvalidInput("A team lead needs a team. Choose the team.", detail={"field": "team"})
        return Scope.TEAM
    if account.role in {Role.LABELER, Role.VENDOR_MANAGER}:
        if account.vendor is None:
            message = "A labeler or vendor manager needs a vendor. Choose the vendor."
            raise InvalidInput(message, detail={"field": "vendor"})
        return Scope.VENDOR
    return Scope.PLATFORM


def _place_of(account: NewAccount, scope: Scope) -> dict[str, Vendor | Team | None]:
    if scope is Scope.TEAM and account.team is not None:
        return {"vendor": account.team.vendor, "team": account.team}
    return {"vendor": account.vendor if scope is Scope.VENDOR else None, "team": None}


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), detail={"field": "password"}) from error
    user.set_password(password)


def _make_labeler(user: User, account: NewAccount, *, vendor: Vendor) -> None:
    Labeler.objects.create(
        user=user,
        vendor=vendor,
        team=account.team,
        kind=LabelerKind.PERSON,
        display_name=account.display_name or account.username,
        language=account.language,
    )


def _end_sessions(users: Sequence[User], *, now: datetime) -> None:
    ids = {str(user.pk) for user in users}
    live = Session.objects.filter(expire_date__gt=now).iterator(chunk_size=500)
    ended = [session.pk for session in live if session.get_decoded().get("_auth_user_id") in ids]
    Session.objects.filter(pk__in=ended).delete()
