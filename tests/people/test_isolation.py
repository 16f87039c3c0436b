"""What is not yours looks exactly like what does not exist (T1), on every route that names something."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from calibration.enums import FlagDecision, SetPurpose
from calibration.models import CoachingPlan, CoachingStep, GoldItem, SkillSuspension
from calibration.services.decisions import decide_flag
from calibration.services.disputes import file_dispute
from calibration.services.pauses import end_pause, start_pause
from labeling.enums import ImportKind
from labeling.models import Adoption, Escalation, ImportFolder, ImportMapping, ImportRun, Label
from labeling.services.assignments import claim_assignment
from labeling.services.joins import join_labeler
from qaplatform import clock
from qaplatform.jobs.models import Job
from qaplatform.people.enums import Role
from qaplatform.people.models import Roster, Team, User
from qaplatform.people.services.tokens import issue_token
from tests.builders import client_for, give_role, make_external_labeler, make_items, make_labeler, make_team, make_user
from tests.calibration.audits.builders import make_disagreement
from tests.calibration.loop.builders import Floor, answer_set, assign, make_floor, make_golds, make_set, wrong_row
from tests.calibration.suspicions import make_suspicion
from tests.people.routes import Route, all_routes

pytestmark = pytest.mark.django_db

NAMED = [route for route in all_routes() if set(route.parameters) - {"table"}]
CHANGING = re.compile(rb'(?:name="csrfmiddlewaretoken" value="|name="csrf-token" content=")[^"]+')

# Which thing of the world each route names.
THINGS: dict[str, str] = {
    "calibration:api_metrics": "queue",
    "calibration:api_scorecard": "labeler",
    "calibration:approve_gold": "gold answer",
    "calibration:assign_set": "set",
    "calibration:attempt": "attempt",
    "calibration:audit": "audit",
    "calibration:close_audit": "audit",
    "calibration:decide_disagreement": "disagreement",
    "calibration:disagreement": "disagreement",
    "calibration:disputed_item": "item",
    "calibration:reassign_audit": "audit",
    "calibration:change_set": "set",
    "calibration:confirm_correction": "dispute",
    "calibration:consensus": "queue",
    "calibration:consensus_export": "queue",
    "calibration:join_answers": "queue",
    "calibration:confirm_gold_correction": "gold answer",
    "calibration:confirm_suspension": "suspension",
    "calibration:correct_gold": "gold",
    "calibration:count_again": "queue",
    "calibration:decide_dispute": "dispute",
    "calibration:decide_flag": "flag",
    "calibration:decide_suspicion": "suspicion",
    "calibration:suspicion": "suspicion",
    "calibration:discard_gold_correction": "gold answer",
    "calibration:dispute_item": "evidence",
    "calibration:feedback": "practice label",
    "calibration:escalation": "escalation",
    "calibration:finish_step": "step",
    "calibration:first_result": "import",
    "calibration:first_result_export": "import",
    "calibration:flag": "flag",
    "calibration:gold_item": "gold",
    "calibration:lift_suspension": "suspension",
    "calibration:pause": "labeler",
    "calibration:end_pause": "pause",
    "calibration:prolong_pause": "pause",
    "calibration:plan": "queue",
    "calibration:plan_consequences": "queue",
    "calibration:plan_curve": "queue",
    "calibration:reject_suspension": "suspension",
    "calibration:reply_to_flag": "flag",
    "calibration:resume_gold": "gold",
    "calibration:retake": "attempt",
    "calibration:retire_gold": "gold",
    "calibration:retire_set": "set",
    "calibration:scorecard": "labeler",
    "calibration:scorecard_export": "labeler",
    "calibration:set": "set",
    "calibration:sign_coaching": "plan",
    "calibration:suspend_gold": "gold",
    "calibration:try_job_again": "job",
    "calibration:uncover_answer": "attempt item",
    "calibration:uncover_evidence": "evidence",
    "calibration:uncover_item": "item",
    "labeling:api_claim": "queue",
    "labeling:api_extend": "assignment",
    "labeling:api_import_items": "queue",
    "labeling:api_import_labels": "queue",
    "labeling:api_import_state": "import",
    "labeling:api_queue_policy": "queue",
    "labeling:api_queue_schema": "queue",
    "labeling:api_reveal": "assignment",
    "labeling:api_revise": "label",
    "labeling:api_skip": "assignment",
    "labeling:api_submit": "assignment",
    "labeling:change_columns": "import",
    "labeling:choose_columns": "import",
    "labeling:confirm_import": "import",
    "labeling:discard_import": "import",
    "labeling:import": "import",
    "labeling:import_progress": "import",
    "labeling:import_words": "import",
    "labeling:join": "external",
    "labeling:joins_of_account": "user",
    "labeling:part": "join",
    "labeling:call_off": "adoption",
    "labeling:choose_queue": "queue",
    "labeling:change_category": "category",
    "labeling:desk_policy": "queue",
    "labeling:move_queue": "queue",
    "labeling:new_category": "policy",
    "labeling:policy": "policy",
    "labeling:read_changes": "queue",
    "labeling:review_version": "policy",
    "labeling:write_version": "policy",
    "labeling:queue": "queue",
    "labeling:queue_questions": "queue",
    "labeling:ask_again": "queue",
    "labeling:queue_settings": "queue",
    "labeling:preview_columns": "import",
    "labeling:start_import": "import",
    "labeling:switch_folder": "watched folder",
    "labeling:rename_mapping": "remembered columns",
    "labeling:forget_mapping": "remembered columns",
    "labeling:undo_import": "import",
    "labeling:workspace": "queue",
    "people:account": "user",
    "people:certify": "user",
    "people:correct_details": "user",
    "people:give_role": "user",
    "people:make_link": "user",
    "people:move_account": "user",
    "people:revoke_certification": "user",
    "people:revoke_link": "user",
    "people:sign_out": "user",
    "people:take_role": "user",
    "people:add_team": "vendor",
    "people:confirm_roster": "roster",
    "people:end_token": "token",
    "people:forget_roster": "roster",
    "people:lead": "team",
    "people:roster": "roster",
    "people:switch_account": "user",
    "people:team": "team",
    "people:vendor": "vendor",
    "people:welcome": "code",
}


@dataclass(frozen=True)
class World:
    """One vendor with everything in it, and people of elsewhere."""

    things: dict[str, UUID]
    outsiders: dict[str, Client]


@pytest.fixture
def world() -> World:
    floor = make_floor(days_ago=20)
    return World(things=_things_of(floor), outsiders=_outsiders_of(floor))


def test_every_route_that_names_something_says_what():
    assert {route.name for route in NAMED} == set(THINGS)


def test_what_is_not_yours_looks_exactly_like_what_does_not_exist(world):
    leaks = [
        (who, method, route.name)
        for who, client in world.outsiders.items()
        for method in ("get", "post")
        for route in NAMED
        if _answer(client, method, route, world.things[THINGS[route.name]]) != _answer(client, method, route, uuid4())
    ]

    assert leaks == []


def _answer(client: Client, method: str, route: Route, thing: UUID) -> tuple[int, bytes]:
    [name] = set(route.parameters) - {"table"}
    response: HttpResponse = getattr(client, method)(reverse(route.name, kwargs={name: thing}))
    body = CHANGING.sub(b"", response.content).replace(str(thing).encode(), b"")
    return response.status_code, body


def _things_of(floor: Floor) -> dict[str, UUID]:
    """One of each kind, all of one vendor, made through the doors that people use."""
    dispute = file_dispute(wrong_row(floor.flag), actor=floor.lena.user, reason="It was right")
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="Misses")
    make_golds(floor.queue, 3)
    pause = start_pause(floor.lena, hours=1, reason="Looked into", actor=floor.quinn, flag=floor.flag)
    end_pause(pause, actor=floor.quentin, reason="It was nothing")
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    [item] = make_items(floor.queue)
    assignment = claim_assignment(floor.queue, floor.lena)
    now = clock.now()
    lasts = now + timedelta(days=1)
    token, _secret = issue_token(
        floor.lena.user, name="t", scopes=["label"], expires_at=lasts, actor=floor.lena.user, now=now
    )
    run = ImportRun.objects.create(
        kind=ImportKind.ITEMS, queue=floor.queue, file_name="items.csv", created_by=floor.quinn
    )
    external = make_external_labeler(vendor=floor.team.vendor)
    suspension = SkillSuspension.objects.get(flag=floor.flag)
    disagreement = make_disagreement(floor.queue, floor.lena, actor=floor.quinn)
    return {
        "adoption": _adoption(floor).public_id,
        "assignment": assignment.id,
        "attempt": attempt.public_id,
        "audit": disagreement.audit.public_id,
        "disagreement": disagreement.public_id,
        "suspicion": make_suspicion(GoldItem.objects.filter(queue=floor.queue)[0]).public_id,
        "attempt item": attempt.answers.all()[0].slot.item.public_id,
        "dispute": dispute.public_id,
        "escalation": Escalation.objects.create(item=item, reason="illegal").public_id,
        "evidence": dispute.evidence.public_id,
        "flag": floor.flag.public_id,
        "pause": pause.public_id,
        "gold": GoldItem.objects.filter(queue=floor.queue)[0].public_id,
        "gold answer": GoldItem.objects.filter(queue=floor.queue)[0].answers.get().public_id,
        "import": run.public_id,
        "external": external.public_id,
        "item": item.public_id,
        "join": join_labeler(external, floor.lena.user, actor=floor.quinn).public_id,
        "job": Job.objects.create(task="calibration.tasks.place_gold", arguments="[]", started_at=now).public_id,
        "label": Label.objects.filter(labeler=floor.lena)[0].public_id,
        "labeler": floor.lena.public_id,
        "practice label": _practice_label(floor),
        "plan": CoachingPlan.objects.get(flag=floor.flag).public_id,
        "policy": floor.queue.policy.public_id,
        "queue": floor.queue.public_id,
        "set": attempt.calibration_set.public_id,
        "step": CoachingStep.objects.filter(plan__flag=floor.flag)[0].public_id,
        "suspension": suspension.public_id,
        "roster": Roster.objects.create(text="Ana", created_by=floor.quinn).public_id,
        "team": floor.team.public_id,
        "token": token.public_id,
        "user": floor.lena.user.public_id,
        "watched folder": _watched(floor).public_id,
        "remembered columns": ImportMapping.objects.get().public_id,
        "category": floor.queue.policy.categories.all()[0].public_id,
        "code": floor.lena.user.public_id,
        "vendor": floor.team.vendor.public_id,
    }


def _adoption(floor: Floor) -> Adoption:
    soon, version = clock.now() + timedelta(days=1), floor.queue.policy_version
    return Adoption.objects.create(
        queue=floor.queue, version=version, previous=version, at=soon, grace_until=soon, adopted_by=floor.quinn
    )


def _practice_label(floor: Floor) -> UUID:
    practice = make_set(floor.queue, actor=floor.tara, purpose=SetPurpose.PRACTICE, name="Practice")
    attempt = assign(practice, floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam"])
    return Label.objects.get(slot__attempt_answer__attempt=attempt).public_id


def _watched(floor: Floor) -> ImportFolder:
    mapping = ImportMapping.objects.create(name="weekly", header_hash="0", created_by=floor.quinn)
    return ImportFolder.objects.create(path="weekly", mapping=mapping, created_by=floor.quinn)


def _outsiders_of(floor: Floor) -> dict[str, Client]:
    """A colleague, people of a sibling team and of another vendor, each with a role that opens such pages at home."""
    elsewhere, sibling = make_team(), make_team(floor.team.vendor)
    return {
        "a colleague": client_for(make_labeler(team=floor.team)),
        "a labeler elsewhere": client_for(make_labeler(team=elsewhere)),
        "the lead of a sibling team": client_for(_lead_of(sibling)),
        "a lead elsewhere": client_for(_lead_of(elsewhere)),
        "a vendor manager elsewhere": client_for(make_user(roles=[Role.VENDOR_MANAGER], vendor=elsewhere.vendor)),
        "nobody": Client(),
    }


def _lead_of(team: Team) -> User:
    give_role(user := make_user(), Role.TEAM_LEAD, team=team)
    return user
