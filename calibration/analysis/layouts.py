"""Which column of a file holds what, and a guess where the names do not say."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from calibration.analysis.errors import BadInput

_KNOWN = {
    "item": "item itemid unit unitid task taskid post postid contentid caseid docid decisionid messageid id",
    "rater": "rater raterid worker workerid annotator annotatorid labeler labelerid labeller reviewer reviewerid "
    "moderator moderatorid agent agentid coder judge user userid person employee email",
    "label": "label answer response rating decision judgment judgement annotation category class action value code",
    "gold": "gold goldlabel golden truth groundtruth gt expected expectedlabel correctlabel correctanswer goldstandard "
    "labelgold reference",
    "qa": "qa qadecision qalabel qaresult audit auditdecision auditlabel auditresult finaldecision reviewdecision",
}
_DATES = "date day createdat created labeledat decidedat submittedat timestamp time datetime"
_PERIODS = {"day": 10, "month": 7, "week": 10}


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of the columns: long (a row an item and rater) or wide (a column a rater, named by `wide`).

    `gold`, `qa` and `time` (seconds that an answer took) are None where the file has none.
    """

    item: str = "item"
    rater: str = "rater"
    label: str = "label"
    gold: str | None = "gold"
    qa: str | None = None
    wide: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    time: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have to be there, without those of `by`."""
        people = self.wide or (self.rater, self.label)
        return (self.item, *people, *(name for name in (self.gold, self.qa, self.time) if name))

    def arguments(self) -> list[str]:
        """The command-line arguments that name these columns, without those that are the default."""
        default = Layout()
        named = [] if self.item == default.item else ["--item-column", self.item]
        if self.wide:
            named += ["--wide", ",".join(self.wide)]
        else:
            named += [] if self.rater == default.rater else ["--rater-column", self.rater]
            named += [] if self.label == default.label else ["--label-column", self.label]
        named += [] if self.gold in (None, default.gold) else ["--gold-column", str(self.gold)]
        named += ["--qa-column", self.qa] if self.qa else []
        return named + (["--time-column", self.time] if self.time else [])


def fit_layout(
    layout: Layout, header: Sequence[str], *, file: str, named: frozenset[str] = frozenset(), others: Sequence[str] = ()
) -> Layout:
    """The layout with its columns checked against the header.

    `named` holds the parts of the layout that were asked for by name; a gold column that was not is optional, and may
    also be called as the label with "gold" behind it.
    `others` are further arguments for the command that is suggested. Raises BadInput with the header, a guess and the
    command.
    """
    if layout.gold not in header and "gold" not in named:
        beside = f"{layout.label} gold"
        layout = replace(layout, gold=beside if beside in header and not layout.wide else None)
    missing = [name for name in layout.columns if name not in header]
    if missing:
        raise BadInput(_explain(layout, header, missing, file, others))
    repeated = sorted({name for name in (*layout.columns, *layout.by) if header.count(name) > 1})
    if repeated:
        raise BadInput(f"The header names {_quoted(repeated)} more than once. Give each column a name of its own.")
    return replace(layout, by=tuple(_fit_cut(name, header) for name in layout.by))


def guess_layout(header: Sequence[str]) -> Layout | None:
    """The layout that the names of the columns suggest, or None where they suggest none.

    >>> guess_layout(["task_id", "worker", "answer"]).arguments()
    ['--item-column', 'task_id', '--rater-column', 'worker', '--label-column', 'answer']
    >>> guess_layout(["id", "annotator_1", "annotator_2", "truth"]).wide
    ('annotator_1', 'annotator_2')
    """
    numbered = _numbered(header)
    found: dict[str, str] = {}
    for role in _KNOWN:
        taken = (*found.values(), *numbered)
        best = _best(role, [name for name in header if name not in taken])
        if best is not None:
            found[role] = best
    if "item" not in found:
        others = [name for name in header if _plain(name).endswith("id") and name not in found.values()]
        found |= {"item": others[0]} if others else {}
    if "item" not in found:
        return None
    if "rater" in found and "label" in found:
        return Layout(found["item"], found["rater"], found["label"], found.get("gold"), found.get("qa"))
    if len(numbered) >= 2:
        return Layout(item=found["item"], gold=found.get("gold"), wide=numbered)
    return None


def period_source(cut: str) -> tuple[str, str | None]:
    """The column behind a cut and the period to take of it: ("created_at", "week"), or ("vendor", None).

    >>> period_source("created_at:week"), period_source("vendor")
    (('created_at', 'week'), ('vendor', None))
    """
    column, _, period = cut.rpartition(":")
    return (column, period) if column and period in _PERIODS else (cut, None)


def _fit_cut(name: str, header: Sequence[str]) -> str:
    """The cut, with `week` or `month` taken from a column of dates where no column has that name."""
    if name in header or period_source(name)[0] in header:
        return name
    dates = [column for column in header if _plain(column) in _DATES.split()]
    if name in _PERIODS and dates:
        return f"{dates[0]}:{name}"
    raise BadInput(f'There is no column "{name}" for --by. The columns are: {", ".join(header)}.')


def _explain(layout: Layout, header: Sequence[str], missing: Sequence[str], file: str, others: Sequence[str]) -> str:
    lines = [f"{file} has no column {_quoted(missing, last=' or ')}.", f"Its columns are: {', '.join(header)}."]
    guess = guess_layout(header)
    if guess is not None and layout.time in header:
        guess = replace(guess, time=layout.time)
    if guess is None:
        lines.append("Say which column holds what:")
        command = ["--item-column", "ITEM", "--rater-column", "RATER", "--label-column", "LABEL"]
    else:
        lines.append(f"My guess: {_described(guess)}. If that is right, run:")
        command = guess.arguments()
    if layout.by:
        command = [*command, "--by", ",".join(layout.by)]
    lines.append("  " + shlex.join(["python", "manage.py", "analyze", file, *command, *others]))
    return "\n".join(lines)


def _described(layout: Layout) -> str:
    parts = [f'items are in "{layout.item}"']
    if layout.wide:
        parts.append(f"each of {_quoted(layout.wide)} is a rater")
    else:
        parts += [f'raters in "{layout.rater}"', f'labels in "{layout.label}"']
    parts += [f'gold in "{layout.gold}"'] if layout.gold else []
    parts += [f'QA decisions in "{layout.qa}"'] if layout.qa else []
    parts += [f'seconds in "{layout.time}"'] if layout.time else []
    return ", ".join(parts)


def _best(role: str, names: Sequence[str]) -> str | None:
    known = _KNOWN[role].split()
    ranked = [(known.index(_plain(name)), name) for name in names if _plain(name) in known]
    return min(ranked)[1] if ranked else None


def _numbered(header: Sequence[str]) -> tuple[str, ...]:
    """Columns that share a stem and differ by a number or a letter, as annotator_1 and annotator_2 do."""
    stems: dict[str, list[str]] = {}
    for name in header:
        match = re.fullmatch(r"(.*?[a-z])[ _.-]?(\d+|[ _.-][a-z])", name.lower())
        if match:
            stems.setdefault(match.group(1), []).append(name)
    most = max((len(names) for names in stems.values()), default=0)
    return tuple(next((names for names in stems.values() if len(names) == most), ()))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _quoted(names: Sequence[str], *, last: str = " and ") -> str:
    *others, final = (f'"{name}"' for name in names)
    return f"{', '.join(others)}{last}{final}" if others else final
