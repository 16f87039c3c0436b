"""Writing the trail."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser

from qaplatform.trail.models import TrailEntry


class Target(Protocol):
    """Whatever has a public id."""

    public_id: UUID


def record(
    action: str, target: Target, *, actor: AbstractBaseUser | None, detail: Mapping[str, object] | None = None
) -> TrailEntry:
    """Append one act, in the caller's transaction. `actor` None is the product itself."""
    return TrailEntry.objects.create(
        action=action,
        actor_id=actor.pk if actor else None,
        target_kind=type(target).__name__.lower(),
        target_id=target.public_id,
        detail=dict(detail or {}),
    )
