"""What a report says in plain sentences, first things first, and how figures are written."""

from collections.abc import Sequence
from functools import lru_cache

from calibration.analysis.joint import Consensus
from calibration.analysis.measures import Person, Report
from calibration.analysis.pairings import Pair
from calibration.analysis.profiles import Profile
from calibration.analysis.suspicions import CopyingPair, Speeder, SuspectGold
from calibration.stats import Estimate, Level, Standing, Status, answers_to_settle

# Krippendorff 2004, Content Analysis, p. 241: rely on alpha from .800, draw tentative conclusions from .667.
_RELIABLE = 0.8
_TENTATIVE = 0.667
_NAMED = 6
_TOLD = 3
_SEARCH = 2000
_EVEN = 0.25

COEFFICIENTS = {
    "krippendorff_alpha": "Krippendorff's alpha",
    "krippendorff_alpha_masi": "Alpha of sets, MASI",
    "krippendorff_alpha_jaccard": "Alpha of sets, Jaccard",
    "krippendorff_alpha_nominal": "Krippendorff's alpha, nominal",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "brennan_prediger": "Brennan and Prediger's kappa",
    "brennan_prediger_weighted": "Brennan and Prediger's kappa, weighted",
    "fleiss_kappa": "Fleiss' kappa",
    "fleiss_kappa_weighted": "Fleiss' kappa, weighted",
    "percent_agreement": "Percent agreement",
    "pooled_agreement": "Pooled agreement",
}
JOINTS = {
    "majority": ("Majority", "the most frequent label; ties stay ties"),
    "dawid_skene": ("Dawid-Skene", "each rater has a confusion of their own"),
    "one_coin": ("One-coin", "each rater has one accuracy"),
    "glad": ("GLAD", "raters differ in ability, items in difficulty"),
}
REFERENCES = {"gold": "gold", "audit_seen": "QA decisions"}
STANDINGS = {
    Standing.BELOW: "below",
    Standing.MEETS: "meets",
    Standing.NOT_ENOUGH_DATA: "not enough data",
}


def figure(value: float | None, digits: int = 3) -> str:
    """A coefficient or share without its leading zero.

    >>> figure(0.9421), figure(-0.05), figure(1.0), figure(None)
    ('.942', '-.050', '1.000', 'unknown')
    """
    if value is None:
        return "unknown"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def interval(estimate: Estimate) -> str:
    """The bounds of an estimate in words.

    >>> interval(Estimate(0.9, 0.85, 0.94, 0.95, 50, Status.OK))
    '.850 to .940'
    """
    if estimate.lower is None or estimate.upper is None:
        return "no interval"
    return f"{figure(estimate.lower)} to {figure(estimate.upper)}"


def percent(share: float) -> str:
    """A share as a percentage without needless digits.

    >>> percent(0.95), percent(0.985)
    ('95 %', '98.5 %')
    """
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def listed(names: Sequence[str], limit: int = _NAMED) -> str:
    """Names joined as one says them, with the count of those left out.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], limit=1)
    ('a, b and c', 'a and 2 more')
    """
    shown = [*names[:limit], *([f"{len(names) - limit:,} more"] if len(names) > limit else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def headline(report: Report) -> str:
    """The one sentence that a page leads with."""
    judged = [person for person in report.people if person.standing.n]
    if judged:
        return _people_headline(judged, percent(report.settings.target))
    if report.headline.value is None:
        return "Agreement cannot be told from this file"
    return f"Raters agree with alpha {figure(report.headline.value)}"


def findings(report: Report) -> list[str]:
    """What the report found, as sentences in the order of consequence."""
    return [*_about_people(report), *_about_agreement(report), *_about_consensus(report), *_about_doubts(report)]


def error_direction(person: Person) -> str:
    """Which way a person errs, in words.

    >>> from calibration.stats import standing
    >>> error_direction(Person("a", "gold", 9, standing(7, 9, target=0.9), {"spam": {"ok": 2}}))
    'all 2 errors: ok where spam is expected'
    """
    if person.worst is None:
        return "no errors" if person.standing.n else "nothing to compare with"
    expected, given, n = person.worst
    wrong = person.standing.n - person.standing.hits
    what = f"{given} where {expected} is expected" if expected != "not stated" else f"{given} where QA disagreed"
    if wrong == 1:
        return f"1 error: {what}"
    return f"all {wrong:,} errors: {what}" if n == wrong else f"{n:,} of {wrong:,} errors: {what}"


def outlook(person: Person, target: float) -> str:
    """How many more answers would settle a standing that is open, or an empty text."""
    if person.standing.standing is not Standing.NOT_ENOUGH_DATA or not person.standing.n:
        return ""
    more = _more_answers(person.standing.hits, person.standing.n, target)
    if more is None:
        return f"more than {_SEARCH:,} further answers would be needed: too close to the target"
    return f"about {more:,} more would probably settle it"


def told_coefficients(report: Report) -> dict[str, Estimate]:
    """The coefficients that tell something of their own, the headline first: without an order AC2 is AC1."""
    ranked = sorted(report.coefficients.items(), key=lambda pair: pair[1] is not report.headline)
    return {
        name: estimate for name, estimate in ranked if name != "gwet_ac2" or report.settings.level is not Level.NOMINAL
    }


def pair_words(pair: Pair) -> str:
    """How far two raters agree.

    >>> pair_words(Pair("ann", "bob", 40, 30, 0.41))
    'ann and bob agree least, on 75 % of 40 items (kappa .410)'
    """
    shared = f"{percent(pair.percent)} of {plural(pair.n, 'item')}"
    return f"{pair.first} and {pair.second} agree least, on {shared} (kappa {figure(pair.kappa)})"


def joint_words(joint: Consensus) -> str:
    """Which way of joining answers serves best on the gold, and why."""
    choice = joint.choice
    if choice.status is not Status.OK:
        return (
            f"{plural(choice.n, 'gold item')} with several ratings cannot tell which way of joining answers is best: "
            "keep to the majority."
        )
    usual = next(way for way in choice.accuracies if way.name == "majority")
    ties = f" ({plural(usual.tied, 'tie')} left open)" if usual.tied else ""
    votes = f"{usual.right:,} of {plural(choice.n, 'gold item')}{ties}"
    best = choice.chosen
    if best is usual:
        return f"The majority is right on {votes}; no other way of joining answers is, by more than chance, more often."
    return (
        f"{JOINTS[best.name][0]} joins the answers best: right on {best.right:,}, the majority on {votes}. Where the "
        f"two differ it does better on {best.better:,} of {best.better + best.worse:,}."
    )


def choice_mark(joint: Consensus, name: str) -> str:
    """What stands beside the chosen way of joining answers."""
    if joint.choice.status is not Status.OK or joint.choice.aggregator != name:
        return ""
    return "none is better" if name == "majority" else "best here"


def gold_words(found: Sequence[SuspectGold]) -> str:
    """How much gold is contradicted, in a sentence."""
    clear = [suspect.item for suspect in found if suspect.stands_out]
    if not clear:
        return (
            f"On {plural(len(found), 'gold item')} those who disagree outweigh those who agree, none of which stands "
            "out by itself. An expert may look at the first of them."
        )
    items, them = plural(len(clear), "gold item"), "it" if len(clear) == 1 else "them"
    return f"{items} may be wrong: {listed(clear)}. Good raters contradict {them}; have an expert look."


def copying_words(found: Sequence[CopyingPair]) -> str:
    """Which raters share more wrong answers than chance has it, the clearest first."""
    first = found[0]
    said = (
        f"{first.first} and {first.second} gave the same wrong answer on {plural(first.same_wrong, 'item')}, "
        f"where chance gives about {first.expected:.1f}"
    )
    others = f"; {plural(len(found) - 1, 'further pair')} as well" if len(found) > 1 else ""
    return f"{said}{others}. They may have copied, or learned the same mistake: ask before concluding."


def speeding_words(found: Sequence[Speeder]) -> str:
    """Who hurries and errs."""
    names = listed([who.rater for who in found])
    hurry, are = ("hurries", "is") if len(found) == 1 else ("hurry", "are")
    return f"{names} {hurry} through many answers and {are} right less often than others: speak with them first."


def weakest_words(profile: Profile) -> str:
    """The category of which a rater finds the smallest share."""
    known = [(category.recall, category) for category in profile.categories if category.recall is not None]
    recall, weakest = min(known, key=lambda pair: pair[0])
    return f"finds {percent(recall)} of {weakest.expected:,} {weakest.name}"


def lenience(profile: Profile) -> str:
    """Whether a rater is strict or lenient, in a word; even within a quarter of a standard deviation."""
    if profile.detection is None:
        return "unknown"
    criterion = profile.detection.criterion
    return "even" if abs(criterion) < _EVEN else "lenient" if criterion > 0 else "strict"


def scale_bottom(people: Sequence[Person], target: float) -> float:
    """Where a scale of accuracies begins: under the least lower bound of the larger samples and under the target."""
    bounds = [person.standing.accuracy.lower for person in people if person.standing.accuracy.status is Status.OK]
    least = min([*(bound for bound in bounds if bound is not None), target])
    return max(int((least - 0.02) * 20) / 20, 0.0)


def plural(n: int, word: str) -> str:
    """A count with its word.

    >>> plural(1, "item"), plural(1200, "item"), plural(2, "category")
    ('1 item', '1,200 items', '2 categories')
    """
    if n == 1:
        return f"1 {word}"
    return f"{n:,} {word[:-1]}ies" if word.endswith("y") else f"{n:,} {word}s"


def _people_headline(judged: Sequence[Person], target: str) -> str:
    everybody = len({person.name for person in judged})
    below = _names(judged, Standing.BELOW)
    if len(below) > _TOLD:
        return f"{len(below):,} of {plural(everybody, 'rater')} are below the target of {target}"
    if below:
        return f"{listed(below)} {'is' if len(below) == 1 else 'are'} below the target of {target}"
    if not _names(judged, Standing.NOT_ENOUGH_DATA):
        return f"Everybody meets the target of {target}"
    if not _names(judged, Standing.MEETS):
        return f"Not enough data yet to hold anybody against the target of {target}"
    return f"Nobody is shown to be below the target of {target}"


@lru_cache(maxsize=4096)
def _more_answers(hits: int, n: int, target: float) -> int | None:
    return answers_to_settle(hits, n, target=target, limit=_SEARCH)


def _names(people: Sequence[Person], wanted: Standing) -> list[str]:
    return list(dict.fromkeys(person.name for person in people if person.standing.standing is wanted))


def _about_people(report: Report) -> list[str]:
    judged = [person for person in report.people if person.standing.n]
    if not judged:
        return ["The file has no gold, so it tells how raters agree and not who is right."]
    target = report.settings.target
    below = [person for person in judged if person.standing.standing is Standing.BELOW]
    said = [_below_words(person) for person in below[:_TOLD]]
    if len(below) > _TOLD:
        said.append(f"{len(below) - _TOLD:,} more are below too: {listed([person.name for person in below[_TOLD:]])}.")
    meets, unknown = _names(judged, Standing.MEETS), _names(judged, Standing.NOT_ENOUGH_DATA)
    if meets:
        said.append(f"{listed(meets)} {'meets' if len(meets) == 1 else 'meet'} the target of {percent(target)}.")
    if unknown:
        said.append(_unknown_words([p for p in judged if p.standing.standing is Standing.NOT_ENOUGH_DATA], target))
    if report.overall is not None and len(report.ratings.raters) > 1:
        accuracy = report.overall.accuracy
        said.append(f"Everybody together is right in {figure(accuracy.value)} of the answers ({interval(accuracy)}).")
    return said


def _below_words(person: Person) -> str:
    place = person.standing
    return (
        f"{person.name}: {place.hits:,} of {place.n:,} right against {REFERENCES[person.reference]}, "
        f"{figure(place.accuracy.value)} ({interval(place.accuracy)}); {error_direction(person)}."
    )


def _unknown_words(people: Sequence[Person], target: float) -> str:
    if len(people) > 1:
        names = list(dict.fromkeys(person.name for person in people))
        return f"For {plural(len(names), 'rater')} there is not enough data yet: {listed(names)}."
    person = people[0]
    place = person.standing
    hope = outlook(person, target)
    return (
        f"Not enough data yet for {person.name}: {place.hits:,} of {place.n:,} right, {figure(place.accuracy.value)} "
        f"({interval(place.accuracy)}). {hope[:1].upper()}{hope[1:]}."
    )


def _about_agreement(report: Report) -> list[str]:
    alpha, level = report.headline, "of sets" if report.ratings.separator else report.settings.level
    if alpha.value is None:
        return [f"Alpha cannot be told. {alpha.words}"]
    items = f"{plural(alpha.n, 'item')} rated twice or more"
    said = f"Agreement: alpha ({level}) {figure(alpha.value)} ({interval(alpha)}) over {items}"
    caution = f" {alpha.words}" if alpha.status is not Status.OK else ""
    return [f"{said}; {_alpha_words(alpha)}.{caution}"]


def _alpha_words(alpha: Estimate) -> str:
    if alpha.lower is None or alpha.upper is None:
        return "too little to say whether that is enough"
    if alpha.lower >= _RELIABLE:
        return "that is above .800, where labels are customarily relied on"
    if alpha.upper < _TENTATIVE:
        return "that is under .667, where conclusions are customarily not drawn"
    if alpha.lower >= _TENTATIVE:
        return "that allows tentative conclusions (.667 to .800 and above)"
    return "the interval does not settle whether that is enough (.667 is the customary least)"


def _about_consensus(report: Report) -> list[str]:
    joint = report.consensus
    return [] if joint is None or joint.majority.accuracy is None else [joint_words(joint)]


def _about_doubts(report: Report) -> list[str]:
    said = [gold_words(report.suspect_gold)] if any(one.stands_out for one in report.suspect_gold) else []
    if report.copying.found:
        said.append(copying_words(report.copying.found))
    if report.speeding is not None and report.speeding.found:
        said.append(speeding_words(report.speeding.found))
    if report.one_answer:
        names = listed([who.rater for who in report.one_answer])
        said.append(f"{names} nearly always gave one answer where others did not.")
    return said
