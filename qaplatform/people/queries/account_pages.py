"""What the page of an account shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from qaplatform.people.models import Invitation, Labeler, Membership, SkillGrant, User
from qaplatform.people.queries.sessions import live_sessions
from qaplatform.people.queries.work_facts import work_facts
from qaplatform.trail.models import TrailEntry

MOST_EVENTS = 100
WORDS = {
    "account_created": "Account made",
    "account_changed": "Details corrected",
    "account_deactivated": "Deactivated",
    "account_reactivated": "Let in again",
    "role_given": "Role given",
    "role_taken": "Role taken back",
    "labeler_moved": "Moved",
    "invited": "One-time link made",
    "invitation_used": "Password set by the link",
    "invitation_revoked": "One-time link revoked",
    "password_ended": "Old password ended",
    "password_renewed": "New password given",
    "signed_out": "Signed out everywhere",
    "token_issued": "API token made",
    "token_revoked": "API token ended",
    "skill_granted": "Certified",
    "skill_suspended": "Certification suspended",
    "skill_reinstated": "Certification reinstated",
    "skill_revoked": "Certification revoked",
    "labeler_joined": "Imported decisions joined",
    "labeler_parted": "Joined decisions given back",
}
SHOWN = ("role", "skill", "reason", "from", "to", "name", "external", "vendor", "team", "sessions", "tokens")


@dataclass(frozen=True)
class Event:
    """One line of somebody's history."""

    at: datetime
    actor: str
    words: str
    detail: str


@dataclass(frozen=True)
class AccountPage:
    """Everything on the page."""

    memberships: Sequence[Membership]
    labeler: Labeler | None
    grants: Sequence[SkillGrant]
    work: Sequence[str]
    invitation: Invitation | None
    sessions: int
    tokens: int
    history: Sequence[Event]


def read_account(user: User, *, now: datetime) -> AccountPage:
    """Read the page of an account."""
    labeler = Labeler.objects.select_related("vendor", "team").filter(user=user).first()
    grants = list(SkillGrant.objects.filter(labeler=labeler).select_related("skill", "granted_by")) if labeler else []
    grants.sort(key=lambda grant: (grant.revoked_at is not None, grant.skill.name))
    return AccountPage(
        memberships=list(user.memberships.select_related("vendor", "team").order_by("pk")),
        labeler=labeler,
        grants=grants,
        work=work_facts(labeler) if labeler else [],
        invitation=user.invitations.filter(used_at=None, revoked_at=None).first(),
        sessions=len(live_sessions({user.pk}, now=now).get(user.pk, [])),
        tokens=user.api_tokens.filter(revoked_at=None, expires_at__gt=now).count(),
        history=_history(user, labeler, grants),
    )


def _history(user: User, labeler: Labeler | None, grants: Sequence[SkillGrant]) -> list[Event]:
    about = Q(target_kind="user", target_id=user.public_id)
    if labeler is not None:
        about |= Q(target_kind="labeler", target_id=labeler.public_id)
        about |= Q(target_kind="skillgrant", target_id__in=[grant.public_id for grant in grants])
    entries = TrailEntry.objects.filter(about).select_related("actor").order_by("-pk")[:MOST_EVENTS]
    return [
        Event(
            entry.at,
            str(entry.actor or "the product"),
            WORDS.get(entry.action, _plain(entry.action)),
            _told(entry.detail),
        )
        for entry in entries
    ]


def _plain(action: str) -> str:
    return action.replace("_", " ").replace(".", " ").capitalize()


def _told(detail: Mapping[str, object]) -> str:
    """The facts of an entry that a reader wants, in one line."""
    changed = detail.get("changed")
    if isinstance(changed, dict):
        return "; ".join(
            f"{name}: {before or 'nothing'} to {after or 'nothing'}" for name, (before, after) in changed.items()
        )
    if "from" in detail and "to" in detail:
        return f"{detail['from']} to {detail['to']}"
    said = [(name, detail[name]) for name in SHOWN if detail.get(name)]
    return ", ".join(str(value).replace("_", " ") if name == "role" else str(value) for name, value in said)
