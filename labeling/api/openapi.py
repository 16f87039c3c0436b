"""The plain views in the words of OpenAPI 3.0, written by hand; a test holds real answers against it."""

from typing import Any

from drf_spectacular.views import SpectacularAPIView

from labeling.engine.eligibility import Barrier
from labeling.engine.schemas import QuestionKind
from labeling.enums import ContentKind, ImportKind, ImportState, SkipReason
from labeling.rules import LABEL_SCOPE
from qaplatform.people.access import allow
from qaplatform.people.rules import is_anybody

Json = dict[str, Any]

UUID: Json = {"type": "string", "format": "uuid"}
MOMENT: Json = {"type": "string", "format": "date-time"}
TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer"}
FREE: Json = {"type": "object", "additionalProperties": True}
SWITCH: Json = {"type": "boolean", "default": False}
ANSWERS: Json = {
    "type": "object",
    "description": "A value a question: a code, a list of codes, or “cannot_tell”.",
    "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
}


@allow(is_anybody, token_scope=LABEL_SCOPE)
class Schema(SpectacularAPIView):
    """The whole API in OpenAPI."""


def _shape(required: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(name: str) -> Json:
    return {"allOf": [_ref(name)], "nullable": True}


COMPONENTS: Json = {
    "Error": _shape({"code": TEXT, "message": TEXT, "detail": FREE}),
    "Content": _shape(
        {
            "kind": {"type": "string", "enum": ContentKind.values},
            "covered": {"type": "boolean", "description": "True: the body is null until it is revealed."},
            "body": FREE | {"nullable": True},
        }
    ),
    "ShownItem": _shape({"content": _ref("Content"), "context": FREE}),
    "Assignment": _shape(
        {
            "id": UUID,
            "token": UUID,
            "lease_until": MOMENT,
            "queue": UUID,
            "item": _ref("ShownItem"),
            "schema_version": NUMBER,
        }
    ),
    "Receipt": _shape({"id": UUID, "assignment": UUID}),
    "Submitted": _shape({"label": _ref("Receipt"), "next": _nullable("Assignment")}),
    "Skipped": _shape({"next": _nullable("Assignment")}),
    "Extended": _shape({"lease_until": MOMENT}),
    "Revealed": _shape({"item": _ref("ShownItem")}),
    "Revised": _shape({"label": _shape({"id": UUID, "answers": ANSWERS})}),
    "GivenBack": _shape({"given_back": NUMBER}),
    "Claim": {"type": "object", "properties": {"prefetch": SWITCH}},
    "Submit": _shape(
        {"token": UUID, "answers": ANSWERS},
        {
            "rationale": TEXT,
            "confidence": {"type": "number", "minimum": 0, "maximum": 1, "nullable": True},
            "active_ms": {"type": "integer", "minimum": 0, "nullable": True},
            "claim_next": SWITCH,
        },
    ),
    "Token": _shape({"token": UUID}),
    "Skip": _shape(
        {"token": UUID, "reason": {"type": "string", "enum": SkipReason.values}}, {"note": TEXT, "claim_next": SWITCH}
    ),
    "Revise": _shape({"answers": ANSWERS}, {"rationale": TEXT}),
    "Question": {
        "type": "object",
        "properties": {"key": TEXT, "kind": {"type": "string", "enum": list(QuestionKind)}, "prompt": TEXT},
        "required": ["key", "kind", "prompt"],
    },
    "Import": _shape(
        {
            "id": UUID,
            "queue": UUID,
            "kind": {"type": "string", "enum": ImportKind.values},
            "state": {"type": "string", "enum": ImportState.values},
            "rows": _shape({"read": NUMBER, "new": NUMBER, "changed": NUMBER, "same": NUMBER}),
            "notes": {"type": "array", "items": TEXT},
            "error_count": NUMBER,
            "errors": {
                "type": "array",
                "description": "The first hundred; line 0 means the body as a whole.",
                "items": _shape({"line": NUMBER, "message": TEXT}),
            },
        }
    ),
    "ImportOrError": {"oneOf": [_ref("Import"), _ref("Error")]},
    "QueueSchema": _shape(
        {"queue": UUID, "schema_version": NUMBER, "questions": {"type": "array", "items": _ref("Question")}}
    ),
    "PolicyText": _shape(
        {
            "name": TEXT,
            "version": NUMBER,
            "clauses": {"type": "array", "items": _shape({"code": TEXT, "title": TEXT, "text": TEXT})},
            "categories": {
                "type": "array",
                "items": _shape({"code": TEXT, "name": TEXT, "clause": TEXT | {"nullable": True}, "severity": NUMBER}),
            },
        }
    ),
}

NOTHING_HEADERS: Json = {
    "X-Queue-Reason": {"schema": {"type": "string", "enum": list(Barrier)}, "description": "Why nothing is there."},
    "Retry-After": {"schema": NUMBER, "description": "Seconds after which asking again makes sense."},
}
KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 100},
    "description": "Sent again with the same body within seven days, the same label comes back, byte by byte.",
}

ERRORS: dict[str, str] = {
    "401": "Not signed in, or the token is not valid.",
    "404": "It does not exist, or not for whoever asks.",
    "409": "The assignment went to somebody else, was answered already, or its item was withdrawn.",
    "413": "The body is larger than 64 KB.",
    "422": "What was sent does not fit; detail.field names where.",
}
READING_ERRORS = {status: ERRORS[status] for status in ("401", "404")}
IMPORT_ERRORS = READING_ERRORS | {"413": "The body is larger than 200 MB."}

LINES: Json = {
    "required": True,
    "description": "One JSON object a line. All of them are imported, or none.",
    "content": {"application/x-ndjson": {"schema": TEXT}},
}


def _json(name: str) -> Json:
    return {"application/json": {"schema": _ref(name)}}


def _answer(name: str, description: str, headers: Json | None = None) -> Json:
    return {"description": description, "content": _json(name)} | ({"headers": headers} if headers else {})


def _operation(
    operation_id: str,
    summary: str,
    answers: Json,
    *,
    errors: dict[str, str],
    at: str = "",
    body: Json | None = None,
    headers: tuple[Json, ...] = (),
) -> Json:
    parameters = [*headers]
    if at:
        parameters.insert(0, {"name": at, "in": "path", "required": True, "schema": UUID})
    operation: Json = {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["labeling"],
        "security": [{"token": []}, {"session": []}],
        "parameters": parameters,
        "responses": answers | {status: _answer("Error", words) for status, words in errors.items()},
    }
    return operation | ({"requestBody": body} if body else {})


def _post(operation_id: str, summary: str, answers: Json, *, body: str = "", **parts: Any) -> Json:
    sent = {"required": body != "Claim", "content": _json(body)} if body else None
    return {"post": _operation(operation_id, summary, answers, errors=ERRORS, body=sent, **parts)}


def _get(operation_id: str, summary: str, answers: Json, *, at: str) -> Json:
    return {"get": _operation(operation_id, summary, answers, errors=READING_ERRORS, at=at)}


def _import(operation_id: str, summary: str) -> Json:
    answers = {
        "200": _answer("Import", "All of it is imported"),
        "202": _answer("Import", "More than 2 MB: it goes on; ask for the import until it is done or refused"),
        "422": _answer("ImportOrError", "Nothing was imported; the errors stand by line"),
    }
    return {"post": _operation(operation_id, summary, answers, errors=IMPORT_ERRORS, at="queue_id", body=LINES)}


PATHS: Json = {
    "/api/v1/queues/{queue_id}/claim": _post(
        "claim",
        "Get an assignment; whoever holds one gets it again",
        {
            "200": _answer("Assignment", "The assignment"),
            "204": {"description": "Nothing is there now", "headers": NOTHING_HEADERS},
        },
        at="queue_id",
        body="Claim",
    ),
    "/api/v1/queues/{queue_id}/schema": _get(
        "queue_schema", "What the queue asks", {"200": _answer("QueueSchema", "The questions")}, at="queue_id"
    ),
    "/api/v1/queues/{queue_id}/policy": _get(
        "queue_policy", "The policy in force", {"200": _answer("PolicyText", "The text")}, at="queue_id"
    ),
    "/api/v1/queues/{queue_id}/items": _import("import_items", "Import items; those that are there already change"),
    "/api/v1/queues/{queue_id}/labels": _import("import_labels", "Import labels made elsewhere"),
    "/api/v1/imports/{import_id}": _get(
        "import_state",
        "How far an import is, or what became of it",
        {"200": _answer("Import", "The import")},
        at="import_id",
    ),
    "/api/v1/assignments/{assignment_id}/submit": _post(
        "submit",
        "Answer, and get the next assignment where it is asked for",
        {"201": _answer("Submitted", "Stored", NOTHING_HEADERS)},
        at="assignment_id",
        body="Submit",
        headers=(KEY,),
    ),
    "/api/v1/assignments/{assignment_id}/extend": _post(
        "extend",
        "Start the lease anew",
        {"200": _answer("Extended", "The new end")},
        at="assignment_id",
        body="Token",
    ),
    "/api/v1/assignments/{assignment_id}/skip": _post(
        "skip",
        "Give back with a reason; the item never returns to this person",
        {"200": _answer("Skipped", "Given back", NOTHING_HEADERS)},
        at="assignment_id",
        body="Skip",
    ),
    "/api/v1/assignments/{assignment_id}/reveal": _post(
        "reveal",
        "Uncover a sensitive item; the exposure is recorded",
        {"200": _answer("Revealed", "The item")},
        at="assignment_id",
        body="Token",
    ),
    "/api/v1/labels/{label_id}/revise": _post(
        "revise",
        "Change the last answer, within five minutes and before the next one is sent",
        {"201": _answer("Revised", "The label that stands instead")},
        at="label_id",
        body="Revise",
    ),
    "/api/v1/work/pause": _post(
        "pause", "Give back whatever is held", {"200": _answer("GivenBack", "How many assignments were given back")}
    ),
}

SECURITY: Json = {
    "token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token …"},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
}


def describe_plain_views(result: Json, generator: Any, request: Any, public: bool) -> Json:  # noqa: ARG001, FBT001  The hook's shape is the library's.
    """A hook of drf-spectacular: add what it cannot see."""
    components = result.setdefault("components", {})
    components["schemas"] = components.get("schemas", {}) | COMPONENTS
    components["securitySchemes"] = components.get("securitySchemes", {}) | SECURITY
    result["paths"] = result.get("paths", {}) | PATHS
    return result
