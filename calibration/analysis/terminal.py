"""The report as text for a terminal."""

import textwrap
from collections.abc import Sequence

from calibration.analysis.measures import Group, Person, Report
from calibration.analysis.pairings import ENOUGH_SHARED
from calibration.analysis.sentences import (
    COEFFICIENTS,
    JOINTS,
    REFERENCES,
    STANDINGS,
    choice_mark,
    error_direction,
    figure,
    findings,
    headline,
    interval,
    lenience,
    percent,
    plural,
    scale_bottom,
    told_coefficients,
    weakest_words,
)
from calibration.stats import Estimate, Standing, Status

_SHOWN = 40
_PAIRS = 3
_SUSPECTS = 10
_BAR = 20
_MARKS = {Standing.BELOW: "▼", Standing.MEETS: "●", Standing.NOT_ENOUGH_DATA: "◐"}


def terminal_report(report: Report, *, width: int = 100) -> str:
    """The report as lines of at most about `width` characters."""
    ratings = report.ratings
    summary = (
        f"{plural(len(ratings.item), 'rating')} of {plural(len(ratings.items), 'item')} by "
        f"{plural(len(ratings.raters), 'rater')} in {plural(ratings.n_categories, 'category')}"
    )
    repeats = f"; {plural(ratings.duplicates, 'repeated rating')} dropped" if ratings.duplicates else ""
    parts = [headline(report) + ".", summary + repeats + ".", "", *_wrapped(findings(report), width), ""]
    level = "of sets" if ratings.separator else f"at level {report.settings.level}"
    parts += [f"AGREEMENT (95 % intervals; alpha {level})", *_coefficients(report), ""]
    parts += [*_bootstrap(report), *_pairs(report)]
    parts += ["CATEGORIES (given that one rating is it, how often another is too)", *_categories(report), ""]
    parts += [
        *_people(report, width),
        *_profiles(report),
        *_joints(report),
        *_suspects(report),
        *_copying(report),
        *_speeding(report),
    ]
    for cut, groups in report.groups.items():
        parts += [f"BY {cut.upper()}", *_groups(groups), ""]
    parts += _wrapped(ratings.warnings, width, mark="! ")
    return "\n".join(parts).rstrip() + "\n"


def _wrapped(sentences: Sequence[str], width: int, mark: str = "- ") -> list[str]:
    return [
        textwrap.fill(sentence, width, initial_indent=mark, subsequent_indent="  ", break_long_words=False)
        for sentence in sentences
    ]


def _coefficients(report: Report) -> list[str]:
    rows = [
        [COEFFICIENTS[name], figure(value.value), interval(value), plural(value.n, "item"), _caution(value)]
        for name, value in told_coefficients(report).items()
    ]
    return _table(["", "value", "interval", "", ""], rows, right={1})


def _bootstrap(report: Report) -> list[str]:
    found = report.bootstrap
    if found is None:
        return []
    rows = [
        [
            COEFFICIENTS[name],
            figure(value.value),
            interval(report.coefficients[name]),
            interval(value),
            interval(found.raters[name]) if name in found.raters else "",
        ]
        for name, value in found.items.items()
    ]
    table = _table(["", "value", "jackknife, items", "bootstrap, items", "bootstrap, raters"], rows, right={1})
    return [f"INTERVALS BY BOOTSTRAP ({found.replicates:,} replicates)", *table, ""]


def _pairs(report: Report) -> list[str]:
    """The pairs of raters who agree least and most, where any have enough items in common."""
    shown = [*report.pairings.least_alike(_PAIRS), *report.pairings.most_alike(_PAIRS)]
    if not shown:
        return []
    rows = [[f"{p.first}, {p.second}", percent(p.percent), figure(p.kappa), f"{p.n:,}"] for p in shown]
    head = (
        f"PAIRS OF RATERS (least and most alike of {report.pairings.n_enough():,} with {ENOUGH_SHARED} items or more)"
    )
    return [head, *_table(["", "same label", "kappa", "items"], rows, right={1, 2, 3}), ""]


def _joints(report: Report) -> list[str]:
    joint = report.consensus
    if joint is None or joint.majority.accuracy is None:
        return []
    rows = [
        [
            JOINTS[name][0],
            "not computed" if found.accuracy is None else percent(found.accuracy),
            f"{found.n:,}",
            choice_mark(joint, name),
        ]
        for name, found in joint.by_name.items()
    ]
    return ["JOINT ANSWERS (how often they are the gold)", *_table(["", "equal", "items", ""], rows, right={1, 2}), ""]


def _suspects(report: Report) -> list[str]:
    """The gold that is contradicted most."""
    rows = [
        [
            one.item,
            one.gold,
            one.given,
            f"{one.against} of {one.n}",
            f"{one.score:.1f}",
            "yes" if one.stands_out else "",
        ]
        for one in report.suspect_gold[:_SUSPECTS]
    ]
    if not rows:
        return []
    header = ["item", "gold", "most say", "against", "weight", "stands out"]
    return ["GOLD THAT MAY BE WRONG (contradicted most first)", *_table(header, rows, right={3, 4}), ""]


def _copying(report: Report) -> list[str]:
    rows = [
        [f"{pair.first}, {pair.second}", f"{pair.same_wrong:,}", f"{pair.expected:.1f}", f"{pair.shared:,}"]
        for pair in report.copying.found[:_SUSPECTS]
    ]
    if not rows:
        return []
    table = _table(["", "same wrong", "by chance", "items"], rows, right={1, 2, 3})
    return ["THE SAME WRONG ANSWERS (more often than chance; ask before concluding)", *table, ""]


def _speeding(report: Report) -> list[str]:
    rows = [
        [who.rater, f"{who.hurried:,} of {who.n:,}", f"{who.seconds:.1f}", f"{who.usual_seconds:.1f}"]
        for who in (report.speeding.found if report.speeding else ())[:_SUSPECTS]
    ]
    if not rows:
        return []
    table = _table(["", "in a hurry", "median s", "usual s"], rows, right={1, 2, 3})
    return ["IN A HURRY, AND WRONG MORE OFTEN", *table, ""]


def _profiles(report: Report) -> list[str]:
    if not report.profiles:
        return []
    rows = [
        [
            profile.rater,
            f"{profile.n:,}",
            figure(profile.macro_f1),
            figure(profile.matthews),
            *([_rate(profile.false_positives), _rate(profile.false_negatives), lenience(profile)]),
            weakest_words(profile),
        ]
        for profile in report.profiles[:_SHOWN]
    ]
    header = ["rater", "answers", "macro-F1", "Matthews", "false pos.", "false neg.", "tends to be", "weakest category"]
    if report.settings.no_violation is None:
        header, rows = _without_rates(header), [_without_rates(row) for row in rows]
    right = set(range(1, len(header) - (2 if report.settings.no_violation is not None else 1)))
    return ["ERROR PROFILES (against the reference)", *_table(header, rows, right=right), ""]


def _without_rates(row: Sequence[str]) -> list[str]:
    return [*row[:4], *row[7:]]


def _rate(rate: Estimate | None) -> str:
    return figure(rate.value if rate else None)


def _categories(report: Report) -> list[str]:
    rows = [
        [
            known.name,
            f"{known.n_ratings:,}",
            percent(known.share),
            figure(known.agreement.value),
            interval(known.agreement),
        ]
        for known in report.categories[:_SHOWN]
    ]
    return _table(["", "ratings", "share", "agreement", "interval"], rows, right={1, 2, 3})


def _caution(estimate: Estimate) -> str:
    return "" if estimate.status is Status.OK else estimate.status.value.replace("_", " ")


def _people(report: Report, width: int) -> list[str]:
    judged = [person for person in report.people if person.standing.n]
    if not judged:
        return []
    target = report.settings.target
    lines = [f"RATERS (target {percent(target)}; each bound holds with 95 %; lowest bound first, small samples last)"]
    bottom = scale_bottom(judged, target)
    rows = [_person(person, bottom, target) for person in judged[:_SHOWN]]
    references = {person.reference for person in judged}
    header = [
        "",
        "rater",
        "right",
        "of",
        "accuracy",
        "interval",
        f"{figure(bottom, 2)} to 1, target |",
        "standing",
        "errors",
    ]
    if len(references) > 1:
        header.append("against")
        rows = [[*row, REFERENCES[person.reference]] for row, person in zip(rows, judged, strict=False)]
    table = _table(header, rows, right={2, 3, 4})
    if max(map(len, table)) > width:
        table = _table(_without_bar(header), [_without_bar(row) for row in rows], right={2, 3, 4})
    lines += table
    if len(judged) > _SHOWN:
        lines.append(f"and {len(judged) - _SHOWN:,} more: --html and --json show all.")
    return [*lines, ""]


def _without_bar(row: Sequence[str]) -> list[str]:
    """A row for a narrow terminal."""
    return [*row[:6], *row[7:]]


def _person(person: Person, bottom: float, target: float) -> list[str]:
    place = person.standing
    return [
        _MARKS[place.standing],
        person.name,
        f"{place.hits:,}",
        f"{place.n:,}",
        figure(place.accuracy.value),
        interval(place.accuracy),
        _bar(place.accuracy, bottom, target),
        STANDINGS[place.standing],
        error_direction(person),
    ]


def _bar(estimate: Estimate, bottom: float, target: float) -> str:
    """The interval as a line, the value as a dot, the target as a bar."""
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return ""
    cells = [" "] * _BAR
    first, last = (_cell(bound, bottom) for bound in (estimate.lower, estimate.upper))
    cells[first : last + 1] = "─" * (last + 1 - first)
    cells[_cell(target, bottom)] = "|"
    cells[_cell(estimate.value, bottom)] = "●"
    return "".join(cells)


def _cell(share: float, bottom: float) -> int:
    place = round((share - bottom) / (1 - bottom) * (_BAR - 1))
    return min(max(place, 0), _BAR - 1)


def _groups(groups: Sequence[Group]) -> list[str]:
    rows: list[list[str]] = []
    for group in groups:
        alpha, accuracy = group.agreement.krippendorff_alpha, group.accuracy
        row = [group.value, f"{group.n_ratings:,}", f"{group.n_raters:,}", figure(alpha.value), interval(alpha)]
        row += ["", ""] if accuracy is None else [figure(accuracy.accuracy.value), interval(accuracy.accuracy)]
        rows.append([*row, _caution(alpha)])
    return _table(["", "ratings", "raters", "alpha", "interval", "accuracy", "interval", ""], rows, right={1, 2, 3, 5})


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: set[int]) -> list[str]:
    """Lines of a table whose columns are as wide as they need to be."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = []
    for row in (header, *rows):
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
