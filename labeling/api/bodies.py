"""Bodies of the plain views: what clients send and get, and how it is read. `openapi.py` describes the same by hand."""

from hashlib import sha256
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from msgspec import Meta, Struct

from labeling.engine.answers import Answer
from labeling.queries.claims import Assignment
from labeling.services.assignments import Nothing, Revealed
from qaplatform.errors import DomainError, InvalidInput, NotFound

LARGEST_BODY = 64 * 1024
REASON_HEADER = "X-Queue-Reason"
JSON_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store, private"}

Body = TypeVar("Body", bound=Struct)
Row = TypeVar("Row", bound=Model)


class ClaimBody(Struct):
    """`prefetch` asks for the assignment that comes after the present one."""

    prefetch: bool = False


class SubmitBody(Struct, forbid_unknown_fields=True):
    token: UUID
    answers: dict[str, Any]
    rationale: str = ""
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    active_ms: Annotated[int, Meta(ge=0, le=2_147_483_647)] | None = None
    claim_next: bool = False


class TokenBody(Struct, forbid_unknown_fields=True):
    token: UUID


class SkipBody(Struct, forbid_unknown_fields=True):
    token: UUID
    reason: str
    note: str = ""
    claim_next: bool = False


class ReviseBody(Struct, forbid_unknown_fields=True):
    answers: dict[str, Any]
    rationale: str = ""


class TooLarge(DomainError):
    """More was sent than a body may hold."""

    code = "too_large"
    http_status = 413


def read_body(request: HttpRequest, shape: type[Body]) -> Body:
    """The body in its shape; an empty body counts as an empty object. Raises InvalidInput, TooLarge."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY or len(request.body) > LARGEST_BODY:
        raise TooLarge(f"The body is larger than {LARGEST_BODY // 1024} KB. Shorten the rationale.")
    if b"\\u0000" in request.body:
        raise InvalidInput("The body holds a NUL character. Remove it.", detail={"field": "body"})
    try:
        return msgspec.json.decode(request.body or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The body does not fit: {error}.", detail={"field": _field(error)}) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("The body is not JSON in UTF-8.", detail={"field": "body"}) from error


def find_one(rows: QuerySet[Row], public_id: UUID) -> Row:
    """The row with this id among those that exist for whoever asks. Raises NotFound."""
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def hash_of(request: HttpRequest) -> str:
    """What tells two submits under one key apart: the address and the bytes that were sent."""
    return sha256(request.path.encode() + b"\n" + request.body).hexdigest()


def assignment_body(assignment: Assignment) -> dict[str, object]:
    """An assignment as clients get it: one shape, whatever the slot is for."""
    content = {"kind": assignment.kind, "covered": assignment.is_covered, "body": assignment.content}
    return {
        "id": assignment.id,
        "token": assignment.token,
        "lease_until": assignment.lease_until,
        "queue": assignment.queue,
        "item": {"content": content, "context": assignment.context},
        "schema_version": assignment.schema_version,
    }


def revealed_body(revealed: Revealed) -> dict[str, object]:
    """The item part of an assignment, uncovered."""
    content = {"kind": revealed.kind, "covered": False, "body": revealed.content}
    return {"item": {"content": content, "context": revealed.context}}


def revised_body(*, label: UUID, answers: dict[str, Answer]) -> dict[str, object]:
    """A revision as its author gets it."""
    return {"label": {"id": label, "answers": answers}}


def respond(body: object, *, status: int = 200) -> HttpResponse:
    """JSON that no cache keeps."""
    return HttpResponse(msgspec.json.encode(body), status=status, headers=JSON_HEADERS)


def respond_with_nothing(nothing: Nothing) -> HttpResponse:
    """204 with the reason and when to ask again."""
    response = HttpResponse(status=204)
    _explain(response, nothing)
    return response


def respond_with_next(*, status: int, label: str | None, following: Assignment | Nothing | None) -> HttpResponse:
    """What a submit or a skip is answered with; `label` is JSON text and stays as it is, byte by byte."""
    body: dict[str, object] = {} if label is None else {"label": msgspec.Raw(label.encode())}
    body["next"] = assignment_body(following) if isinstance(following, Assignment) else None
    response = respond(body, status=status)
    if isinstance(following, Nothing):
        _explain(response, following)
    return response


def _explain(response: HttpResponse, nothing: Nothing) -> None:
    response[REASON_HEADER] = nothing.reason.value
    response["Retry-After"] = str(nothing.retry_after)


def _field(error: msgspec.ValidationError) -> str:
    """The field that msgspec names in its message, as in “… - at `$.token`”."""
    _, found, place = str(error).rpartition("`$.")
    return place.rstrip("`") if found else "body"
