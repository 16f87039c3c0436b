"""A file of decisions as nobody prepared it, with the truth about it: seeded, so that a failure can be repeated.

    messy = make_messy(seed=7)
    messy.file            the bytes of a CSV with foreign headers in a random order
    messy.truth.columns   header -> what it means, as `meanings.parse_choice` reads it ("answer:category")
    messy.truth.accuracy  (policy, labeler) -> (n, right) against the QA decision, counting each decision once

In the file: two policies with categories of their own, three vendors with teams, people nobody knows, a QA decision on
a third of the rows, dates in one of seven forms, categories in several spellings, a few decisions given twice with
different answers (the later date counts), and columns that mean nothing here.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

SYLLABLES = re.findall(r"\w+", "ka lo mi ten zu ra pe sho vi dan or ul fe gri nos ta bel ku wen ix")
FOREIGN = re.findall(
    r"\w+",
    "Vorgangsnr Entscheidung Prüfung Bearbeiter Dienstleister Gruppe Sprache Zeitpunkt Regelwerk Anmerkung Inhalt "
    "decisión revisión empresa équipe langue mottagare päätös hodnocení zdroj klucz wynik uwagi bölüm karar tarih",
)
POLICIES = {
    "Ads": ("Fine", "Misleading claim", "Counterfeit", "Adult product"),
    "Community": ("Nothing found", "Spam", "Hate speech", "Harassment", "Self harm"),
}
NO_VIOLATION = {"Ads": "Fine", "Community": "Nothing found"}
CANNOT_TELL = "Unsure"
VENDORS = {"Nordlicht GmbH": ("Kiel", "Bremen"), "Blue Harbor": ("Cebu",), "Atlas CX": ("Porto", "Lyon")}
LANGUAGES = ("en", "de", "pt", "fr")
FIRST_DAY = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
DATE_FORMS: dict[str, Callable[[datetime], str]] = {
    "iso": lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S"),
    "iso with zone": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "seconds": lambda moment: str(int(moment.timestamp())),
    "milliseconds": lambda moment: str(int(moment.timestamp() * 1000)),
    "dotted": lambda moment: moment.strftime("%d.%m.%Y %H:%M:%S"),
    "day first": lambda moment: moment.strftime("%d/%m/%Y %H:%M:%S"),
    "month first": lambda moment: moment.strftime("%m/%d/%Y %H:%M:%S"),
}
WORDS = re.findall(
    r"\w+",
    "buy free offer watch this account phone you they never again today link price call group people from world "
    "photo video really think about them house street money game night music story friend",
)
REASONS = (
    "Clear from the second sentence.",
    "Seen twice this week, same account.",
    "Link goes nowhere, wording alone.",
)


@dataclass(frozen=True)
class Decision:
    """One row of the file, as it is meant."""

    item: str
    text: str
    policy: str
    labeler: str
    vendor: str
    team: str
    language: str
    moment: datetime
    answer: str
    qa: str
    auditor: str
    reason: str
    country: str
    score: str

    @property
    def pair(self) -> tuple[str, str, str]:
        """What makes it the same decision."""
        return self.policy, self.item, self.labeler


@dataclass(frozen=True)
class Truth:
    """What is known about a file because it was made so. `winners` are the decisions that count."""

    columns: dict[str, str]
    date_form: str
    must_ask_order: bool
    rows: int
    items: int
    decisions: int
    labelers: int
    conflicts: int
    audited: int
    categories: dict[str, tuple[str, ...]]
    no_violation: dict[str, str]
    vendors: tuple[str, ...]
    accuracy: dict[tuple[str, str], tuple[int, int]]
    policy_accuracy: dict[str, tuple[int, int]]
    winners: tuple[Decision, ...]


@dataclass(frozen=True)
class Messy:
    """A file and the truth about it."""

    file: bytes
    truth: Truth
    name: str = "export.csv"

    def header_of(self, meaning: str) -> str:
        """The header of the column that means this."""
        return next(header for header, found in self.truth.columns.items() if found == meaning)


def make_messy(
    seed: int,
    *,
    rows: int = 5_000,
    people: int = 24,
    conflicts: int = 12,
    date_form: str = "",
    delimiter: str = "",
    encoding: str = "",
    with_auditor: bool = True,
    item_prefix: str = "",
) -> Messy:
    """A file of about `rows` rows, in the long shape with a QA decision beside the decision."""
    random = Random(seed)
    form = date_form or random.choice(list(DATE_FORMS))
    decisions = _decisions(random, rows=rows - conflicts, people=people, item_prefix=item_prefix)
    repeated = _contradict(random, decisions, conflicts)
    random.shuffle(repeated)
    written = _columns(with_auditor=with_auditor, form=form)
    headers = _headers(random, len(written))
    order = random.sample(range(len(written)), len(written))
    columns = {headers[place]: written[place][0] for place in order}
    cells = [[written[place][1](random, decision) for place in order] for decision in repeated]
    delimiter = delimiter or random.choice([",", ";", "\t"])
    text = _as_csv([headers[place] for place in order], cells, delimiter)
    raw = text.encode(encoding or random.choice(["utf-8", "utf-8-sig"]))
    return Messy(raw, _truth(repeated, columns, form=form))


def _decisions(random: Random, *, rows: int, people: int, item_prefix: str) -> list[Decision]:
    staff = _staff(random, people)
    skill = {name: random.choice([0.8, 0.9, 0.95, 0.98]) for name, *_ in staff}
    prefix = item_prefix or "".join(random.choices("ABCDEFGH", k=2))
    found: list[Decision] = []
    number = random.randrange(10_000, 50_000)
    while len(found) < rows:
        number += random.randrange(1, 4)
        policy = random.choice(list(POLICIES))
        right = random.choice(POLICIES[policy])
        text = " ".join(random.choices(WORDS, k=random.randrange(8, 30))).capitalize() + f" {number}."
        judges = random.sample(staff, min(random.choice([1, 1, 2, 3]), rows - len(found)))
        found += [
            _decision(random, person, f"{prefix}-{number}", text, policy, right, skill[person[0]]) for person in judges
        ]
    return found


def _staff(random: Random, people: int) -> list[tuple[str, str, str]]:
    places = [(vendor, team) for vendor, teams in VENDORS.items() for team in teams]
    names = random.sample(range(1000, 9999), people)
    return [(f"u{name}", *places[position % len(places)]) for position, name in enumerate(names)]


def _decision(  # noqa: PLR0917
    random: Random, person: tuple[str, str, str], item: str, text: str, policy: str, right: str, skill: float
) -> Decision:
    labeler, vendor, team = person
    others = [category for category in POLICIES[policy] if category != right]
    answer = right if random.random() < skill else random.choice(others)
    qa = "" if random.random() > 0.35 else right if random.random() < 0.97 else random.choice(others)
    return Decision(
        item=item,
        text=text,
        policy=policy,
        labeler=labeler,
        vendor=vendor,
        team=team,
        language=LANGUAGES[sum(map(ord, item)) % len(LANGUAGES)],
        moment=FIRST_DAY + timedelta(seconds=random.randrange(60 * 86_400)),
        answer=CANNOT_TELL if random.random() < 0.01 else answer,
        qa=qa,
        auditor=f"qa{random.randrange(1, 4)}" if qa else "",
        reason=random.choice(REASONS) if random.random() < 0.2 else "",
        country=random.choice(["DEU", "PRT", "FRA", "PHL"]),
        score=f"{random.random():.3f}",
    )


def _contradict(random: Random, decisions: list[Decision], conflicts: int) -> list[Decision]:
    """The decisions, some of them given once more, later and otherwise; none of those was audited."""
    changed = list(decisions)
    for place in random.sample(range(len(decisions)), conflicts):
        first = decisions[place]
        plain = Decision(**{**first.__dict__, "qa": "", "auditor": ""})
        others = [category for category in POLICIES[first.policy] if category != first.answer]
        later = first.moment + timedelta(hours=random.randrange(1, 40))
        changed[place] = plain
        changed.append(Decision(**{**plain.__dict__, "answer": random.choice(others), "moment": later}))
    return changed


Written = tuple[str, Callable[[Random, Decision], str]]


def _columns(*, with_auditor: bool, form: str) -> list[Written]:
    columns: list[Written] = [
        ("item", lambda _, decision: decision.item),
        ("text", lambda _, decision: decision.text),
        ("policy", lambda _, decision: decision.policy),
        ("labeler", lambda _, decision: decision.labeler),
        ("vendor", lambda _, decision: decision.vendor),
        ("team", lambda _, decision: decision.team),
        ("language", lambda _, decision: decision.language),
        ("date", lambda _, decision: DATE_FORMS[form](decision.moment)),
        ("answer:category", lambda random, decision: _spelled(random, decision.answer)),
        ("audit_seen:category", lambda random, decision: _spelled(random, decision.qa)),
        ("rationale", lambda _, decision: decision.reason),
        ("ignored", lambda _, decision: decision.country),
        ("ignored", lambda _, decision: decision.score),
    ]
    if with_auditor:
        columns.append(("auditor", lambda _, decision: decision.auditor))
    return columns


def _spelled(random: Random, value: str) -> str:
    """Now and then in capitals, or with a space behind."""
    if not value or random.random() < 0.95:
        return value
    return random.choice([value.upper(), f"{value} ", value.lower()])


def _headers(random: Random, number: int) -> list[str]:
    words = random.sample(FOREIGN, number // 2)
    while len(words) < number:
        word = "".join(random.choices(SYLLABLES, k=random.randrange(2, 4)))
        words += [] if word in words else [word]
    random.shuffle(words)
    return words


def _as_csv(header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _truth(decisions: Sequence[Decision], columns: dict[str, str], *, form: str) -> Truth:
    winners: dict[tuple[str, str, str], Decision] = {}
    for decision in sorted(decisions, key=lambda found: found.moment):
        winners[decision.pair] = decision
    accuracy: dict[tuple[str, str], tuple[int, int]] = {}
    by_policy: dict[str, tuple[int, int]] = {}
    for decision in winners.values():
        if decision.qa:
            is_right = int(decision.answer == decision.qa)
            n, right = accuracy.get((decision.policy, decision.labeler), (0, 0))
            accuracy[decision.policy, decision.labeler] = n + 1, right + is_right
            n, right = by_policy.get(decision.policy, (0, 0))
            by_policy[decision.policy] = n + 1, right + is_right
    return Truth(
        columns=columns,
        date_form=form,
        must_ask_order=False,
        rows=len(decisions),
        items=len({(decision.policy, decision.item) for decision in decisions}),
        decisions=len(winners),
        labelers=len({(decision.vendor, decision.labeler) for decision in decisions}),
        conflicts=len(decisions) - len(winners),
        audited=sum(n for n, _ in accuracy.values()),
        categories=POLICIES,
        no_violation=NO_VIOLATION,
        vendors=tuple(VENDORS),
        accuracy=accuracy,
        policy_accuracy=by_policy,
        winners=tuple(winners.values()),
    )
