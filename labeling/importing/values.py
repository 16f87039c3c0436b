"""Values as people write them: which ones are the same, and what they may stand for."""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

LONGEST_CODE = 60
NO_VIOLATION_WORDS = re.compile(
    "no violation|none|no|ok|okay|fine|clean|safe|benign|allow|allowed|approve|approved|keep|kept|pass|passed|"
    "compliant|non violating|not violating|no action|acceptable|legitimate|ham|not spam|n a|na|0|false|"
    "no issue|no breach|within policy|not abusive|normal|leave up|harmless|good"
)
CANNOT_TELL_WORDS = re.compile(
    "cannot tell|can t tell|cant tell|unsure|not sure|unclear|unknown|undecided|don t know|dont know|ambiguous|"
    "cannot decide|no decision|needs context|insufficient context|skip|skipped|escalate|escalated|maybe"
)


def value_key(text: str) -> str:
    """What tells values apart: neither case, nor spaces, nor the marks between words.

    >>> value_key(" Hate_Speech ") == value_key("hate  speech")
    True
    """
    return (
        " ".join(re.sub(r"[\s_\-./'’]+", " ", unicodedata.normalize("NFKC", text)).casefold().split()) or text.strip()
    )


def means_no_violation(text: str) -> bool:
    """Whether a value reads like "nothing is wrong with the item"."""
    return NO_VIOLATION_WORDS.fullmatch(value_key(text)) is not None


def means_cannot_tell(text: str) -> bool:
    """Whether a value reads like "I cannot tell"."""
    return CANNOT_TELL_WORDS.fullmatch(value_key(text)) is not None


def code_for(text: str, *, taken: Iterable[str] = ()) -> str:
    """A code for a value: small letters, digits and _, the same each time, none that is taken.

    >>> code_for("Hate speech"), code_for("Spam", taken=["spam"])
    ('hate_speech', 'spam_2')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[: LONGEST_CODE - 4]
    base = base or f"value_{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    others = {*taken, "cannot_tell"}
    number, code = 2, base
    while code in others:
        code, number = f"{base}_{number}", number + 1
    return code
