"""Reading query parameters: only listed ones exist."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request

from labeling.models import Queue
from labeling.queries.queues import visible_queues
from qaplatform.errors import DomainError, NotFound
from qaplatform.people.access import Access
from qaplatform.people.access import access_of as read_access_of

# How a program shows who it is, in the words of the OpenAPI.
SIGNED_IN: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
PAGING = {"cursor": None, "page_size": None}


class BadParameter(DomainError):
    """A query parameter that does not exist, or a value that it cannot have."""

    code = "bad_parameter"
    http_status = 400


def access_of(request: Request) -> Access:
    """Who asks, as the middleware read it."""
    return read_access_of(request._request)  # noqa: SLF001


def read_parameters(request: Request, listed: Mapping[str, object]) -> dict[str, str]:
    """The query parameters that were sent; `listed` names all that exist, with their choices or None for free text."""
    for name, value in request.query_params.items():
        if name not in listed:
            known = ", ".join(sorted(listed)) or "none"
            raise BadParameter(f"There is no parameter {name}. Parameters: {known}.", detail={"parameter": name})
        choices = listed[name]
        if choices is not None and value not in choices:  # type: ignore[operator]
            words = ", ".join(sorted(choices))  # type: ignore[call-overload]
            raise BadParameter(f"{name} is one of: {words}.", detail={"parameter": name})
    return dict(request.query_params.items())


def queue_of(access: Access, public_id: UUID | str) -> Queue:
    """A visible queue by its public id; one that is not visible does not exist."""
    return _find(visible_queues(access), public_id)


def _find(queues: QuerySet[Queue], public_id: UUID | str) -> Queue:
    try:
        wanted = public_id if isinstance(public_id, UUID) else UUID(public_id)
    except ValueError as error:
        raise BadParameter("queue is the id of a queue, a UUID.", detail={"parameter": "queue"}) from error
    found = queues.filter(public_id=wanted).first()
    if found is None:
        raise NotFound
    return found
