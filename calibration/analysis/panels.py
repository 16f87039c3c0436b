"""The parts of the page that a reader opens: further coefficients, pairs, profiles, joint answers, suspicions."""

from html import escape

from calibration.analysis.blocks import Head, details, note, row, section, table
from calibration.analysis.measures import Report
from calibration.analysis.pairings import ENOUGH_SHARED, Pair
from calibration.analysis.profiles import ENOUGH_JUDGED, Profile
from calibration.analysis.sentences import (
    COEFFICIENTS,
    JOINTS,
    choice_mark,
    copying_words,
    figure,
    gold_words,
    interval,
    joint_words,
    lenience,
    pair_words,
    percent,
    plural,
    speeding_words,
    told_coefficients,
    weakest_words,
)
from calibration.stats import Estimate, Status

_LISTED = 50
_FEW = 10
_TIES = (
    "The majority is measured on items without a tie, the others on all. For the choice a tie counts as the chance to "
    "hit when it is broken at random."
)
ABOUT = {
    "krippendorff_alpha": "corrected for chance, any number of raters an item",
    "krippendorff_alpha_masi": "sets of labels; one that holds the other counts as two thirds of their overlap",
    "krippendorff_alpha_jaccard": "sets of labels, by the share of members in common",
    "krippendorff_alpha_nominal": "any difference counts in full",
    "gwet_ac1": "steadier where a category is rare",
    "gwet_ac2": "AC1 with partial agreement where labels have an order; without one it is AC1",
    "brennan_prediger": "chance gives each category alike",
    "brennan_prediger_weighted": "the same, near misses count in part",
    "fleiss_kappa": "the customary kappa for several raters",
    "fleiss_kappa_weighted": "the same, near misses count in part",
    "percent_agreement": "knows nothing of chance: never read it alone",
    "pooled_agreement": "as percent, items with many ratings weigh more",
}


def coefficient_rows(estimates: dict[str, Estimate]) -> list[str]:
    """A row a coefficient: what it is, value, interval and items."""
    return [
        row(
            f'{COEFFICIENTS[name]}<div class="minor">{ABOUT[name]}</div>',
            (figure(estimate.value), "n"),
            (f"{interval(estimate)}{_caution(estimate)}", "range"),
            (f"{estimate.n:,}", "n"),
        )
        for name, estimate in estimates.items()
    ]


def further_coefficients(report: Report, shown: set[str]) -> str:
    """The coefficients that are not shown at once."""
    further = {name: estimate for name, estimate in told_coefficients(report).items() if name not in shown}
    head: Head = ("Coefficient", ("Value", "n"), "95 % interval", ("Items", "n"))
    return details("Further coefficients", table("Further coefficients", head, coefficient_rows(further)))


def bootstrapped(report: Report) -> str:
    """The intervals by resampling, beside those by the jackknife."""
    found = report.bootstrap
    if found is None:
        return ""
    head: Head = ("Coefficient", ("Value", "n"), "Jackknife, items", "Bootstrap, items", "Bootstrap, raters")
    rows = [
        row(
            COEFFICIENTS[name],
            (figure(estimate.value), "n"),
            (interval(report.coefficients[name]), "range"),
            (interval(estimate), "range"),
            (interval(found.raters[name]) if name in found.raters else "too many ratings an item", "range"),
        )
        for name, estimate in found.items.items()
    ]
    words = (
        f"{found.replicates:,} replicates, 95 % intervals. Over items: what other items would have changed. Over "
        "raters: what other people would have."
    )
    return details("Intervals by bootstrap", note(words), table("Intervals by bootstrap", head, rows))


def pairs(report: Report) -> str:
    """The pairs of raters who agree least and most."""
    pairings = report.pairings
    if len(report.ratings.raters) < 2:
        return ""
    if pairings.counted is None:
        return note("Pairs of raters were not compared: items have so many ratings that there are too many to count.")
    least, most = pairings.least_alike(), pairings.most_alike()
    if not least:
        return note(f"No two raters share {ENOUGH_SHARED} items, so pairs are not compared.")
    words = (
        f"{plural(pairings.n_enough(), 'pair')} of raters share {ENOUGH_SHARED} items or more. The least and the most "
        "alike are listed; <code>--json</code> has all. Who agrees with whom does not tell who is right."
    )
    shown = [*_pair_rows(least), *_pair_rows(most)]
    head: Head = ("Pair", ("Same label", "n"), ("Kappa", "n"), ("Items", "n"))
    return details(
        f"Pairs of raters: {escape(pair_words(least[0]))}", note(words), table("Pairs of raters", head, shown)
    )


def _pair_rows(listed: list[Pair]) -> list[str]:
    return [
        row(
            f"{escape(pair.first)} and {escape(pair.second)}",
            (percent(pair.percent), "n"),
            (figure(pair.kappa), "n"),
            (f"{pair.n:,}", "n"),
        )
        for pair in listed
    ]


def profiles(report: Report) -> str:
    """What kind of errors each rater makes."""
    if not report.profiles:
        return ""
    has_rates = report.settings.no_violation is not None
    head: Head = ("Rater", ("Answers", "n"), ("Macro-F1", "n"), ("Matthews", "n"), "Weakest category")
    if has_rates:
        head = (*head, ("False positives", "n"), ("False negatives", "n"), ("d'", "n"), "Tends to be")
    rows = [_profile(profile, has_rates=has_rates) for profile in report.profiles[:_LISTED]]
    more = f" The first {_LISTED} are listed; <code>--json</code> has all." if len(report.profiles) > _LISTED else ""
    words = (
        f"Raters with {ENOUGH_JUDGED} answers or more against the reference. Macro-F1 is the mean over the categories "
        f"of the balance of precision and recall; Matthews' correlation is 0 for answers at random.{more}"
    )
    if not has_rates:
        words += " With <code>--no-violation LABEL</code> false positives and false negatives are told apart."
    return details("Error profile of each rater", note(words), table("Error profile of each rater", head, rows))


def _profile(profile: Profile, *, has_rates: bool) -> str:
    cells: list[str | tuple[str, str]] = [
        (f"{profile.n:,}", "n"),
        (figure(profile.macro_f1), "n"),
        (figure(profile.matthews), "n"),
        escape(weakest_words(profile)),
    ]
    if has_rates:
        rates = (profile.false_positives, profile.false_negatives)
        cells += [(figure(rate.value if rate else None), "n") for rate in rates]
        cells += [(figure(profile.detection.sensitivity, 2) if profile.detection else "unknown", "n")]
        cells += [lenience(profile)]
    return row(escape(profile.rater), *cells)


def joints(report: Report) -> str:
    """Each way of joining answers, measured on the gold."""
    joint = report.consensus
    if joint is None or joint.majority.accuracy is None:
        return ""
    head: Head = ("Joint answer", "Choice", ("Equals the gold", "n"), ("Items", "n"), ("Ties left out", "n"))
    rows = [
        row(
            f'{JOINTS[name][0]}<div class="minor">{JOINTS[name][1]}</div>',
            choice_mark(joint, name),
            ("not computed" if found.accuracy is None else percent(found.accuracy), "n"),
            (f"{found.n:,}", "n"),
            (f"{found.ties:,}" if name == "majority" else "none", "n"),
        )
        for name, found in joint.by_name.items()
    ]
    return section(
        "Joining the answers of an item",
        joint_words(joint),
        details("Each way of joining", note(_TIES), table("Joint answers measured on the gold", head, rows)),
    )


def suspect_gold(report: Report) -> str:
    """Gold that its raters contradict."""
    if not report.suspect_gold:
        return ""
    clear = [suspect for suspect in report.suspect_gold if suspect.stands_out]
    head: Head = ("Item", "Gold", "Most say", ("Against", "n"), ("Weight", "n"), "Stands out")
    rows = [
        row(
            escape(suspect.item),
            escape(suspect.gold),
            escape(suspect.given),
            (f"{suspect.against} of {suspect.n}", "n"),
            (f"{suspect.score:.1f}", "n"),
            "yes" if suspect.stands_out else "not by itself",
        )
        for suspect in clear[:_LISTED] or report.suspect_gold[:_FEW]
    ]
    words = (
        "Disagreement is weighted by the skill of those who disagree; above 0 it outweighs the agreement. An item "
        "stands out where people of this skill would hardly be wrong so often on right gold (false discovery rate 5 %)."
    )
    body = details("The gold that is contradicted most", note(words), table("Gold that may be wrong", head, rows))
    return section("Gold that may be wrong", escape(gold_words(report.suspect_gold)), body)


def copying(report: Report) -> str:
    """Pairs of raters who share more wrong answers than chance has it."""
    found = report.copying.found
    if not found:
        return ""
    head: Head = ("Pair", ("Same wrong answer", "n"), ("By chance", "n"), ("Both wrong", "n"), ("Items", "n"))
    rows = [
        row(
            f"{escape(pair.first)} and {escape(pair.second)}",
            (f"{pair.same_wrong:,}", "n"),
            (f"{pair.expected:.1f}", "n"),
            (f"{pair.both_wrong:,}", "n"),
            (f"{pair.shared:,}", "n"),
        )
        for pair in found[:_LISTED]
    ]
    words = (
        f"{plural(report.copying.n_compared or 0, 'pair')} of raters were compared; these stand out at a false "
        "discovery rate of 5 %. Chance allows for how often each errs and for how hard the items are. It asks a "
        "question and proves nothing."
    )
    body = details("The pairs and their counts", note(words), table("Pairs who share wrong answers", head, rows))
    return section("The same wrong answers", escape(copying_words(found)), body)


def speeding(report: Report) -> str:
    """Raters who hurry and err."""
    if report.speeding is None or not report.speeding.found:
        return ""
    head: Head = ("Rater", ("In a hurry", "n"), ("Median, s", "n"), ("Usual, s", "n"), ("Right", "n"), ("Others", "n"))
    rows = [
        row(
            escape(who.rater),
            (f"{who.hurried:,} of {who.n:,}", "n"),
            (f"{who.seconds:.1f}", "n"),
            (f"{who.usual_seconds:.1f}", "n"),
            (f"{who.right:,} of {who.scored:,}", "n"),
            (percent(who.rest), "n"),
        )
        for who in report.speeding.found[:_LISTED]
    ]
    words = (
        f"{plural(report.speeding.n_tested, 'rater')} with enough answers were tested. An answer is in a hurry under 5 "
        "seconds and under a quarter of what is usual for its item. Nobody is listed for speed alone."
    )
    body = details("Times and accuracy", note(words), table("Raters who hurry and err", head, rows))
    return section("In a hurry, and wrong more often", escape(speeding_words(report.speeding.found)), body)


def one_answer(report: Report) -> str:
    """Raters who nearly always give one label."""
    if not report.one_answer:
        return ""
    head: Head = ("Rater", "Label", ("Own share", "n"), ("Others, same items", "n"))
    rows = [
        row(
            escape(who.rater),
            escape(who.label),
            (f"{percent(who.share)} of {who.n:,}", "n"),
            (percent(who.expected), "n"),
        )
        for who in report.one_answer
    ]
    words = (
        "At least 95 % of these raters' answers are one and the same label, far more than others gave on the "
        "same items (false discovery rate 5 %). There may be a good reason: ask before concluding."
    )
    return section("Nearly always one answer", words, table("Raters who give one answer", head, rows))


def _caution(estimate: Estimate) -> str:
    return "" if estimate.status is Status.OK else f'<div class="minor">{estimate.words}</div>'
