"""Carrying out a coaching plan: step by step, then signed by both sides."""

from django.db import transaction

from calibration.enums import FlagState
from calibration.models import CoachingPlan, CoachingStep, FlagEvent
from calibration.services.decisions import close_by_sign_off
from qaplatform import clock
from qaplatform.errors import Refused
from qaplatform.people.models import User
from qaplatform.trail.services import record


@transaction.atomic
def mark_step_done(step: CoachingStep, *, actor: User) -> CoachingStep:
    """Mark a step as done; either side may."""
    if step.plan.coach_signed_at and step.plan.labeler_signed_at:
        raise Refused("This plan is signed by both sides. It stays as it is.")
    if step.done_at is None:
        step.done_at, step.done_by = clock.now(), actor
        step.save(update_fields=["done_at", "done_by"])
    return step


@transaction.atomic
def sign_plan(plan: CoachingPlan, *, actor: User) -> CoachingPlan:
    """Sign that the plan was carried out: the flagged person for themselves, anybody else as the coach."""
    locked = CoachingPlan.objects.select_for_update(of=("self",)).select_related("flag__labeler").get(pk=plan.pk)
    if locked.steps.filter(done_at=None).exists():
        raise Refused("Not all steps are done yet. Mark each step as done, then sign.")
    _sign(locked, actor=actor)
    FlagEvent.objects.create(flag=locked.flag, actor=actor, action="coaching_signed")
    record("coaching_signed", locked, actor=actor)
    if locked.coach_signed_at and locked.labeler_signed_at and locked.flag.state == FlagState.COACHING:
        close_by_sign_off(locked.flag, actor=actor)
    return locked


def _sign(plan: CoachingPlan, *, actor: User) -> None:
    now = clock.now()
    if plan.flag.labeler.user_id == actor.pk:
        plan.labeler_signed_at = plan.labeler_signed_at or now
    else:
        plan.coach, plan.coach_signed_at = plan.coach or actor, plan.coach_signed_at or now
    plan.save(update_fields=["coach", "coach_signed_at", "labeler_signed_at"])
