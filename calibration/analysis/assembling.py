"""From the columns of a file to ratings: one an item and rater, with their reference, everything checked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from calibration.analysis.errors import BadInput
from calibration.analysis.layouts import period_source
from calibration.analysis.ratings import AUDITED_WRONG, Codes, Cut, Ratings
from calibration.analysis.reading import Columns
from calibration.analysis.sets import members_of, set_word
from calibration.stats import kept_rows

# QA columns that say whether a decision was right instead of giving the right one.
_RIGHT = {"right", "correct", "agree", "agreed", "pass", "passed", "upheld", "true", "yes"}
_WRONG = {"wrong", "incorrect", "disagree", "disagreed", "fail", "failed", "overturned", "false", "no", "error"}


def assemble(
    columns: Columns, *, categories: Sequence[str] = (), duplicates: str = "last", separator: str = ""
) -> Ratings:
    """The ratings of a file. `categories` declares the labels, else they are those seen, sorted.

    A repeated (item, rater) keeps its `last` or `first` row or is an `error`. With a `separator` labels are sets, and
    `categories` declares their members. Raises BadInput, with the place, for an empty item or rater, a label that is
    not declared, two golds on one item, a repeat where none is allowed, and a file without labels.
    """
    columns = _as_sets(columns, separator) if separator else columns
    _check_filled(columns)
    given = _given(columns)
    kept = _kept(columns, given, duplicates)
    gold = _gold_of_items(columns)
    audit, audit_is_mark = _audits(columns, given)
    vocabulary = _Vocabulary(columns, given.label, gold, None if audit_is_mark else audit)
    labels = vocabulary.sets(categories, separator) if separator else vocabulary.labels(tuple(categories))
    places = _places(columns.words["label"], labels)
    n_categories = len(vocabulary.given) if separator else len(categories) or len(vocabulary.given)
    item_codes, item = np.unique(given.item[kept], return_inverse=True)
    rater_codes, rater = np.unique(given.rater[kept], return_inverse=True)
    label = places[given.label[kept]]
    return Ratings(
        items=tuple(columns.words["item"][code] for code in item_codes),
        raters=tuple(_rater_names(columns)[code] for code in rater_codes),
        labels=labels,
        n_categories=n_categories,
        item=item.astype(np.int64),
        rater=rater.astype(np.int64),
        label=label,
        gold=_translated(gold[item_codes], places),
        audit=_translated_audit(audit, given.row[kept], label, places, is_mark=audit_is_mark),
        rows=columns.n_rows,
        duplicates=len(given.row) - len(kept),
        cuts={period_source(cut)[1] or cut: _cut(columns, cut, given.row[kept]) for cut in columns.layout.by},
        warnings=(*columns.table.notes, *_warnings(columns, given, labels[n_categories:])),
        seconds=None if columns.seconds is None else columns.seconds[given.row[kept]],
        separator=separator,
        members=_members(labels, categories, separator) if separator else (),
    )


def _as_sets(columns: Columns, separator: str) -> Columns:
    """The columns with each label, gold and QA decision written as a set: members in order, each once."""
    known: dict[str, int] = {}
    codes = [known.setdefault(set_word(word, separator), len(known)) for word in columns.words["label"]]
    moved = np.array([*codes, -1], np.int64)
    changed = {name: moved[column] for name, column in columns.codes.items() if _is_label(name)}
    return replace(columns, codes={**columns.codes, **changed}, words={**columns.words, "label": tuple(known)})


def _members(labels: Sequence[str], categories: Sequence[str], separator: str) -> tuple[str, ...]:
    found = {member for label in labels for member in members_of(label, separator)}
    return tuple(categories) or tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class _Given:
    """The labels that were given: the row, item, rater and label of each, int64[R]."""

    row: Codes
    item: Codes
    rater: Codes
    label: Codes


class _Vocabulary:
    """Which labels were given and which only stand in a reference, and where each stands first."""

    def __init__(self, columns: Columns, label: Codes, gold: Codes, audit: Codes | None) -> None:
        words = columns.words["label"]
        self.given = {words[code] for code in np.unique(label)}
        referred = np.unique(gold) if audit is None else np.unique(np.concatenate([gold, audit]))
        self.referred = {words[code] for code in referred if code >= 0}
        self._columns = columns

    def labels(self, categories: tuple[str, ...]) -> tuple[str, ...]:
        """The categories, then the references that nobody gave. Raises BadInput for a word that is not declared."""
        if not categories:
            return (*sorted(self.given), *sorted(self.referred - self.given))
        undeclared = sorted((self.given | self.referred) - set(categories))
        if undeclared:
            raise BadInput(self._undeclared_words(undeclared[0], categories))
        return categories

    def sets(self, categories: Sequence[str], separator: str) -> tuple[str, ...]:
        """The sets given, then the references that nobody gave. Raises BadInput for a member that is not declared."""
        for word in sorted(self.given | self.referred) if categories else ():
            if not set(members_of(word, separator)) <= set(categories):
                raise BadInput(self._undeclared_words(word, tuple(categories)))
        return self.labels(())

    def _undeclared_words(self, word: str, categories: tuple[str, ...]) -> str:
        columns = self._columns
        code = columns.words["label"].index(word)
        found = [(np.flatnonzero(codes == code), name) for name, codes in columns.codes.items() if _is_label(name)]
        row, name = min((int(rows[0]), name) for rows, name in found if rows.size)
        what = "gold" if name == "gold" else "QA decision" if name == "qa" else "label"
        return (
            f'{columns.place(row)}: {what} "{word}" is not '
            f"among --categories {','.join(categories)}. Add it there or mend the line."
        )


def _is_label(name: str) -> bool:
    return name in ("gold", "qa") or name.startswith("label ")


def _check_filled(columns: Columns) -> None:
    for role, name in (("item", columns.layout.item), ("rater", columns.layout.rater)):
        empty = columns.codes[role] < 0 if role in columns.codes else np.zeros(0, np.bool_)
        if role == "rater" and empty.any():
            empty &= columns.codes["label 0"] >= 0
        if empty.any():
            raise BadInput(f'{columns.place(int(np.argmax(empty)))}: "{name}" is empty. Each rating names its {role}.')


def _given(columns: Columns) -> _Given:
    names = [name for name in columns.codes if name.startswith("label ")]
    table = np.column_stack([columns.codes[name] for name in names])
    row, column = np.nonzero(table >= 0)
    if not row.size:
        people = ", ".join(columns.layout.wide or (columns.layout.label,))
        raise BadInput(
            f"{columns.table.path} holds no label: {people} is empty throughout. Name the columns with the labels."
        )
    rater = column if columns.layout.wide else columns.codes["rater"][row]
    return _Given(row, columns.codes["item"][row], rater.astype(np.int64), table[row, column])


def _rater_names(columns: Columns) -> tuple[str, ...]:
    return columns.layout.wide or columns.words["rater"]


def _kept(columns: Columns, given: _Given, duplicates: str) -> NDArray[np.intp]:
    """Positions of the ratings that count."""
    if duplicates != "error":
        return kept_rows(given.item, given.rater, duplicates="first" if duplicates == "first" else "last")
    kept = kept_rows(given.item, given.rater, duplicates="first")
    if len(kept) == len(given.row):
        return kept
    second = int(np.setdiff1d(np.arange(len(given.row)), kept)[0])
    same = (given.item == given.item[second]) & (given.rater == given.rater[second])
    first = columns.table.where(int(given.row[np.argmax(same)]))
    raise BadInput(
        f"{columns.place(int(given.row[second]))}: {_rater_names(columns)[given.rater[second]]} rated item "
        f"{columns.words['item'][given.item[second]]} before, on {first}. Remove one of the two, "
        "or keep one with --duplicates last or --duplicates first."
    )


def _gold_of_items(columns: Columns) -> Codes:
    """Gold of each item, -1 where it has none. Raises BadInput where two rows of an item differ."""
    gold = np.full(len(columns.words["item"]), -1, np.int64)
    codes = columns.codes.get("gold")
    if codes is None:
        return gold
    rows = np.flatnonzero(codes >= 0)
    items = columns.codes["item"][rows]
    gold[items[::-1]] = codes[rows][::-1]
    other = rows[gold[items] != codes[rows]]
    if not other.size:
        return gold
    item = columns.codes["item"][other[0]]
    first = int(rows[np.argmax(items == item)])
    words = columns.words["label"]
    raise BadInput(
        f"{columns.place(int(other[0]))}: item {columns.words['item'][item]} has gold "
        f'"{words[codes[other[0]]]}", but "{words[codes[first]]}" on {columns.table.where(first)}. '
        "An item has one gold: correct one of the two."
    )


def _audits(columns: Columns, given: _Given) -> tuple[Codes | None, bool]:
    """The QA decision of each row, and whether it is a mark (right or wrong) instead of a label."""
    codes = columns.codes.get("qa")
    if codes is None:
        return None, False
    words = columns.words["label"]
    said = {words[code].lower() for code in np.unique(codes) if code >= 0}
    labels = {words[code].lower() for code in np.unique(given.label)}
    if not said or not said <= _RIGHT | _WRONG or said <= labels:
        return codes, False
    is_right = np.array([word.lower() in _RIGHT for word in words])
    marks = np.where(is_right[codes], 1, AUDITED_WRONG)
    return np.where(codes >= 0, marks, -1), True


def _places(words: Sequence[str], labels: Sequence[str]) -> Codes:
    """From the codes of the file to the codes of the labels, -1 for words that are no label."""
    known = {label: place for place, label in enumerate(labels)}
    return np.array([known.get(word, -1) for word in words], np.int64)


def _translated(codes: Codes, places: Codes) -> Codes:
    return np.where(codes >= 0, places[codes], -1)


def _translated_audit(audit: Codes | None, row: Codes, label: Codes, places: Codes, *, is_mark: bool) -> Codes | None:
    if audit is None:
        return None
    if not is_mark:
        return _translated(audit[row], places)
    marks = audit[row]
    return np.where(marks == 1, label, marks)


def _cut(columns: Columns, cut: str, row: Codes) -> Cut:
    """The values of a cut in their order, and the value of each rating; an empty cell is "(none)"."""
    period = period_source(cut)[1]
    words = columns.words[cut] if period is None else _periods(columns, cut, period)
    codes = columns.codes[f"by {cut}"][row]
    names = np.array([*words, "(none)"], dtype=object)[codes]
    values, places = np.unique(names.astype(str), return_inverse=True)
    return Cut(tuple(values.tolist()), places.astype(np.int64))


def _periods(columns: Columns, cut: str, period: str) -> tuple[str, ...]:
    found = []
    for code, word in enumerate(columns.words[cut]):
        try:
            day = date.fromisoformat(word[:10])
        except ValueError as error:
            place = columns.place(int(np.argmax(columns.codes[f"by {cut}"] == code)))
            raise BadInput(f'{place}: "{word}" is not a date. Write dates as 2025-01-31.') from error
        year, week, _ = day.isocalendar()
        found.append({"week": f"{year}-W{week:02}", "month": word[:7], "day": word[:10]}[period])
    return tuple(found)


def _warnings(columns: Columns, given: _Given, unused: Sequence[str]) -> tuple[str, ...]:
    found = []
    empty = np.ones(columns.n_rows, np.bool_)
    empty[given.row] = False
    if "rater" in columns.codes:
        empty &= (columns.codes["rater"] >= 0) | (columns.codes.get("gold", np.full(columns.n_rows, -1)) < 0)
    if empty.any():
        found.append(f"{empty.sum():,} rows without a label were left out.")
    if unused:
        found.append(
            f"Nobody ever gave {', '.join(unused)}, which the reference expects. "
            "Name all categories with --categories: they matter to AC1."
        )
    return tuple(found)
