"""Guessing what the columns of a file mean: from their names where those say it, else from what the cells hold.

The steps follow each other, and each takes columns away from the next: what is certain comes first. Every guess says
why, and how sure it is, because a person confirms it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labeling.importing.meanings import (
    FIRST_QUESTION,
    AskedQuestion,
    ColumnMeaning,
    DecisionMapping,
    Meaning,
)
from labeling.importing.profiles import Profile
from labeling.importing.values import code_for, means_cannot_tell, means_no_violation

SURE, LIKELY, UNSURE = "sure", "likely", "unsure"
NAMES: dict[Meaning, frozenset[str]] = {
    meaning: frozenset(words.split())
    for meaning, words in {
        Meaning.ITEM: "item itemid externalid caseid contentid postid jobid ticketid taskid id uid",
        Meaning.TEXT: "text contenttext body message post comment content",
        Meaning.LABELER: "labeler rater annotator worker reviewer moderator agent labelerid raterid username user "
        "reviewerid agentid moderatorid analyst",
        Meaning.VENDOR: "vendor company agency site supplier bpo partner",
        Meaning.TEAM: "team group squad teamname",
        Meaning.LANGUAGE: "language lang locale",
        Meaning.DATE: "labeledat createdat date timestamp decidedat time labelledat decisiondate decisiontime",
        Meaning.POLICY: "policy policyname guideline queue queuename workflow project",
        Meaning.RATIONALE: "rationale reason note notes explanation",
        Meaning.AUDITOR: "auditor qaby qareviewer auditedby qaagent checker qareviewerid",
        Meaning.AUDITED_ON: "auditedat auditedon qaat qadate auditdate qatime",
        Meaning.AUDIT_SEEN: "qa qalabel qadecision qaanswer audit auditdecision auditlabel correctedlabel qaresult",
        Meaning.AUDIT_BLIND: "blindqa qablind blindaudit auditblind blindlabel blinddecision",
        Meaning.GOLD: "gold goldlabel expected golden goldanswer correct truth groundtruth correctanswer",
        Meaning.APPROVED_BY: "approvedby approver goldapprovedby",
        Meaning.APPROVED_ON: "approvedon approvedat approvaldate goldapprovedon",
        Meaning.ANSWER: "label decision answer category labels verdict outcome violation",
    }.items()
}
LANGUAGE = re.compile(r"[a-z]{2,3}([-_ ][a-z]{2,4})?")
KNOWN_LANGUAGES = frozenset(
    re.findall(
        r"\w+",
        "en de fr es pt it nl pl ru uk tr ar he fa hi bn ur ta te th vi id ms tl fil zh ja ko sv da no nb fi cs sk hu "
        "ro bg el sr hr sl lt lv et sw am so ha yo zu af ca eu gl is ga mt sq mk ka hy az kk uz mn km lo my ne si",
    )
)
LONG_TEXT, MANY_WORDS = 40, 5
MOST_CATEGORIES = 60
MOST_POLICIES = 30
FUNCTION = 0.98
SECOND_QUESTION = 0.8


@dataclass(frozen=True)
class Guess:
    """What a column probably means."""

    profile: Profile
    column: ColumnMeaning
    certainty: str
    why: str


@dataclass
class _Guessing:
    """The columns not yet understood, and those that are."""

    left: list[Profile]
    found: dict[str, Guess] = field(default_factory=dict)
    questions: list[AskedQuestion] = field(default_factory=lambda: [FIRST_QUESTION])

    def take(self, profile: Profile, meaning: Meaning, certainty: str, why: str, *, question: str = "") -> None:
        """Understand one column."""
        labeler = profile.name if meaning is Meaning.LABELER_ANSWER else ""
        column = ColumnMeaning(profile.name, meaning, question, labeler)
        self.found[profile.name] = Guess(profile, column, certainty, why)
        self.left.remove(profile)

    def having(self, meaning: Meaning) -> Profile | None:
        """The first column with this meaning."""
        return next((guess.profile for guess in self.found.values() if guess.column.meaning is meaning), None)


def guess_meanings(profiles: Sequence[Profile]) -> tuple[tuple[Guess, ...], tuple[AskedQuestion, ...]]:
    """A guess a column, in the order of the file, and the questions that the columns answer."""
    guessing = _Guessing(list(profiles))
    for step in _STEPS:
        step(guessing)
    for profile in list(guessing.left):
        guessing.take(profile, Meaning.IGNORED, UNSURE, _why_ignored(profile))
    return tuple(guessing.found[profile.name] for profile in profiles), tuple(guessing.questions)


def mapping_of(guesses: Iterable[Guess], questions: Sequence[AskedQuestion], *, policy: str) -> DecisionMapping:
    """The mapping that the guesses make; `policy` names all rows where no column does."""
    columns = tuple(guess.column for guess in guesses)
    has_policy = any(column.meaning is Meaning.POLICY for column in columns)
    return DecisionMapping(columns, tuple(questions), policy="" if has_policy else policy)


def _take_empty(guessing: _Guessing) -> None:
    for profile in list(guessing.left):
        if not profile.filled:
            guessing.take(profile, Meaning.IGNORED, SURE, "Nothing stands in it.")


def _take_named(guessing: _Guessing) -> None:
    """Names that say it, where the cells do not speak against it; answers last, as their question needs them all."""
    for meaning, names in NAMES.items():
        for profile in list(guessing.left):
            if _plain(profile.name) in names and _fits(profile, meaning) and guessing.having(meaning) is None:
                question = FIRST_QUESTION.key if meaning in _ASKING else ""
                guessing.take(profile, meaning, SURE, "Its name says so.", question=question)
    if guessing.having(Meaning.ANSWER) is None:
        _give_back(guessing)


def _give_back(guessing: _Guessing) -> None:
    """Without a named answer, columns beside it are looked at together."""
    for name, guess in list(guessing.found.items()):
        if guess.column.meaning in _ASKING:
            guessing.left.append(guessing.found.pop(name).profile)


def _take_fractions(guessing: _Guessing) -> None:
    for profile in list(guessing.left):
        if profile.fractions > 0.9:
            guessing.take(profile, Meaning.IGNORED, LIKELY, "It holds measurements.")


def _take_dates(guessing: _Guessing) -> None:
    """The fullest column of dates is the decision's; one that is filled with fewer rows may be the auditor's."""
    dates = sorted((p for p in guessing.left if p.dates > 0.95), key=lambda profile: -profile.fill)
    for profile in dates:
        if guessing.having(Meaning.DATE) is None:
            certainty = SURE if len(dates) == 1 else LIKELY
            guessing.take(profile, Meaning.DATE, certainty, "It holds dates.")
        elif profile.fill < 0.95 and guessing.having(Meaning.AUDITED_ON) is None:
            guessing.take(profile, Meaning.AUDITED_ON, UNSURE, "It holds dates, and not in all rows.")
        else:
            guessing.take(profile, Meaning.IGNORED, UNSURE, "It holds further dates.")


def _take_texts(guessing: _Guessing) -> None:
    """Long texts in all rows are what was judged; those in some rows, or that repeat, are reasons."""
    texts = [p for p in guessing.left if p.mean_length >= LONG_TEXT or p.words >= MANY_WORDS or _is_prose(p)]
    contents = [p for p in texts if p.fill > 0.9 and p.variety > 0.2]
    if contents and guessing.having(Meaning.TEXT) is None:
        text = max(contents, key=lambda profile: (profile.variety, profile.mean_length))
        guessing.take(text, Meaning.TEXT, LIKELY, "It holds long texts in nearly all rows.")
    for profile in sorted((p for p in texts if p in guessing.left), key=lambda profile: -profile.mean_length):
        if guessing.having(Meaning.RATIONALE) is None:
            guessing.take(profile, Meaning.RATIONALE, LIKELY, "It holds sentences beside the content.")
        else:
            guessing.take(profile, Meaning.IGNORED, UNSURE, "It holds further texts.")


def _take_languages(guessing: _Guessing) -> None:
    for profile in list(guessing.left):
        if guessing.having(Meaning.LANGUAGE) is None and _languages(profile) > 0.9:
            guessing.take(profile, Meaning.LANGUAGE, SURE, "It holds codes of languages.")


def _take_items(guessing: _Guessing) -> None:
    """Ids repeat least. Where one column numbers the rows and another follows the content, the item is the latter."""
    if guessing.having(Meaning.ITEM) is not None:
        return
    ids = [p for p in guessing.left if p.fill > 0.98 and p.variety > 0.15 and p.words < 2.5 and p.distinct > 20]
    if not ids:
        return
    text = guessing.having(Meaning.TEXT)
    repeating = [p for p in ids if text is not None and p.variety < 0.995 and p.follows(text) > FUNCTION]
    item = max(repeating or ids, key=lambda profile: profile.variety)
    guessing.take(item, Meaning.ITEM, SURE if len(ids) == 1 else LIKELY, "Its values repeat least, as ids do.")
    for profile in ids:
        if profile in guessing.left and profile.variety > 0.9:
            guessing.take(profile, Meaning.IGNORED, LIKELY, "It numbers the rows.")


def _take_answers(guessing: _Guessing) -> None:
    """Columns that share their values: a decision and the QA decision beside it, or a column a labeler."""
    named = guessing.having(Meaning.ANSWER)
    group = _group_with(named, guessing.left) if named else _largest_group(guessing.left)
    if named is None and _is_wide(guessing, group):
        for profile in group:
            why = "It shares its values with the other labelers' columns."
            guessing.take(profile, Meaning.LABELER_ANSWER, LIKELY, why, question=FIRST_QUESTION.key)
        return
    if len(group) > 1 or named is not None:
        _take_group(guessing, group, named)
    elif guessing.left:
        _take_lone_answer(guessing)


def _take_group(guessing: _Guessing, group: Sequence[Profile], named: Profile | None) -> None:
    ordered = sorted((p for p in group if p is not named), key=lambda profile: -profile.fill)
    if named is None:
        decision = ordered.pop(0)
        certainty = SURE if not ordered or decision.fill > ordered[0].fill + 0.1 else UNSURE
        guessing.take(decision, Meaning.ANSWER, certainty, _why_answer(ordered), question=FIRST_QUESTION.key)
    free = [m for m in (Meaning.AUDIT_SEEN, Meaning.AUDIT_BLIND, Meaning.GOLD) if guessing.having(m) is None]
    for profile, meaning in zip(ordered, free, strict=False):
        share = f"{profile.fill:.0%} of the rows" if profile.fill < 0.99 else "all rows"
        why = f"It shares its values with the decisions and stands in {share}."
        guessing.take(profile, meaning, LIKELY if meaning is free[0] else UNSURE, why, question=FIRST_QUESTION.key)


def _take_lone_answer(guessing: _Guessing) -> None:
    """Without a second column to compare: the one with words that judge, else the one that few values fill."""
    candidates = [p for p in guessing.left if 2 <= p.distinct <= MOST_CATEGORIES and p.fill > 0.5]
    judging = [p for p in candidates if any(map(_judges, p.counts))]
    people = _most_varied_names(guessing)
    rest = [p for p in candidates if p is not people and (people is None or p.follows(people) < FUNCTION)]
    chosen = judging or sorted(rest, key=lambda profile: -profile.distinct)[:1]
    if chosen:
        certainty, why = (LIKELY, "Its values read like decisions.") if judging else (UNSURE, "It holds few values.")
        guessing.take(chosen[0], Meaning.ANSWER, certainty, why, question=FIRST_QUESTION.key)


def _take_auditors(guessing: _Guessing) -> None:
    """A column of few names that is filled exactly where the QA decision is."""
    audit = guessing.having(Meaning.AUDIT_SEEN) or guessing.having(Meaning.AUDIT_BLIND)
    if audit is None or audit.fill > 0.98:
        return
    for profile in list(guessing.left):
        if profile.filled_with(audit) > 0.99 and guessing.having(Meaning.AUDITOR) is None:
            guessing.take(profile, Meaning.AUDITOR, LIKELY, "It is filled where the QA decision is.")


def _take_policies(guessing: _Guessing) -> None:
    """Few values, each with decisions of its own, and not the same for all that one person did."""
    answer = guessing.having(Meaning.ANSWER)
    if answer is None or guessing.having(Meaning.POLICY) is not None:
        return
    for profile in sorted(guessing.left, key=lambda found: -found.follows(answer)):
        is_small = 2 <= profile.distinct <= MOST_POLICIES and profile.distinct < answer.distinct
        if is_small and profile.fill > 0.98 and profile.follows(answer) > 0.9:
            guessing.take(profile, Meaning.POLICY, LIKELY, "Each of its values has decisions of its own.")
            return


def _take_people(guessing: _Guessing) -> None:
    """The labeler has the most names; vendor and team are the same in all rows of one labeler."""
    labeler = guessing.having(Meaning.LABELER) or _most_varied_names(guessing)
    if labeler is None:
        return
    if labeler in guessing.left:
        places = [p for p in guessing.left if p is not labeler and p.follows(labeler) > FUNCTION]
        why = "Its names repeat, and other columns follow from them." if places else "Its names repeat."
        guessing.take(labeler, Meaning.LABELER, LIKELY if places else UNSURE, why)
    _take_places(guessing, labeler)


def _take_places(guessing: _Guessing, labeler: Profile) -> None:
    places = [p for p in guessing.left if 1 <= p.distinct < labeler.distinct and p.follows(labeler) > FUNCTION]
    places = [p for p in places if p.distinct > 1 and p.fill > 0.5]
    places.sort(key=lambda profile: profile.distinct)
    free = [m for m in (Meaning.VENDOR, Meaning.TEAM) if guessing.having(m) is None]
    for profile, meaning in zip(places, free, strict=False):
        guessing.take(profile, meaning, LIKELY, f"Each labeler has one {meaning.label.lower()} in it.")


def _take_second_questions(guessing: _Guessing) -> None:
    """A column that goes with the decision, though not row by row: mostly the action taken."""
    answer = guessing.having(Meaning.ANSWER)
    if answer is None:
        return
    for profile in list(guessing.left):
        is_few = 2 <= profile.distinct <= MOST_CATEGORIES and profile.fill > 0.9
        if is_few and profile.follows(answer) > max(SECOND_QUESTION, _largest_share(profile) + 0.15):
            question = AskedQuestion(_question_key(guessing, profile.name), profile.name)
            guessing.questions.append(question)
            guessing.take(profile, Meaning.ANSWER, UNSURE, "It goes with the decision.", question=question.key)


_STEPS = (
    _take_empty,
    _take_named,
    _take_fractions,
    _take_dates,
    _take_texts,
    _take_languages,
    _take_items,
    _take_answers,
    _take_auditors,
    _take_policies,
    _take_people,
    _take_second_questions,
)
_ASKING = frozenset({Meaning.ANSWER, Meaning.AUDIT_SEEN, Meaning.AUDIT_BLIND, Meaning.GOLD})


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _fits(profile: Profile, meaning: Meaning) -> bool:
    if meaning in {Meaning.DATE, Meaning.AUDITED_ON, Meaning.APPROVED_ON}:
        return profile.dates > 0.5
    if meaning in _ASKING:
        return profile.distinct <= max(MOST_CATEGORIES, len(profile.cells) // 10)
    return True


def _is_prose(profile: Profile) -> bool:
    """Sentences, though short ones: several words, and punctuation at the end."""
    return (
        profile.words >= 3.5
        and sum(cell.endswith((".", "!", "?")) for cell in profile.filled) > len(profile.filled) / 2
    )


def _languages(profile: Profile) -> float:
    known = sum(n for key, n in profile.counts.items() if LANGUAGE.fullmatch(key) and key[:2] in KNOWN_LANGUAGES)
    return known / max(len(profile.filled), 1) if profile.mean_length <= 5 else 0.0


def _is_categorical(profile: Profile) -> bool:
    return 2 <= profile.distinct <= MOST_CATEGORIES and profile.words < MANY_WORDS


def _group_with(answer: Profile, others: Iterable[Profile]) -> list[Profile]:
    return [p for p in others if _is_categorical(p) and p.shared(answer) > 0.6 and p.equal(answer) > 0.4]


def _largest_group(profiles: Sequence[Profile]) -> list[Profile]:
    few = [profile for profile in profiles if _is_categorical(profile)]
    groups = [[profile, *_group_with(profile, (p for p in few if p is not profile))] for profile in few]
    best = max(groups, key=lambda group: (len(group), sum(p.fill for p in group)), default=[])
    return sorted(best, key=profiles.index) if len(best) > 1 else []


def _is_wide(guessing: _Guessing, group: Sequence[Profile]) -> bool:
    """Each item in one row, several columns of the same answers, and nobody named in the rows."""
    item = guessing.having(Meaning.ITEM)
    named = guessing.having(Meaning.LABELER)
    if len(group) < 2 or named is not None or (item is not None and item.variety < 0.995):
        return False
    people = [p for p in guessing.left if p not in group and _is_like_names(p)]
    return len(group) > 3 or not people


def _is_like_names(profile: Profile) -> bool:
    return profile.fill > 0.9 and profile.distinct >= 2 and profile.variety < 0.5 and profile.words < 3.5


def _most_varied_names(guessing: _Guessing) -> Profile | None:
    names = [p for p in guessing.left if _is_like_names(p)]
    return max(names, key=lambda profile: (profile.distinct, -profile.words), default=None)


def _judges(value: str) -> bool:
    return (means_no_violation(value) and not value.isdigit()) or means_cannot_tell(value)


def _largest_share(profile: Profile) -> float:
    return max(profile.counts.values()) / max(len(profile.filled), 1)


def _question_key(guessing: _Guessing, name: str) -> str:
    return code_for(name, taken=[question.key for question in guessing.questions])


def _why_answer(others: Sequence[Profile]) -> str:
    if others:
        return f"{others[0].name} holds the same values in {others[0].fill:.0%} of the rows, as QA decisions do."
    return "It holds few values."


def _why_ignored(profile: Profile) -> str:
    if profile.distinct == 1:
        return "All rows say the same."
    return "Nothing says what it could mean. Choose a meaning if you need it."
