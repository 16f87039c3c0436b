"""The report as one self-contained page that opens from disk: nothing is loaded from elsewhere."""

from collections.abc import Iterable
from datetime import date
from html import escape
from pathlib import Path

from calibration.analysis.blocks import Head, details, section, table
from calibration.analysis.charts import scale, whisker
from calibration.analysis.measures import Group, Person, Report
from calibration.analysis.panels import (
    ABOUT,
    bootstrapped,
    copying,
    further_coefficients,
    joints,
    one_answer,
    pairs,
    profiles,
    speeding,
    suspect_gold,
)
from calibration.analysis.sentences import (
    COEFFICIENTS,
    REFERENCES,
    STANDINGS,
    error_direction,
    figure,
    findings,
    headline,
    interval,
    outlook,
    percent,
    plural,
    scale_bottom,
)
from calibration.stats import Estimate, Standing, Status

_STYLE = Path(__file__).with_name("report.css")
_NO_BREAK = "\u00a0"
_ENOUGH = 20
_MATRIX = 16
_DRAWN = 220
_FIRST = 15
_MOST_PEOPLE = 1000

_NOTES = (
    (
        "Agreement: Krippendorff's alpha (2011), Gwet's AC1 (2008; 2014 for missing ratings), Fleiss' kappa (1971), "
        "and the mean share of agreeing pairs over items rated twice. Intervals are 95 %, by a jackknife over items."
    ),
    (
        "Accuracy of a rater: right answers among those with a reference, with the exact interval of Clopper and "
        "Pearson (1934) at 90 %, so that each bound alone holds with 95 %."
    ),
    (
        "Standing: below if the upper bound is under the target, meets if the lower bound reaches it, else not enough "
        "data, and always so under 20 answers. A standing describes; by itself it is no reason to act against somebody."
    ),
    "Accuracy of everybody together allows for answers of one rater, and on one item, hanging together.",
    (
        "Joint answers: majority, ties left out; Dawid-Skene (1979), one-coin (Zhang and others 2016) and GLAD "
        "(Whitehill and others 2009) fitted to convergence from the majority shares. Another way than the majority is "
        "called best where it is right more often on the gold by an exact sign test at 5 %, shared among the ways."
    ),
    (
        "Pairs: Cohen's kappa (1960). Error profiles: F1 (van Rijsbergen 1979), Matthews' correlation (1975; Gorodkin "
        "2004), d' (Hautus 1995). Contradicted gold: weights of Nitzan and Paroush (1982). Shared wrong answers: van "
        "der Linden and Sotaridona (2006). Searches hold a false discovery rate of 5 % (Benjamini and Hochberg 1995)."
    ),
    "Not looked for here: drift over time, errors from an unclear rule.",
)


def report_page(report: Report, *, source: str, made_on: date | None = None) -> str:
    """The page as HTML. `source` names the file, `made_on` is the day on which it was measured."""
    sections = [
        _header(report, source),
        _figures(report),
        _findings(report),
        _agreement(report),
        _categories(report),
        _people(report),
    ]
    sections += [
        _matrix(report),
        *(_cut(report, name) for name in report.groups),
        joints(report),
        suspect_gold(report),
        copying(report),
        speeding(report),
        one_answer(report),
        _notes(report, made_on),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(headline(report))} – {escape(source)}</title>\n"
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n"
        f"</head>\n<body>\n<main>\n{''.join(sections).replace(' %', _NO_BREAK + '%')}</main>\n</body>\n</html>\n"
    )


def _header(report: Report, source: str) -> str:
    ratings = report.ratings
    repeats = f" {plural(ratings.duplicates, 'repeated rating')} dropped." if ratings.duplicates else ""
    return (
        f'<header><p class="eyebrow">Labeling quality report: {escape(source)}</p><h1>{escape(headline(report))}</h1>'
        f'<p class="summary">{plural(len(ratings.item), "rating")} of {plural(len(ratings.items), "item")} by '
        f"{plural(len(ratings.raters), 'rater')} in {plural(ratings.n_categories, 'category')}.{repeats}</p></header>\n"
    )


def _figures(report: Report) -> str:
    alpha = report.headline
    shown = [_figure_of("Agreement, Krippendorff's alpha", alpha, low=min(0.0, _least([alpha])))]
    if report.overall is not None:
        target = report.settings.target
        shown.append(
            _figure_of("Accuracy, everybody together", report.overall.accuracy, low=_floor(report), target=target)
        )
        counts = [
            (state, sum(p.standing.standing is state for p in report.people if p.standing.n)) for state in Standing
        ]
        states = "".join(
            f'<dd><span class="state {state}">{n:,} {_counted(state, n)}</span></dd>' for state, n in counts
        )
        shown.append(f'<dl class="figure"><dt>Raters against {percent(target)}</dt>{states}</dl>')
    return f'<div class="figures">{"".join(shown)}</div>\n'


def _counted(state: Standing, n: int) -> str:
    return "meet the target" if state is Standing.MEETS and n != 1 else STANDINGS[state]


def _figure_of(name: str, estimate: Estimate, *, low: float, target: float | None = None) -> str:
    drawn = whisker(estimate, low=low, high=1, width=260, target=target, label=f"{name}: {interval(estimate)}")
    return (
        f'<dl class="figure"><dt>{name}</dt><dd class="value">{figure(estimate.value)}</dd>'
        f'<dd>{drawn}</dd><dd class="minor">{interval(estimate)}, n = {estimate.n:,}</dd></dl>'
    )


def _findings(report: Report) -> str:
    said = [*findings(report), *report.ratings.warnings]
    return f'<h2>What stands out</h2><ul class="findings">{"".join(f"<li>{escape(s)}</li>" for s in said)}</ul>\n'


def _agreement(report: Report) -> str:
    leading = _leading(report)
    low = min(0.0, _least(leading.values()))
    rows = []
    for name, estimate in leading.items():
        caution = "" if estimate.status is Status.OK else f'<div class="minor">{estimate.words}</div>'
        rows.append(
            f'<tr><th scope="row">{COEFFICIENTS[name]}<div class="minor">{ABOUT[name]}</div></th>'
            f'<td class="n">{figure(estimate.value)}</td><td class="range">{interval(estimate)}{caution}</td>'
            f"<td>{whisker(estimate, low=low, high=1, label=interval(estimate))}</td>"
            f'<td class="n">{estimate.n:,}</td></tr>'
        )
    head = ("Coefficient", ("Value", "n"), "95 % interval", scale(low=low, high=1), ("Items", "n"))
    return section(
        "How far raters agree",
        f"{_level_words(report)} Items with two ratings or more: {report.tally.n_pairable:,}.",
        table("Agreement between raters", head, rows),
        further_coefficients(report, set(leading)),
        bootstrapped(report),
        pairs(report),
    )


def _leading(report: Report) -> dict[str, Estimate]:
    """The coefficients that are shown at once."""
    first = {"krippendorff_alpha_masi": report.headline} if report.ratings.separator else {}
    return first | report.agreement.named


def _level_words(report: Report) -> str:
    if report.ratings.separator:
        return "Labels are sets: the first figure knows near misses, the others count any difference in full."
    return f"Level of measurement: {report.settings.level}."


def _categories(report: Report) -> str:
    """How often each category was given and agreed on."""
    head: Head = (
        "Category",
        ("Ratings", "n"),
        ("Share", "n"),
        ("Agreement on it", "n"),
        scale(low=0, high=1),
        ("Items", "n"),
    )
    rows = [
        f'<tr><th scope="row">{escape(category.name)}</th><td class="n">{category.n_ratings:,}</td>'
        f'<td class="n">{percent(category.share)}</td><td class="n">{figure(category.agreement.value)}'
        f'<div class="minor">{interval(category.agreement)}</div></td>'
        f"<td>{whisker(category.agreement, low=0, high=1, label=interval(category.agreement))}</td>"
        f'<td class="n">{category.agreement.n:,}</td></tr>'
        for category in report.categories
    ]
    words = (
        "Given that one rating of an item is the category, how often another is too. A rare category can be poorly "
        "agreed on while the coefficients above look well."
    )
    shown = table("Share of each category and agreement on it", head, rows)
    if len(rows) > _FIRST:
        shown = details(f"All {len(rows):,} categories", shown)
    return section("Agreement on each category", words, shown)


def _people(report: Report) -> str:
    judged = [person for person in report.people if person.standing.n]
    if not judged:
        return ""
    target, low = report.settings.target, _floor(report)
    named = scale(low=low, high=1, width=_DRAWN, target=target, target_label=f"target {percent(target)}")
    head = ("Rater", ("Right", "n"), ("Accuracy, interval", "n"), named, "Standing", "Which way the errors go")
    with_reference = len({person.reference for person in judged}) > 1
    rows = [_person(person, low=low, target=target, with_reference=with_reference) for person in judged[:_MOST_PEOPLE]]
    words = (
        f"Target {percent(target)}. The whisker is the interval that the standing is judged by: each bound holds with "
        "95 %. The lowest bound comes first; samples under 20 answers are grey and come last."
    )
    first = table("Accuracy of each rater", head, rows[:_FIRST], name="people")
    others = table("Accuracy of the others", head, rows[_FIRST:], name="people") if rows[_FIRST:] else ""
    more = f"The {len(rows) - _FIRST:,} others"
    if len(judged) > len(rows):
        more = f"The next {len(rows) - _FIRST:,} of {len(judged) - _FIRST:,}; <code>--json</code> has all"
    return section("Each rater against the reference", words, first, details(more, others), profiles(report))


def _person(person: Person, *, low: float, target: float, with_reference: bool) -> str:
    place = person.standing
    hope = f'<div class="minor">{outlook(person, target)}</div>' if outlook(person, target) else ""
    reference = f'<div class="minor">against {REFERENCES[person.reference]}</div>' if with_reference else ""
    drawn = whisker(
        place.accuracy,
        low=low,
        high=1,
        width=_DRAWN,
        target=target,
        label=f"{figure(place.accuracy.value)}, {interval(place.accuracy)}",
    )
    return (
        f'<tr class="{"small" if place.n < _ENOUGH else "enough"}">'
        f'<th scope="row">{escape(person.name)}{reference}</th>'
        f'<td class="n of">{place.hits:,} of {place.n:,}</td><td class="n accuracy">{figure(place.accuracy.value)}'
        f'<div class="minor">{interval(place.accuracy)}</div></td><td class="drawn">{drawn}</td>'
        f'<td class="standing"><span class="state {place.standing}">{STANDINGS[place.standing]}</span></td>'
        f'<td class="errors">{escape(error_direction(person))}{hope}</td></tr>'
    )


def _matrix(report: Report) -> str:
    """Expected label by given label; left out without a reference and for taxonomies too wide for a page."""
    labels = report.ratings.labels
    if report.confusion is None or len(labels) > _MATRIX:
        return ""
    rows = []
    for at, expected in enumerate(labels):
        counts = report.confusion[at].tolist()
        off = max(sum(counts) - counts[at], 1)
        cells = "".join(_cell(n, n / off if column != at else None) for column, n in enumerate(counts))
        rows.append(f'<tr><th scope="row">{escape(expected)}</th>{cells}<td>{sum(counts):,}</td></tr>')
    head: Head = ("Expected", *((escape(label), "n") for label in labels), ("All", "n"))
    words = "Rows are what the reference expects, columns what raters gave; shade is the share of the row's errors."
    return section("What is taken for what", words, table("Labels given by expected label", head, rows, name="matrix"))


def _cell(n: int, heat: float | None) -> str:
    return f'<td class="same">{n:,}</td>' if heat is None else f'<td style="--heat:{heat:.2f}">{n:,}</td>'


def _cut(report: Report, name: str) -> str:
    groups = report.groups[name]
    low = min(0.0, _least([group.agreement.krippendorff_alpha for group in groups]))
    with_accuracy = any(group.accuracy is not None for group in groups)
    head: Head = (
        escape(name),
        ("Ratings", "n"),
        ("Raters", "n"),
        ("Alpha", "n"),
        scale(low=low, high=1),
    )
    if with_accuracy:
        head = (*head, ("Accuracy", "n"), "90 % interval", "Standing")
    rows = [_group(group, low=low, with_accuracy=with_accuracy) for group in groups]
    words = "Agreement within each group. Accuracy allows for answers of one rater and on one item hanging together."
    return section(f"By {escape(name)}", words, table(f"Figures by {escape(name)}", head, rows))


def _group(group: Group, *, low: float, with_accuracy: bool) -> str:
    alpha, place = group.agreement.krippendorff_alpha, group.accuracy
    caution = "" if alpha.status is Status.OK else f'<div class="minor">{alpha.words}</div>'
    cells = [
        f'<th scope="row">{escape(group.value)}</th>',
        *(
            f'<td class="n">{text}</td>'
            for text in (f"{group.n_ratings:,}", f"{group.n_raters:,}", figure(alpha.value))
        ),
        f"<td>{whisker(alpha, low=low, high=1, label=interval(alpha))}{caution}</td>",
    ]
    if place is not None:
        state = f'<span class="state {place.standing}">{STANDINGS[place.standing]}</span>'
        cells.append(
            f'<td class="n">{figure(place.accuracy.value)}</td>'
            f'<td class="range">{interval(place.accuracy)}</td><td>{state}</td>'
        )
    elif with_accuracy:
        cells.append('<td class="n">unknown</td><td></td><td></td>')
    return f"<tr>{''.join(cells)}</tr>"


def _notes(report: Report, made_on: date | None) -> str:
    categories = f"Categories ({report.ratings.n_categories}): {', '.join(map(escape, report.ratings.categories))}."
    notes = "".join(f"<li>{note}</li>" for note in (*_NOTES, categories))
    made = f"<footer>Measured on {made_on.isoformat()}.</footer>" if made_on else ""
    return f'<h2>How this was measured</h2><ul class="notes">{notes}</ul>{made}\n'


def _least(estimates: Iterable[Estimate]) -> float:
    """The least value or bound, rounded down to a tenth, 0 at most."""
    known = [bound for e in estimates for bound in (e.value, e.lower) if bound is not None]
    return min([0.0, *(int(bound * 10 - 1) / 10 for bound in known if bound < 0)])


def _floor(report: Report) -> float:
    return scale_bottom([person for person in report.people if person.standing.n], report.settings.target)
