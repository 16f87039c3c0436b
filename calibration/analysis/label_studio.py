"""Tasks as Label Studio exports them: a row an annotation, and a row of gold for each ground truth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from calibration.analysis.errors import BadInput
from calibration.analysis.records import Placed, Record

# What a control's answer is called inside its value.
_ANSWERS = ("choices", "rating", "number", "taxonomy")
_OWN = ("item", "rater", "created_at", "lead_time")


def are_tasks(record: Record) -> bool:
    """Whether a record is a task with annotations."""
    return isinstance(record.get("annotations"), list)


def control_names(path: Path, tasks: Iterator[Placed]) -> tuple[list[str], int]:
    """The controls that hold choices, and how many annotations were cancelled. Raises BadInput where none does."""
    found: dict[str, None] = {}
    cancelled = 0
    for place, task in tasks:
        for annotation in _annotations(path, place, task):
            cancelled += bool(annotation.get("was_cancelled"))
            found |= dict.fromkeys(_answers(annotation))
    if not found:
        raise BadInput(
            f"{path} holds Label Studio tasks without choices: spans and boxes cannot be measured here. "
            "Export a project whose annotations choose labels."
        )
    return list(found), cancelled


def annotation_rows(path: Path, tasks: Iterator[Placed], controls: list[str]) -> Iterator[Placed]:
    """A row an annotation: item, rater, a column a control, what the task's data say; cancelled ones are left out.

    A ground truth becomes a row without a rater, whose gold it is. With a single control its columns are `label` and
    `gold`, else `NAME` and `NAME gold`.
    """
    single = controls[0] if len(controls) == 1 else None
    taken = {*_OWN, "label", "gold", *controls}
    for place, task in tasks:
        data = {name: value for name, value in _data(task).items() if name not in taken and _is_plain(value)}
        item = task.get("id", task.get("inner_id"))
        for annotation in _annotations(path, place, task):
            if annotation.get("was_cancelled"):
                continue
            row = {"item": item, **data}
            is_gold = bool(annotation.get("ground_truth"))
            if not is_gold:
                row |= {
                    "rater": _rater(annotation.get("completed_by")),
                    "created_at": annotation.get("created_at"),
                    "lead_time": annotation.get("lead_time"),
                }
            yield place, row | _named(_answers(annotation), single, is_gold=is_gold, controls=controls)


def _named(answers: dict[str, list[Any]], single: str | None, *, is_gold: bool, controls: list[str]) -> Record:
    """The answers under the names of their columns; an annotation without an answer chose nothing."""
    found: Record = {}
    for control in controls:
        column = control if single is None else "label"
        if is_gold:
            column = "gold" if single is not None else f"{control} gold"
        found[column] = answers.get(control, [])
    return found


def _annotations(path: Path, place: str, task: Record) -> list[Record]:
    annotations = task.get("annotations")
    if not isinstance(annotations, list) or not all(isinstance(one, dict) for one in annotations):
        raise BadInput(f"{path}, {place}: the task has no list of annotations. Export the project as JSON once more.")
    return annotations


def _answers(annotation: Record) -> dict[str, list[Any]]:
    """The chosen labels of each control."""
    found: dict[str, list[Any]] = {}
    for part in annotation.get("result") or []:
        value = part.get("value") if isinstance(part, dict) else None
        if not isinstance(value, dict):
            continue
        for name in _ANSWERS:
            if name in value:
                found.setdefault(str(part.get("from_name", "label")), []).extend(_labels(name, value[name]))
    return found


def _labels(name: str, answer: Any) -> list[Any]:
    if name == "taxonomy":
        return [" > ".join(map(str, path)) if isinstance(path, list) else path for path in answer]
    return answer if isinstance(answer, list) else [answer]


def _rater(completed_by: object) -> object:
    """A person's email, or number."""
    if isinstance(completed_by, dict):
        return completed_by.get("email") or completed_by.get("id")
    return completed_by


def _data(task: Record) -> Record:
    data = task.get("data")
    return data if isinstance(data, dict) else {}


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float))
