"""What a queue asks: questions, read from JSON and checked."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from labeling.engine.errors import SchemaError

CANNOT_TELL = "cannot_tell"
MOST_QUESTIONS = 30
MOST_OPTIONS = 500
LONGEST_PROMPT = 500
LONGEST_NAME = 200
HIGHEST_SEVERITY = 4
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
KEYS = frozenset({"key", "kind", "prompt", "options", "taxonomy", "cannot_tell", "required", "show_if"})


class QuestionKind(StrEnum):
    """How a question is answered. `labeling.engine.answers` holds one check for each."""

    SINGLE = "single"
    MULTI = "multi"
    ORDINAL = "ordinal"
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Option:
    """One answer to choose; `parent` is the code of the option that it belongs under."""

    code: str
    name: str
    parent: str | None = None
    severity: int | None = None


@dataclass(frozen=True)
class ShowIf:
    """A question is asked only where an earlier one was answered with one of these codes."""

    question: str
    any_of: frozenset[str]


@dataclass(frozen=True)
class Question:
    """One question. `taxonomy` marks the one whose options are the policy's categories."""

    key: str
    kind: QuestionKind
    prompt: str
    options: tuple[Option, ...] = ()
    taxonomy: bool = False
    cannot_tell: bool = False
    required: bool = True
    show_if: ShowIf | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that may be answered, in order, without "cannot tell"."""
        return tuple(option.code for option in self.options)


YES_AND_NO = (Option("yes", "Yes"), Option("no", "No"))


def parse_questions(json: object) -> tuple[Question, ...]:
    """Questions as `LabelSchema.questions` stores them. Raises SchemaError with the field.

    >>> [question.key for question in parse_questions([{"key": "ok", "kind": "yes_no", "prompt": "Is it fine?"}])]
    ['ok']
    """
    if not isinstance(json, list) or not json:
        raise SchemaError("questions", "A queue needs a list of one question or more.")
    if len(json) > MOST_QUESTIONS:
        raise SchemaError("questions", f"A queue asks {MOST_QUESTIONS} questions at most; these are {len(json)}.")
    questions: list[Question] = []
    for number, part in enumerate(json, start=1):
        questions.append(_question(part, f"question {number}", earlier=questions))
    if sum(question.taxonomy for question in questions) > 1:
        raise SchemaError("taxonomy", "Only one question can ask for the policy's categories.")
    return tuple(questions)


def taxonomy_question(questions: Sequence[Question]) -> Question | None:
    """The question whose options are the policy's categories, if there is one."""
    return next((question for question in questions if question.taxonomy), None)


def _question(part: object, where: str, *, earlier: Sequence[Question]) -> Question:
    fields = _mapping(part, where)
    unknown = sorted(set(fields) - KEYS)
    if unknown:
        raise SchemaError(where, f"“{unknown[0]}” is not known in a question. Use only: {', '.join(sorted(KEYS))}.")
    key = _code(fields.get("key"), f"{where}: key")
    if key in {question.key for question in earlier}:
        raise SchemaError(key, f"Two questions have the key “{key}”. Give each its own.")
    kind = _kind(fields.get("kind"), key)
    return Question(
        key=key,
        kind=kind,
        prompt=_text(fields.get("prompt"), f"{key}: prompt", LONGEST_PROMPT),
        options=_options(fields.get("options"), key, kind),
        taxonomy=_switch(fields, "taxonomy", key, default=False),
        cannot_tell=_switch(fields, "cannot_tell", key, default=False),
        required=_switch(fields, "required", key, default=True),
        show_if=_show_if(fields.get("show_if"), key, earlier),
    )


def _kind(value: object, key: str) -> QuestionKind:
    if isinstance(value, str) and value in set(QuestionKind):
        return QuestionKind(value)
    raise SchemaError(key, f"“{value}” is no kind of question. Use one of: {', '.join(QuestionKind)}.")


def _options(value: object, key: str, kind: QuestionKind) -> tuple[Option, ...]:
    if kind is QuestionKind.YES_NO:
        if value:
            raise SchemaError(key, f"“{key}” is a yes/no question: leave its options out.")
        return YES_AND_NO
    if not isinstance(value, list) or len(value) < 2:
        raise SchemaError(key, f"“{key}” needs a list of two options or more.")
    if len(value) > MOST_OPTIONS:
        raise SchemaError(key, f"“{key}” has {len(value)} options; {MOST_OPTIONS} is the most.")
    options = tuple(_option(part, f"{key}: option {number}") for number, part in enumerate(value, start=1))
    _check_codes(options, key)
    return options


def _option(part: object, where: str) -> Option:
    fields = _mapping(part, where)
    code = _code(fields.get("code"), f"{where}: code")
    if code == CANNOT_TELL:
        raise SchemaError(where, f"“{CANNOT_TELL}” is reserved: switch “cannot_tell” on instead.")
    parent = fields.get("parent")
    severity = fields.get("severity")
    if severity is not None and (type(severity) is not int or not 0 <= severity <= HIGHEST_SEVERITY):
        raise SchemaError(where, f"The severity of “{code}” must be a whole number from 0 to {HIGHEST_SEVERITY}.")
    return Option(
        code=code,
        name=_text(fields.get("name", code), f"{where}: name", LONGEST_NAME),
        parent=None if parent is None else _code(parent, f"{where}: parent"),
        severity=severity,
    )


def _check_codes(options: Sequence[Option], key: str) -> None:
    code, times = Counter(option.code for option in options).most_common(1)[0]
    if times > 1:
        raise SchemaError(key, f"“{key}” has the option “{code}” {times} times. Give each its own code.")
    parents = {option.code: option.parent for option in options}
    for option in options:
        _check_ancestors(option, parents, key)


def _check_ancestors(option: Option, parents: Mapping[str, str | None], key: str) -> None:
    seen = {option.code}
    parent = option.parent
    while parent is not None:
        if parent not in parents:
            raise SchemaError(key, f"“{option.code}” belongs under “{parent}”, which is no option of “{key}”.")
        if parent in seen:
            raise SchemaError(key, f"“{option.code}” belongs under itself. Change its parent.")
        seen.add(parent)
        parent = parents[parent]


def _show_if(value: object, key: str, earlier: Sequence[Question]) -> ShowIf | None:
    if value is None:
        return None
    fields = _mapping(value, f"{key}: show_if")
    asked = next((question for question in earlier if question.key == fields.get("question")), None)
    if asked is None:
        raise SchemaError(key, f"“{key}” depends on “{fields.get('question')}”, which is no question before it.")
    codes = fields.get("any_of")
    known = {*asked.codes, CANNOT_TELL}
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) and code in known for code in codes):
        raise SchemaError(key, f"“any_of” of “{key}” must list options of “{asked.key}”.")
    return ShowIf(question=asked.key, any_of=frozenset(codes))


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise SchemaError(where, f"{where.capitalize()} must be an object.")
    return value


def _code(value: object, where: str) -> str:
    if isinstance(value, str) and CODE.fullmatch(value):
        return value
    raise SchemaError(
        where, f"{where} must be 1 to 60 small letters, digits, _ or -, and start with a letter or digit."
    )


def _text(value: object, where: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest or "\0" in value:
        raise SchemaError(where, f"{where} must be a text of 1 to {longest} characters.")
    return value.strip()


def _switch(fields: Mapping[str, object], name: str, key: str, *, default: bool) -> bool:
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise SchemaError(key, f"“{name}” of “{key}” must be true or false.")
    return value
