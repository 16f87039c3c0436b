"""Skills given, suspended and taken back. Each act is recorded in the trail."""

from datetime import datetime

from django.db import transaction

from qaplatform.errors import Refused
from qaplatform.people.enums import GrantSource
from qaplatform.people.models import Labeler, Skill, SkillGrant, User
from qaplatform.trail.services import record


@transaction.atomic
def grant_skill(
    labeler: Labeler, skill: Skill, *, source: GrantSource, reason: str, actor: User | None, now: datetime
) -> SkillGrant:
    """Certify somebody: a new grant, or the old one without its suspension and end."""
    grant = SkillGrant.objects.select_for_update().filter(labeler=labeler, skill=skill, revoked_at=None).first()
    if grant is None:
        grant = SkillGrant(labeler=labeler, skill=skill)
    grant.source, grant.reason, grant.granted_by, grant.granted_at = source, reason, actor, now
    grant.suspended_at = grant.expires_at = None
    grant.save()
    record("skill_granted", grant, actor=actor, detail={"skill": skill.name, "reason": reason, "source": source})
    return grant


@transaction.atomic
def suspend_grant(grant: SkillGrant, *, reason: str, actor: User | None, now: datetime) -> SkillGrant:
    """Close the queues of a skill to somebody for now."""
    grant = _lock(grant)
    if grant.revoked_at or grant.suspended_at:
        raise Refused("This certification is already suspended or revoked. Reload the page to see how it stands.")
    return _change(grant, "skill_suspended", reason=reason, actor=actor, suspended_at=now)


@transaction.atomic
def reinstate_grant(grant: SkillGrant, *, reason: str, actor: User | None, now: datetime) -> SkillGrant:
    """End a suspension."""
    grant = _lock(grant)
    if grant.revoked_at:
        raise Refused("This certification was revoked; it cannot be reinstated. Certify the person anew.")
    return _change(grant, "skill_reinstated", reason=reason, actor=actor, suspended_at=None, granted_at=now)


@transaction.atomic
def revoke_grant(grant: SkillGrant, *, reason: str, actor: User | None, now: datetime) -> SkillGrant:
    """Take a skill back for good."""
    return _change(_lock(grant), "skill_revoked", reason=reason, actor=actor, revoked_at=now)


def _lock(grant: SkillGrant) -> SkillGrant:
    return SkillGrant.objects.select_for_update().select_related("skill").get(pk=grant.pk)


def _change(
    grant: SkillGrant, action: str, *, reason: str, actor: User | None, **fields: datetime | None
) -> SkillGrant:
    for name, value in fields.items():
        setattr(grant, name, value)
    grant.save(update_fields=list(fields))
    record(action, grant, actor=actor, detail={"skill": grant.skill.name, "reason": reason})
    return grant
