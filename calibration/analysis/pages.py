"""The report as one self-contained page that opens from disk: nothing is loaded from elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from pathlib import Path

from calibration.analysis.charts import scale, whisker
from calibration.analysis.measures import Group, Person, Report
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

# The heads of a table: a text, or a text and its class.
_Head = Sequence[str | tuple[str, str]]

_STYLE = Path(__file__).with_name("report.css")
_NO_BREAK = "\u00a0"
_ENOUGH = 20
_MATRIX = 16
_DRAWN = 220
_LISTED = 50

_ABOUT = {
    "krippendorff_alpha": "corrected for chance, any number of raters an item",
    "gwet_ac1": "steadier where a category is rare",
    "percent_agreement": "knows nothing of chance: never read it alone",
    "fleiss_kappa": "the customary kappa for several raters",
}
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
    "Joint answers: majority, ties left out; Dawid-Skene (1979) fitted to convergence from the majority shares.",
    "Not looked for here: raters who copy from each other, speed, drift over time, errors from an unclear rule.",
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
        _doubts(report),
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
    alpha = report.agreement.krippendorff_alpha
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
    low = min(0.0, _least(report.agreement.named.values()))
    rows = []
    for name, estimate in report.agreement.named.items():
        caution = "" if estimate.status is Status.OK else f'<div class="minor">{estimate.words}</div>'
        rows.append(
            f'<tr><th scope="row">{COEFFICIENTS[name]}<div class="minor">{_ABOUT[name]}</div></th>'
            f'<td class="n">{figure(estimate.value)}</td><td class="range">{interval(estimate)}{caution}</td>'
            f"<td>{whisker(estimate, low=low, high=1, label=interval(estimate))}</td>"
            f'<td class="n">{estimate.n:,}</td></tr>'
        )
    head = ("Coefficient", ("Value", "n"), "95 % interval", scale(low=low, high=1), ("Items", "n"))
    return _section(
        "How far raters agree",
        f"Level of measurement: {report.settings.level}. Items with two ratings or more: {report.tally.n_pairable:,}.",
        _table("Agreement between raters", head, rows),
    )


def _categories(report: Report) -> str:
    """How often each category was given and agreed on."""
    head: _Head = (
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
    return _section(
        "Agreement on each category", words, _table("Share of each category and agreement on it", head, rows)
    )


def _people(report: Report) -> str:
    judged = [person for person in report.people if person.standing.n]
    if not judged:
        return ""
    target, low = report.settings.target, _floor(report)
    named = scale(low=low, high=1, width=_DRAWN, target=target, target_label=f"target {percent(target)}")
    head = ("Rater", ("Right", "n"), ("Accuracy, interval", "n"), named, "Standing", "Which way the errors go")
    rows = [
        _person(person, low=low, target=target, with_reference=len({p.reference for p in judged}) > 1)
        for person in judged
    ]
    words = (
        f"Target {percent(target)}. The whisker is the interval that the standing is judged by: each bound holds with "
        "95 %. The lowest bound comes first; samples under 20 answers are grey and come last."
    )
    return _section(
        "Each rater against the reference", words, _table("Accuracy of each rater", head, rows, name="people")
    )


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
    head: _Head = ("Expected", *((escape(label), "n") for label in labels), ("All", "n"))
    words = "Rows are what the reference expects, columns what raters gave; shade is the share of the row's errors."
    return _section(
        "What is taken for what", words, _table("Labels given by expected label", head, rows, name="matrix")
    )


def _cell(n: int, heat: float | None) -> str:
    return f'<td class="same">{n:,}</td>' if heat is None else f'<td style="--heat:{heat:.2f}">{n:,}</td>'


def _cut(report: Report, name: str) -> str:
    groups = report.groups[name]
    low = min(0.0, _least([group.agreement.krippendorff_alpha for group in groups]))
    with_accuracy = any(group.accuracy is not None for group in groups)
    head: _Head = (
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
    return _section(f"By {escape(name)}", words, _table(f"Figures by {escape(name)}", head, rows))


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


def _doubts(report: Report) -> str:
    """Gold that all raters contradict, and raters who give one answer."""
    parts = []
    if report.doubted:
        rows = [
            f'<tr><th scope="row">{escape(doubt.item)}</th><td>{escape(doubt.gold)}</td>'
            f'<td>{escape(doubt.given)}</td><td class="n">{doubt.n}</td></tr>'
            for doubt in report.doubted[:_LISTED]
        ]
        more = f" The first {_LISTED} of {len(report.doubted):,} are listed." if len(report.doubted) > _LISTED else ""
        words = (
            "All raters of these items, three or more, give the same label, and it is not the gold. "
            f"An expert should look at them.{more}"
        )
        doubt_head: _Head = ("Item", "Gold", "All raters say", ("Ratings", "n"))
        parts.append(
            _section(
                "Gold that may be wrong", words, _table("Items whose raters contradict the gold", doubt_head, rows)
            )
        )
    if report.one_answer:
        rows = [
            f'<tr><th scope="row">{escape(who.name)}</th><td>{escape(who.label)}</td>'
            f'<td class="n">{percent(who.share)} of {who.n:,}</td>'
            f'<td class="n">{percent(who.expected)}</td></tr>'
            for who in report.one_answer
        ]
        words = (
            "At least 95 % of these raters' answers are one and the same label, far more than others gave on the "
            "same items (false discovery rate 5 %). There may be a good reason: ask before concluding."
        )
        head = ("Rater", "Label", ("Own share", "n"), ("Others, same items", "n"))
        parts.append(_section("Nearly always one answer", words, _table("Raters who give one answer", head, rows)))
    return "".join(parts)


def _notes(report: Report, made_on: date | None) -> str:
    categories = f"Categories ({report.ratings.n_categories}): {', '.join(map(escape, report.ratings.categories))}."
    notes = "".join(f"<li>{note}</li>" for note in (*_NOTES, categories))
    made = f"<footer>Measured on {made_on.isoformat()}.</footer>" if made_on else ""
    return f'<h2>How this was measured</h2><ul class="notes">{notes}</ul>{made}\n'


def _section(title: str, words: str, body: str) -> str:
    return f'<section><h2>{title}</h2><p class="lead">{words}</p>{body}</section>\n'


def _table(caption: str, head: _Head, rows: Iterable[str], *, name: str = "plain") -> str:
    """A table with a caption; a head is its text, or its text and its class."""
    pairs = [(text, "") if isinstance(text, str) else text for text in head]
    heads = "".join(
        f'<th scope="col" class="{kind}">{text}</th>' if kind else f'<th scope="col">{text}</th>'
        for text, kind in pairs
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="{name}"><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _least(estimates: Iterable[Estimate]) -> float:
    """The least value or bound, rounded down to a tenth, 0 at most."""
    known = [bound for e in estimates for bound in (e.value, e.lower) if bound is not None]
    return min([0.0, *(int(bound * 10 - 1) / 10 for bound in known if bound < 0)])


def _floor(report: Report) -> float:
    return scale_bottom([person for person in report.people if person.standing.n], report.settings.target)
