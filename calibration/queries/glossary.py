"""Our words and the trade's, each said once: pages take their explanations from here."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.text import slugify


class Kind(StrEnum):
    """Where a word comes from."""

    OURS = "Words of these pages"
    FIGURE = "Figures"
    TRADE = "Words of the trade"


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word with its meaning; a figure also with its formula in words. `also` holds other words for it."""

    word: str
    kind: Kind
    meaning: str
    formula: str = ""
    also: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its anchor on the page."""
        return slugify(self.word)

    def fits(self, wanted: str) -> bool:
        """Whether the text that was searched for stands in it."""
        said = " ".join([self.word, *self.also, self.meaning, self.formula])
        return wanted.casefold() in said.casefold()


def _ours(word: str, meaning: str, *also: str) -> Term:
    return Term(word=word, kind=Kind.OURS, meaning=meaning, also=also)


def _figure(word: str, meaning: str, formula: str, *also: str) -> Term:
    return Term(word=word, kind=Kind.FIGURE, meaning=meaning, formula=formula, also=also)


def _trade(word: str, meaning: str, *also: str) -> Term:
    return Term(word=word, kind=Kind.TRADE, meaning=meaning, also=also)


TERMS = (
    _ours("Item", "One thing to judge: a post, a conversation, an image.", "task", "job", "unit"),
    _ours("Queue", "A stream of items that follows one policy, with its questions and its sampling.", "project"),
    _ours(
        "Labeler",
        "Whoever labels: a person, a model behind the API, or somebody known only from imported decisions.",
        "annotator",
        "rater",
        "moderator",
        "agent",
    ),
    _ours("Label", "A labeler's answer. It is never changed: a revision is a further one.", "annotation", "decision"),
    _ours("Category", "A class of the policy's taxonomy; “no violation” is one of them.", "class", "tag"),
    _ours("Clause", "A numbered part of a policy. Figures by clause show which rule is hard."),
    _ours("Policy version", "The rules as they stood from one day on. Each label keeps the version that was shown."),
    _ours(
        "Gold item",
        "An item whose right answer two people have approved under a policy version. Some are placed among the ordinary"
        " work, unseen.",
        "honeypot",
        "ground truth",
        "golden set",
    ),
    _ours("Overlap", "Several labelers on one item, so that agreement can be measured.", "redundancy", "multi-review"),
    _ours(
        "Audit",
        "A decision judged again by an auditor. Blind: the auditor did not see the first answer. With the answer in"
        " view: the auditor saw it, which flatters.",
        "QA check",
        "quality review",
    ),
    _ours(
        "Adjudication",
        "What one person decides where labeler and auditor differ: the decision stands, is overturned, or the policy is"
        " unclear.",
    ),
    _ours(
        "Reference",
        "What an accuracy is measured against: gold, blind audits, or audits that saw the answer. Each figure names"
        " its own, and they are never pooled, for they are different questions.",
    ),
    _ours("Target", "The accuracy that a queue asks for, such as .95."),
    _ours(
        "Standing",
        "Where somebody stands against the target: below, meets, or not enough data. It is judged on declared dates"
        " only, on Mondays, and describes: it never opens a quality flag.",
        "pass or fail",
    ),
    _ours(
        "Not enough data",
        "The answers so far do not tell. It is no verdict: beside it stands how many more would settle it.",
    ),
    _ours("Watch", "The running check has seen some evidence of a change. More gold is served; nobody is told."),
    _ours(
        "Quality flag",
        "A finding about a labeler that needs a person's decision. Only the running check and the weekly test open"
        " one, both on gold.",
        "strike",
    ),
    _ours("Evidence", "The answers that a flag rests on, frozen as they were."),
    _ours(
        "Dispute",
        "A labeler's objection to one counted answer. Until it is decided by somebody independent, figures are shown"
        " with the answer and without it.",
        "appeal",
    ),
    _ours("Calibration set", "Chosen items to practise on, or an exam."),
    _ours("Certification", "The proof that somebody may work in a queue."),
    _ours("Population", "What a figure counts: which answers, by which reference and clauses, and since when."),
    _ours("Trail", "The record of who did what, to which nothing can be changed.", "audit log"),
    _figure(
        "Accuracy",
        "The share of checked answers that were right.",
        "Right answers divided by all answers that have a reference. “Cannot tell” is wrong unless the reference"
        " accepts it. The interval around one person's share is Wilson's at 95 %.",
        "quality score",
        "QA score",
    ),
    _figure(
        "Group accuracy",
        "The accuracy of a team, vendor or queue.",
        "Right answers divided by checked answers. Answers of one person hang together, and so do answers on one"
        " item; the interval allows for both, so it is wider than one person's with as many answers.",
    ),
    _figure(
        "Stratified accuracy",
        "One figure a person over several queues.",
        "Right answers of all queues divided by their checked answers, each queue over its own period; the target is"
        " the queues' targets weighted by those answers.",
    ),
    _figure(
        "Weighted accuracy",
        "Accuracy where decisions were drawn with unequal chances.",
        "Each judged decision counts by one over the chance that it had of being drawn (Hájek).",
    ),
    _figure(
        "Standing interval",
        "The interval that a standing is judged by.",
        "Clopper and Pearson's exact interval at 90 %, so that each bound alone holds with 95 %: below if the upper"
        " bound is under the target, meets if the lower bound reaches it, and never under 20 answers.",
    ),
    _figure(
        "Alpha",
        "Krippendorff's alpha: how far labelers agree beyond chance. 1 is perfect, 0 is chance.",
        "One minus the disagreement that was seen divided by the disagreement that chance would give, over items that"
        " two or more judged.",
        "inter-rater agreement",
        "IRR",
    ),
    _figure(
        "Percent agreement",
        "The share of pairs of answers to the same item that are the same. It flatters rare categories.",
        "For each item the agreeing pairs divided by all pairs, averaged over items with two answers or more.",
    ),
    _figure("AC1", "Gwet's AC1: agreement beyond chance that hardly moves with how rare a category is.", ""),
    _figure(
        "False positive",
        "A violating category given where there was no violation: over-enforcement.",
        "False positives divided by the checked answers to items without a violation.",
        "over-enforcement",
    ),
    _figure(
        "False negative",
        "“No violation” given where there was one: under-enforcement.",
        "False negatives divided by the checked answers to violating items.",
        "under-enforcement",
        "miss",
    ),
    _figure("Wrong selection", "One violating category given for another.", ""),
    _figure(
        "Running check",
        "The CUSUM of one labeler in a queue, on gold alone.",
        "It rises with each wrong gold answer, falls with each right one, never under 0, and asks for a decision when"
        " it crosses the limit.",
        "CUSUM",
    ),
    _figure(
        "Answers to settle",
        "How many more checked answers would settle a standing with probability .8, if the person is as they look.",
        "The exact binomial chance that the interval clears the target after so many more answers.",
    ),
    _figure(
        "Retraining effect",
        "Accuracy after a retraining or coaching less accuracy before it, on the same clauses.",
        "The first 100 gold answers after the measure against the first 100 between flag and decision, clause by"
        " clause, weighted by Mantel and Haenszel. The run that raised the flag stays out: people are flagged at their"
        " worst, so a plain comparison would show a gain without any. Under 30 answers on a side nothing is told.",
        "effect",
        "regression to the mean",
    ),
    _figure(
        "Best guess",
        "Where somebody's accuracy most likely lies, few answers pulled towards the other people of the queue.",
        "(Right answers + a) divided by (answers + a + b), with a and b fitted to everybody in the queue. It is for"
        " planning, and nobody is ranked or judged by it.",
        "empirical Bayes",
    ),
    _figure(
        "Severity-weighted error",
        "What an answer costs on average: each error at the cost of the category that was expected.",
        "The costs of all errors, as the queue's measuring page sets them, divided by the answers.",
        "cost-weighted error",
    ),
    _figure(
        "Strict and lenient",
        "Which way somebody errs when in doubt: towards calling a violation, or towards letting it pass.",
        "The criterion c of signal detection: half the sum of the z-scores of hits and of false alarms, sign turned. It"
        " is told where it lies more than 1.96 standard errors from 0; d' says how well violations are told from the"
        " rest.",
        "criterion",
        "d prime",
    ),
    _trade("AHT", "Average handling time: how long a decision takes from opening to submit.", "average handle time"),
    _trade("TAT", "Turnaround time: from an item's arrival to its decision.", "turnaround time"),
    _trade("SLA", "Service level agreement: what a contract promises, such as a TAT or an accuracy.", "service level"),
    _trade("Nesting", "The first weeks of live work after training, with every decision checked.", "on-the-job"),
    _trade("Ramp", "The weeks in which somebody new gets up to full speed.", "ramp-up"),
    _trade("TL", "Team lead: who coaches a team and replies to flags with its people.", "team lead", "supervisor"),
    _trade("QM", "Quality manager; here QA manager.", "QA manager"),
    _trade("RCA", "Root cause analysis: why an error happened. Not each is the person's: a clause can be unclear."),
    _trade("Over-enforcement", "Acting on what breaks no rule: false positives.", "false positive"),
    _trade("Under-enforcement", "Leaving what breaks a rule: false negatives.", "false negative", "leakage"),
    _trade(
        "Overturn",
        "A decision that was changed on appeal or in adjudication. An overturn rate is no accuracy.",
        "reversal",
    ),
    _trade("Appeal", "A user's objection to a decision about their content; not a labeler's dispute."),
    _trade("Calibration", "People judge the same items and talk about where they differ, so that they judge alike."),
    _trade("Shrinkage", "Paid time without labeling: training, breaks, meetings."),
    _trade("Occupancy", "The share of logged-in time that is spent on items."),
    _trade("Backlog", "Items that wait."),
    _trade("Escalation", "Handing an item to somebody with more authority, at once if somebody may be in danger."),
    _trade("Prevalence", "How common a category is among the items."),
    _trade("Precision", "Of the items called violating, the share that are."),
    _trade("Recall", "Of the violating items, the share that were found.", "sensitivity"),
    _trade("Double-blind", "Two people judge without seeing each other's answer."),
    _trade("FTE", "Full-time equivalent: one person's full working week.", "headcount"),
    _trade("BPO", "Business process outsourcing: a vendor that employs labelers.", "vendor", "outsourcer"),
    _trade("P0", "A queue or item whose delay may cost lives or break the law.", "priority zero"),
    _trade("Wellness", "Breaks, support and limits for people who look at bad things. Never part of a standing."),
)
BY_WORD = {term.word: term for term in TERMS}


def find_terms(wanted: str = "") -> dict[Kind, list[Term]]:
    """The terms that fit, by where they come from, in the order of the alphabet."""
    fitting: Iterable[Term] = (term for term in TERMS if term.fits(wanted.strip()))
    ordered = sorted(fitting, key=lambda term: term.word.casefold())
    grouped = {kind: [term for term in ordered if term.kind == kind] for kind in Kind}
    return {kind: terms for kind, terms in grouped.items() if terms}


def formula_of(word: str) -> str:
    """How a figure is computed, in words.

    >>> formula_of("Alpha")[:25]
    'One minus the disagreemen'
    """
    return BY_WORD[word].formula
