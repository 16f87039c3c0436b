"""What kinds of files there are. Another application adds its own when it is ready."""

from collections.abc import Callable
from dataclasses import dataclass

from labeling.engine.schemas import parse_questions
from labeling.enums import ImportKind
from labeling.importing.columns import ITEM_FIELDS, LABEL_FIELDS, Field, question_fields
from labeling.models import LabelSchema, Queue
from labeling.services.imports.decisions.merging import import_decisions
from labeling.services.imports.items import import_items
from labeling.services.imports.labels import import_labels
from labeling.services.imports.outcomes import Outcome


@dataclass(frozen=True)
class Importer:
    """How a kind of file is read: what its columns may mean in a queue, and what imports its rows.

    `run` takes the run, the table, the progress and `now`; it raises RowsRefused where some rows do not fit.
    """

    fields: Callable[[Queue], tuple[Field, ...]]
    run: Callable[..., Outcome]


def register_importer(kind: ImportKind, importer: Importer) -> None:
    """Make a kind of file importable."""
    _importers[kind] = importer


def importer_of(kind: str) -> Importer:
    """How a kind of file is read."""
    return _importers[kind]


def fields_of(kind: str, queue: Queue) -> tuple[Field, ...]:
    """What the columns of a file of this kind may mean in this queue."""
    return importer_of(kind).fields(queue)


def _no_fields(_: Queue | None) -> tuple[Field, ...]:
    """The columns of decisions mean more than a field each: see `labeling.importing.meanings`."""
    return ()


def _item_fields(_: Queue) -> tuple[Field, ...]:
    return ITEM_FIELDS


def _label_fields(queue: Queue) -> tuple[Field, ...]:
    schema = LabelSchema.objects.filter(queue=queue).order_by("-number").first()
    questions = parse_questions(schema.questions) if schema else ()
    asked = question_fields((question.key, question.prompt) for question in questions)
    return (*LABEL_FIELDS[:2], *asked, *LABEL_FIELDS[2:])


_importers: dict[str, Importer] = {
    ImportKind.ITEMS: Importer(_item_fields, import_items),
    ImportKind.LABELS: Importer(_label_fields, import_labels),
    ImportKind.DECISIONS: Importer(_no_fields, import_decisions),
}
