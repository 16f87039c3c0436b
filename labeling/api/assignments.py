"""Claim, submit, extend, skip, reveal and pause as plain views: the shortest way through."""

from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from labeling.api.bodies import (
    ClaimBody,
    SkipBody,
    SubmitBody,
    TokenBody,
    assignment_body,
    hash_of,
    read_body,
    respond,
    respond_with_next,
    respond_with_nothing,
    revealed_body,
)
from labeling.queries.claims import find_door, read_door
from labeling.rules import LABEL_SCOPE
from labeling.services.assignments import (
    Nothing,
    claim_at,
    extend_lease,
    give_back_leases,
    reveal_item,
    skip_assignment,
)
from labeling.services.labels import Submission, submit_under_key, submit_without_key
from qaplatform.errors import NotFound
from qaplatform.people.access import access_of, allow
from qaplatform.people.labeler_role import as_labeler
from qaplatform.people.models import Labeler
from qaplatform.people.rules import is_labeler

KEY_HEADER = "Idempotency-Key"


@allow(is_labeler, token_scope=LABEL_SCOPE)
@require_POST
@as_labeler
def claim(request: HttpRequest, queue_id: UUID) -> HttpResponse:
    """200 with an assignment, or 204 with the reason."""
    body = read_body(request, ClaimBody)
    door = find_door(queue_id, own_labeler(request).pk)
    if door is None:
        raise NotFound
    found = claim_at(door, prefetch=body.prefetch)
    return respond_with_nothing(found) if isinstance(found, Nothing) else respond(assignment_body(found))


@allow(is_labeler, token_scope=LABEL_SCOPE)
@require_POST
@as_labeler
def submit(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """201 with the label and, where it is asked for, the next assignment."""
    body = read_body(request, SubmitBody)
    labeler = own_labeler(request)
    submission = Submission(body.token, body.answers, body.rationale, body.confidence, body.active_ms)
    key = request.headers.get(KEY_HEADER)
    if key is None:
        receipt = submit_without_key(assignment_id, labeler, submission)
    else:
        receipt = submit_under_key(assignment_id, labeler, submission, key=key, body_hash=hash_of(request))
    following = claim_at(read_door(receipt.queue_id, labeler.pk)) if body.claim_next else None
    return respond_with_next(status=receipt.status, label=receipt.label, following=following)


@allow(is_labeler, token_scope=LABEL_SCOPE)
@require_POST
@as_labeler
def extend(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """200 with the new end of the lease."""
    body = read_body(request, TokenBody)
    return respond({"lease_until": extend_lease(assignment_id, body.token, own_labeler(request))})


@allow(is_labeler, token_scope=LABEL_SCOPE)
@require_POST
@as_labeler
def skip(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """200 with the next assignment, where it is asked for."""
    body = read_body(request, SkipBody)
    labeler = own_labeler(request)
    queue_id = skip_assignment(assignment_id, body.token, labeler, reason=body.reason, note=body.note)
    following = claim_at(read_door(queue_id, labeler.pk)) if body.claim_next else None
    return respond_with_next(status=200, label=None, following=following)


@allow(is_labeler, token_scope=LABEL_SCOPE)
@require_POST
@as_labeler
def reveal(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """200 with the item uncovered; the exposure is on record before."""
    body = read_body(request, TokenBody)
    return respond(revealed_body(reveal_item(assignment_id, body.token, own_labeler(request))))


@allow(is_labeler, token_scope=LABEL_SCOPE)
@require_POST
@as_labeler
def pause(request: HttpRequest) -> HttpResponse:
    """200: whatever was held is open again."""
    return respond({"given_back": give_back_leases(own_labeler(request))})


def own_labeler(request: HttpRequest) -> Labeler:
    """The labeler of whoever asks, whom the rule has seen to; fields but the key are read when they are asked for."""
    return Labeler.from_db(DEFAULT_DB_ALIAS, ["id"], [access_of(request).labeler_id])
