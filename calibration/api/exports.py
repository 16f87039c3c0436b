"""Exports of labels, streamed."""

import json
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from calibration.api.parameters import SIGNED_IN, BadParameter, access_of, queue_of, read_parameters
from calibration.enums import Reference
from calibration.queries.exports import export_columns, export_rows
from labeling.enums import QueueKind
from labeling.models import Queue
from qaplatform.api.spreadsheets import csv_lines
from qaplatform.errors import NotFound
from qaplatform.people.access import allow
from qaplatform.people.enums import Role
from qaplatform.people.rules import is_qa_manager

READ_SCOPE = "read"
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
MANAGERS = frozenset({Role.QA_MANAGER})


class AnyAccept(DefaultContentNegotiation):
    """The parameter chooses the form; errors are JSON whatever the Accept header asks for."""

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002  DRF passes it.
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002  DRF passes it.
    ) -> tuple[BaseRenderer, str]:
        """The first renderer."""
        first = next(iter(renderers))
        return first, first.media_type or ""


@allow(is_qa_manager, token_scope=READ_SCOPE)
class LabelExport(APIView):
    """All labels of a queue in long format, one row an item and labeler, with what gold says."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        auth=SIGNED_IN,
        responses=OpenApiTypes.STR,
        parameters=[OpenApiParameter("queue", str, required=True), OpenApiParameter("as", str, required=False)],
        operation_id="exports",
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Parameters: queue (id), as (csv, jsonl)."""
        access = access_of(request)
        sent = read_parameters(request, {"queue": None, "as": FORMATS})
        if "queue" not in sent:
            raise BadParameter("Say which queue: ?queue= and its id.", detail={"parameter": "queue"})
        queue = queue_of(access, sent["queue"])
        if not access.reach(MANAGERS).everything or queue.kind == QueueKind.TRAINING:
            raise NotFound
        kind = sent.get("as", "csv")
        columns = export_columns(queue)
        lines = _csv(queue, columns) if kind == "csv" else _jsonl(queue, columns)
        response = StreamingHttpResponse(lines, content_type=FORMATS[kind])
        response["Content-Disposition"] = f'attachment; filename="labels.{kind}"'
        response["X-Reference"] = Reference.GOLD.value
        return response


def _csv(queue: Queue, columns: Sequence[str]) -> Iterator[str]:
    yield from csv_lines(columns, ([row[name] for name in columns] for row in export_rows(queue, columns)))


def _jsonl(queue: Queue, columns: Sequence[str]) -> Iterator[str]:
    for row in export_rows(queue, columns):
        yield json.dumps(row, ensure_ascii=False) + "\n"
