"""Value objects that pages hand to components."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class Step:
    label: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What opens beside a figure: how it is computed, what it counts, and the rows behind it.

    `rows_words` names the link to `rows_url`, `word_url` leads to the glossary.
    """

    name: str
    formula: str
    population: str
    reference: str
    n: int
    unit: str = "answers"
    note: str = ""
    rows_url: str = ""
    rows_words: str = "The answers behind it"
    word_url: str = ""


@dataclass(frozen=True)
class StateLook:
    """How a state is drawn: a shape, a tone and a word, so that colour never speaks alone."""

    shape: str
    tone: str
    word: str


STATE_LOOKS = {
    "meets": StateLook("disc", "good", "Meets target"),
    "below": StateLook("triangle", "bad", "Below target"),
    "not_enough_data": StateLook("half", "quiet", "Not enough data"),
    "watch": StateLook("ring", "watch", "Watch"),
    "open": StateLook("triangle", "bad", "Open"),
    "disputed": StateLook("half", "watch", "Disputed"),
    "dismissed": StateLook("cross", "quiet", "Dismissed"),
    "coaching": StateLook("ring", "watch", "Coaching"),
    "retraining": StateLook("ring", "watch", "Retraining"),
    "recertified": StateLook("disc", "good", "Recertified"),
    "closed": StateLook("square", "quiet", "Closed"),
    "suspended": StateLook("square", "bad", "Suspended"),
    "active": StateLook("disc", "good", "Active"),
    "draft": StateLook("dashed", "quiet", "Draft"),
    "proposed": StateLook("half", "watch", "Proposed"),
    "approved": StateLook("disc", "good", "Approved"),
    "retired": StateLook("square", "quiet", "Retired"),
    "stale": StateLook("dashed", "watch", "Being recomputed"),
    "waiting": StateLook("dashed", "quiet", "Waiting"),
    "running": StateLook("ring", "watch", "Running"),
    "done": StateLook("disc", "good", "Done"),
    "passed": StateLook("disc", "good", "Passed"),
    "failed": StateLook("triangle", "bad", "Failed"),
    "due": StateLook("half", "watch", "Due"),
    "overdue": StateLook("triangle", "bad", "Overdue"),
    "info": StateLook("ring", "watch", "For your information"),
}


def look_of(kind: str) -> StateLook:
    """The look of a state; an unknown kind is shown by its own word."""
    return STATE_LOOKS.get(kind) or StateLook("dashed", "quiet", kind.replace("_", " ").capitalize())
