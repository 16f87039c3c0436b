"""Uncovering sensitive items outside the workspace."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from labeling.models import Item, Reveal
from qaplatform import clock
from qaplatform.trail.services import record


@transaction.atomic
def uncover_item(item: Item, *, actor: AbstractBaseUser, labeler_id: int | None) -> None:
    """Write down, before any content is sent, that somebody looks; whoever also labels has it counted as exposure."""
    record("item.uncovered", item, actor=actor)
    if labeler_id is not None:
        Reveal.objects.create(labeler_id=labeler_id, item=item, content_hash=item.content_hash, at=clock.database_now())
