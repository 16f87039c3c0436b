"""Changing an answer."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from labeling.api.assignments import own_labeler
from labeling.api.bodies import ReviseBody, find_one, read_body, respond, revised_body
from labeling.queries.labels import own_labels
from labeling.rules import LABEL_SCOPE
from labeling.services.labels import revise_label
from qaplatform.people.access import access_of, allow
from qaplatform.people.labeler_role import as_labeler
from qaplatform.people.rules import is_labeler


@allow(is_labeler, token_scope=LABEL_SCOPE)
@require_POST
@as_labeler
def revise(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """201 with the label that stands instead."""
    body = read_body(request, ReviseBody)
    label = find_one(own_labels(access_of(request)).select_related("schema"), label_id)
    revision = revise_label(label, own_labeler(request), answers=body.answers, rationale=body.rationale)
    return respond(revised_body(label=revision.public_id, answers=revision.answers), status=201)
