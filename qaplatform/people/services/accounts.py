"""Accounts: making, correcting, deactivating."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import LabelerKind, Role
from qaplatform.people.models import Invitation, Labeler, Team, User, Vendor
from qaplatform.people.services.roles import add_role, refuse_last_administrator
from qaplatform.people.services.sessions import end_sessions, end_tokens
from qaplatform.people.signals import account_deactivated
from qaplatform.trail.services import record


@dataclass(frozen=True)
class NewAccount:
    """What an administrator says about somebody. A labeler needs a vendor; a team lead a team.

    Without a password nobody can sign in before they have used an invitation.
    """

    username: str
    display_name: str
    role: Role
    password: str = ""
    email: str = ""
    vendor: Vendor | None = None
    team: Team | None = None
    language: str = ""


@transaction.atomic
def create_account(account: NewAccount, *, actor: User | None) -> User:
    """Make a user with one role and, for a labeler, the labeler. Raises InvalidInput with what to change."""
    user = create_user(account.username, account.display_name, email=account.email, password=account.password)
    add_role(user, account.role, vendor=account.vendor, team=account.team, actor=None)
    if account.role is Role.LABELER and account.vendor is not None:
        make_labeler(user, vendor=account.vendor, team=account.team, language=account.language)
    record("account_created", user, actor=actor, detail={"username": user.username, "role": account.role})
    return user


def create_user(username: str, display_name: str, *, email: str = "", password: str = "") -> User:
    """A user without roles. Raises InvalidInput where the user name or e-mail is taken."""
    if User.objects.filter(username__iexact=username).exists():
        message = f"There is an account {username!r} already. Choose another user name."
        raise InvalidInput(message, detail={"field": "username"})
    _refuse_taken_email(email)
    user = User(username=username, display_name=display_name, email=email)
    if password:
        _set_password(user, password)
    else:
        user.set_unusable_password()
    user.save()
    return user


def make_labeler(
    user: User, *, vendor: Vendor, team: Team | None = None, language: str = "", external_id: str = ""
) -> Labeler:
    """The labeler of an account. An id that imported decisions use already stays with those: they can be joined."""
    taken = external_id and Labeler.objects.filter(vendor=vendor, external_id=external_id).exists()
    return Labeler.objects.create(
        user=user,
        vendor=vendor,
        team=team,
        kind=LabelerKind.PERSON,
        external_id="" if taken else external_id,
        display_name=user.display_name or user.username,
        language=language,
        is_active=user.is_active,
    )


@transaction.atomic
def change_details(user: User, *, display_name: str, email: str, language: str, actor: User) -> User:
    """Correct somebody's name, e-mail and language. Raises InvalidInput where the e-mail is somebody else's."""
    _refuse_taken_email(email, but=user)
    before = {"name": user.display_name, "email": user.email}
    user.display_name, user.email = display_name, email
    user.save(update_fields=["display_name", "email"])
    labeler = Labeler.objects.filter(user=user).first()
    if labeler is not None:
        before["language"] = labeler.language
        labeler.display_name, labeler.language = display_name or user.username, language
        labeler.save(update_fields=["display_name", "language"])
    after = {"name": display_name, "email": email, "language": language}
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if changed:
        record("account_changed", user, actor=actor, detail={"username": user.username, "changed": changed})
    return user


@transaction.atomic
def deactivate_account(user: User, *, actor: User, now: datetime) -> User:
    """End somebody's sessions, tokens and links at once and take them off the work. Nothing they did is deleted.

    What they held is open to others, what was reserved for them is released; unfinished sets wait for their return.
    """
    if user.pk == actor.pk:
        raise Refused("You cannot deactivate your own account. Ask another administrator.")
    refuse_last_administrator(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    Labeler.objects.filter(user=user).update(is_active=False)
    end_tokens(user, now=now)
    Invitation.objects.filter(user=user, used_at=None, revoked_at=None).update(revoked_at=now)
    end_sessions([user], now=now)
    account_deactivated.send(User, user_id=user.pk)
    record("account_deactivated", user, actor=actor, detail={"username": user.username})
    return user


@transaction.atomic
def reactivate_account(user: User, *, actor: User) -> User:
    """Let somebody sign in and work again. Tokens and links stay ended."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    Labeler.objects.filter(user=user).update(is_active=True)
    record("account_reactivated", user, actor=actor, detail={"username": user.username})
    return user


def _refuse_taken_email(email: str, but: User | None = None) -> None:
    if not email:
        return
    owner = User.objects.filter(email__iexact=email).exclude(pk=but.pk if but else 0).first()
    if owner is not None:
        message = f"The e-mail {email} is that of {owner.username}. One person has one account: give another e-mail."
        raise InvalidInput(message, detail={"field": "email"})


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), detail={"field": "password"}) from error
    user.set_password(password)
