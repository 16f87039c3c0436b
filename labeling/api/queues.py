"""What a queue asks, and under which policy."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from labeling.api.bodies import find_one, respond
from labeling.queries.policies import policy_of_queue
from labeling.queries.queues import newest_schema, visible_queues
from labeling.rules import LABEL_SCOPE
from qaplatform.errors import NotFound
from qaplatform.people.access import access_of, allow
from qaplatform.people.rules import is_signed_in


@allow(is_signed_in, token_scope=LABEL_SCOPE)
@require_GET
def schema(request: HttpRequest, queue_id: UUID) -> HttpResponse:
    """The questions, newest version."""
    found = newest_schema(find_one(visible_queues(access_of(request)), queue_id))
    if found is None:
        raise NotFound
    return respond({"queue": queue_id, "schema_version": found.number, "questions": found.questions})


@allow(is_signed_in, token_scope=LABEL_SCOPE)
@require_GET
def policy(request: HttpRequest, queue_id: UUID) -> HttpResponse:
    """Clauses and categories of the policy version in force."""
    return respond(policy_of_queue(find_one(visible_queues(access_of(request)), queue_id)))
