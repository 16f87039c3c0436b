"""Policy text: cut into clauses, and compared clause by clause and word by word."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import takewhile, zip_longest

MOST_CLAUSES = 300
LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
ALIKE = 0.8
SHORTEST_SPELLED = 4
MOST_MISSPELLED = 2

_HEADING = re.compile(
    r"(?P<mark>#{1,6}\s*|(?:§|clause|section|article|rule)\s*)?(?P<code>\d+(?:\.\w{1,6}){0,4}[a-z]?)[.):]?"
    r"(?:\s*[-–—:]\s+|\s+)(?P<title>\S.*)",
    re.IGNORECASE,
)
_LONGEST_CODE = 20
_WORD = re.compile(r"\S+\s*")
_MARKS = ".,;:!?()'\""
_HIDDEN = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")
_SAME = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-"}
)


@dataclass(frozen=True)
class ClauseText:
    """A clause as it reads."""

    code: str
    title: str
    text: str


@dataclass(frozen=True)
class Cut:
    """Pasted text, cut. `sections` are headings of whole sections, which are no clauses; `problems` are sentences."""

    clauses: tuple[ClauseText, ...]
    sections: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Change(StrEnum):
    """What became of a clause."""

    SAME = "same"
    TYPOGRAPHY = "typography"
    CHANGED = "changed"
    ADDED = "added"
    DROPPED = "dropped"


class PieceKind(StrEnum):
    """Whether words stayed, came or went."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Piece:
    """A run of words with one fate."""

    kind: PieceKind
    text: str


@dataclass(frozen=True)
class ClauseChange:
    """A clause beside what it was. `twin` is the number of a dropped clause that reads almost like this added one."""

    code: str
    change: Change
    before: ClauseText | None
    after: ClauseText | None
    twin: str = ""

    @property
    def title(self) -> tuple[Piece, ...]:
        """The title's words, with their fate."""
        return diff_words(self.before.title if self.before else "", self.after.title if self.after else "")

    @property
    def text(self) -> tuple[Piece, ...]:
        """The text's words, with their fate."""
        return diff_words(self.before.text if self.before else "", self.after.text if self.after else "")

    @property
    def must_mark(self) -> bool:
        """Whether the meaning changes whatever the author says: what comes or goes is no matter of wording."""
        return self.change in {Change.ADDED, Change.DROPPED}

    @property
    def proposes_mark(self) -> bool:
        """Whether words differ by more than their spelling, so that the meaning probably does."""
        return self.must_mark or (self.change == Change.CHANGED and not self.is_spelling)

    @property
    def is_spelling(self) -> bool:
        """Whether the words differ in a few letters alone: a typo that was mended, as far as anybody can tell."""
        if self.change != Change.CHANGED or self.before is None or self.after is None:
            return False
        return spelled_alike(self.before.title, self.after.title) and spelled_alike(self.before.text, self.after.text)


def cut_clauses(text: str, *, known: Collection[str] = ()) -> Cut:
    r"""Cut pasted text at its numbered headings. `known` are the numbers of the clauses in force.

    A line opens a clause if it begins with a number and goes on like a title: “2.3 Scam”, “## 2.3 Scam”, “§ 4: Scam”.
    Where clauses have dotted numbers, a whole number in a line is a list's, unless the clauses of that section follow.

    >>> cut_clauses("1 Fraud\n1.1 Spam\nUnasked advertising:\n1. by mail\n1.2 Scam\nA lie for money.")
    Cut(clauses=(ClauseText(code='1.1', title='Spam', text='Unasked advertising:\n1. by mail'),
        ClauseText(code='1.2', title='Scam', text='A lie for money.')), sections=('1 Fraud',), problems=())
    """
    lines = [_tidy(line) for line in text.splitlines()]
    headings = _headings(lines, frozenset(known))
    preface = "\n".join(lines[: headings[0].line] if headings else lines).strip()
    parts = [
        (heading, following, "\n".join(lines[heading.line + 1 : following.line if following else None]).strip())
        for heading, following in zip_longest(headings, headings[1:])
    ]
    sections = [heading for heading, following, body in parts if not body and _is_inside(following, heading)]
    clauses = tuple(
        ClauseText(heading.code, heading.title, body) for heading, _, body in parts if heading not in sections
    )
    return Cut(
        clauses,
        tuple(f"{heading.code} {heading.title}" for heading in sections),
        (*_preface_problems(preface, has_headings=bool(headings)), *find_problems(clauses)),
    )


def find_problems(clauses: Sequence[ClauseText]) -> tuple[str, ...]:
    """What keeps these clauses from being published, in sentences.

    >>> find_problems([ClauseText("1", "Spam", "")])
    ('Clause 1 has a heading and no text. Write its text below the heading.',)
    """
    return tuple(_problems(clauses))


def code_order(code: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts the numbers of clauses as people count: 1.2 before 1.10.

    >>> sorted(["1.10", "1.2", "1.2a"], key=code_order)
    ['1.2', '1.2a', '1.10']
    """
    return tuple((int(digits or 0), rest) for digits, rest in re.findall(r"(\d*)([^.]*)(?:\.|$)", code)[:-1])


def join_clauses(clauses: Sequence[ClauseText]) -> str:
    r"""The text that `cut_clauses` cuts into these.

    >>> join_clauses([ClauseText("1.1", "Spam", "Unasked."), ClauseText("1.2", "Scam", "A lie.")])
    '1.1 Spam\nUnasked.\n\n1.2 Scam\nA lie.'
    """
    return "\n\n".join(f"{clause.code} {clause.title}\n{clause.text}" for clause in clauses)


def compare_clauses(before: Sequence[ClauseText], after: Sequence[ClauseText]) -> tuple[ClauseChange, ...]:
    """Each clause of both texts, matched by number: those of `after` in their order, then those that went.

    >>> [found] = compare_clauses([ClauseText("1", "Spam", "A")], [ClauseText("1", "Spam", "B")])
    >>> found.change.value
    'changed'
    """
    old = {clause.code: clause for clause in before}
    new = {clause.code for clause in after}
    gone = {code: clause for code, clause in old.items() if code not in new}
    stay = [
        ClauseChange(
            clause.code,
            _change(old.get(clause.code), clause),
            old.get(clause.code),
            clause,
            "" if clause.code in old else _twin(clause, gone),
        )
        for clause in after
    ]
    return (*stay, *(ClauseChange(code, Change.DROPPED, clause, None) for code, clause in gone.items()))


def merge_clauses(
    base: Sequence[ClauseText], mine: Sequence[ClauseText], theirs: Sequence[ClauseText]
) -> tuple[ClauseText, ...]:
    """Two texts that were made from `base`: mine where I changed something, else theirs. In the order of numbers.

    >>> old, new = ClauseText("1", "Spam", "A"), ClauseText("1", "Spam", "B")
    >>> merge_clauses([old], [old, ClauseText("2", "Scam", "C")], [new])
    (ClauseText(code='1', title='Spam', text='B'), ClauseText(code='2', title='Scam', text='C'))
    """
    before, own, other = ({clause.code: clause for clause in text} for text in (base, mine, theirs))
    codes = sorted({*own, *other}, key=code_order)
    kept = (own.get(code) if own.get(code) != before.get(code) else other.get(code) for code in codes)
    return tuple(clause for clause in kept if clause is not None)


def diff_words(before: str, after: str) -> tuple[Piece, ...]:
    """Words that stayed, went and came, in reading order; differences of white space alone are none.

    >>> [(piece.kind.value, piece.text) for piece in diff_words("Unasked adverts by mail", "Unasked adverts anywhere")]
    [('same', 'Unasked adverts '), ('removed', 'by mail'), ('added', 'anywhere')]
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False)
    return tuple(piece for piece in _pieces(matcher, old, new) if piece.text)


def reads_same(before: str, after: str) -> bool:
    """Whether two texts differ in typography at most: quotes, dashes, capitals, white space, hidden characters.

    >>> reads_same("It’s  spam – no doubt", "it's spam - no doubt")
    True
    """
    return _plain(before) == _plain(after)


def spelled_alike(before: str, after: str) -> bool:
    """Whether no word came or went and each differs in a letter or two at most. Numbers and short words must be equal.

    >>> spelled_alike("Unasked advertsing", "Unasked advertising"), spelled_alike("is not spam", "is now spam")
    (True, False)
    """
    old, new = _plain(before).split(), _plain(after).split()
    return len(old) == len(new) and all(map(_is_misspelled, old, new))


@dataclass(frozen=True)
class _Heading:
    line: int
    code: str
    title: str
    is_marked: bool

    @property
    def whole(self) -> int:
        return int(re.match(r"\d+", self.code)[0])  # type: ignore[index]


def _headings(lines: Sequence[str], known: frozenset[str]) -> list[_Heading]:
    candidates = [heading for number, line in enumerate(lines) if (heading := _heading(number, line)) is not None]
    dotted = any("." in heading.code for heading in candidates)
    found: list[_Heading] = []
    for place, heading in enumerate(candidates):
        later = next((other for other in candidates[place + 1 :] if "." in other.code), None)
        opens = heading.is_marked or "." in heading.code or heading.code in known
        if opens or _is_next_whole(heading, found, later, dotted=dotted):
            found.append(heading)
    return found


def _heading(number: int, line: str) -> _Heading | None:
    match = _HEADING.fullmatch(line.strip())
    if match is None or len(match["code"]) > _LONGEST_CODE:
        return None
    title = match["title"].strip()
    is_marked = (match["mark"] or "").startswith("#")
    if not is_marked and (title[0].islower() or len(title) > LONGEST_TITLE):
        return None
    return _Heading(number, match["code"], title, is_marked)


def _is_next_whole(heading: _Heading, found: Sequence[_Heading], later: _Heading | None, *, dotted: bool) -> bool:
    """Whether a whole number opens a clause or section: it follows the last one, and in dotted texts its own follow."""
    last = found[-1].whole if found else -1
    return heading.whole > last and (not dotted or (later is not None and later.whole == heading.whole))


def _is_inside(following: _Heading | None, heading: _Heading) -> bool:
    return following is not None and following.code.startswith(f"{heading.code}.")


def _tidy(line: str) -> str:
    return _HIDDEN.sub("", line.replace("\u00a0", " ").replace("\t", " ")).rstrip()


def _preface_problems(preface: str, *, has_headings: bool) -> Iterator[str]:
    if not preface and not has_headings:
        yield "Paste the text of the policy: at least one clause."
    elif not has_headings:
        yield "The text must begin with a numbered heading, for example “1.1 Spam”. No line of it begins with a number."
    elif preface:
        start = preface.splitlines()[0][:60]
        yield f"The text must begin with a numbered heading, for example “1.1 Spam”. “{start}” stands before the first."


def _problems(clauses: Sequence[ClauseText]) -> Iterator[str]:
    codes = [clause.code for clause in clauses]
    for code in dict.fromkeys(code for code in codes if codes.count(code) > 1):
        yield f"Two clauses have the number {code}. Give each its own."
    if len(clauses) > MOST_CLAUSES:
        yield f"A policy has at most {MOST_CLAUSES} clauses; this text has {len(clauses)}. Split it in two policies."
    for clause in clauses:
        yield from _problems_of(clause)


def _problems_of(clause: ClauseText) -> Iterator[str]:
    if not clause.title.strip():
        yield f"Clause {clause.code} has no title. Give it one."
    if not clause.text.strip():
        yield f"Clause {clause.code} has a heading and no text. Write its text below the heading."
    if len(clause.title) > LONGEST_TITLE:
        yield f"The title of clause {clause.code} is longer than {LONGEST_TITLE} characters. Shorten it."
    if len(clause.text) > LONGEST_TEXT:
        yield f"Clause {clause.code} is longer than {LONGEST_TEXT:,} characters. Split it in two."
    if "\0" in clause.title + clause.text:
        yield f"Clause {clause.code} holds a character that cannot be stored. Paste it as plain text."


def _change(before: ClauseText | None, after: ClauseText) -> Change:
    if before is None:
        return Change.ADDED
    if (before.title, before.text) == (after.title, after.text):
        return Change.SAME
    is_typography = reads_same(before.title, after.title) and reads_same(before.text, after.text)
    return Change.TYPOGRAPHY if is_typography else Change.CHANGED


def _twin(clause: ClauseText, gone: Mapping[str, ClauseText]) -> str:
    matcher = SequenceMatcher(None, b=clause.text.split(), autojunk=False)
    for code, other in gone.items():
        matcher.set_seq1(other.text.split())
        if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
            return code
    return ""


def _pieces(matcher: "SequenceMatcher[str]", old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        came, went = "".join(new[new_start:new_end]), "".join(old[old_start:old_end])
        if kind == "equal":
            yield Piece(PieceKind.SAME, came)
            continue
        yield Piece(PieceKind.REMOVED, went)
        yield Piece(PieceKind.ADDED, came)


def _is_misspelled(before: str, after: str) -> bool:
    """Whether one is the other, or it but for a letter or two behind the first: “legal” is not “illegal”."""
    before, after = (word.strip(_MARKS) for word in (before, after))
    if before == after:
        return True
    if min(len(before), len(after)) < SHORTEST_SPELLED or not (before + after).isalpha() or before[0] != after[0]:
        return False
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    return max(len(before), len(after)) - start - end <= MOST_MISSPELLED


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _plain(text: str) -> str:
    straight = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).translate(_SAME)
    return " ".join(straight.split()).casefold()
