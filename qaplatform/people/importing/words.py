"""What people write in the cells of such lists: roles, languages, user names."""

import re
import unicodedata
from collections.abc import Mapping

from qaplatform.people.enums import Role

USERNAME = re.compile(r"[\w.@+-]{1,150}")
EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"().]+(\.[^@\s,;<>\"().]+)+")
IN_HOUSE = frozenset({"inhouse", "internal", "own", "fte"})
BETWEEN = re.compile(r"\s*(?:[;|/+&\n]|,|\band\b)\s*")
BETWEEN_QUEUES = re.compile(r"\s*[;|,\n]\s*")
MOST_LANGUAGES = 20

_ROLE_WORDS: Mapping[Role, tuple[str, ...]] = {
    Role.LABELER: (
        "labeler", "labeller", "annotator", "moderator", "content moderator", "rater", "reviewer", "agent", "analyst",
        "associate", "specialist", "worker", "cm",
    ),
    Role.TEAM_LEAD: ("team lead", "team leader", "tl", "lead", "supervisor", "team manager", "sup"),
    Role.VENDOR_MANAGER: ("vendor manager", "vm", "account manager", "vendor lead", "site manager"),
    Role.AUDITOR: ("auditor", "qa", "quality analyst", "qa analyst", "quality auditor", "qa auditor"),
    Role.QA_MANAGER: ("qa manager", "quality manager", "qa lead", "quality lead", "qam"),
    Role.TRAINER: ("trainer", "coach", "training lead", "training manager"),
    Role.POLICY_OWNER: ("policy owner", "policy manager", "policy", "policy lead"),
    Role.ESCALATION: ("escalation", "escalations", "escalation specialist", "escalation manager"),
    Role.ADMINISTRATOR: ("administrator", "admin"),
}  # fmt: skip
_ROLES = {word.replace(" ", ""): role for role, words in _ROLE_WORDS.items() for word in words}

_LANGUAGES = {
    "arabic": "ar", "bengali": "bn", "chinese": "zh", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en",
    "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu",
    "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko", "malay": "ms", "norwegian": "no",
    "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "spanish": "es", "swedish": "sv",
    "tagalog": "tl", "filipino": "fil", "tamil": "ta", "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur",
    "vietnamese": "vi",
}  # fmt: skip
_CODE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})?", re.IGNORECASE)


def plain(text: str) -> str:
    """What is left of a word for comparing: small letters and digits, without accents.

    >>> plain("E-Mail Adresse"), plain("Équipe")
    ('emailadresse', 'equipe')
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in folded if character.isalnum())


def roles_of(cell: str) -> tuple[tuple[Role, ...], tuple[str, ...]]:
    """Roles that a cell names, and the words in it that name none.

    >>> roles_of("TL / Vendor manager")
    ((Role.TEAM_LEAD, Role.VENDOR_MANAGER), ())
    >>> roles_of("Pilot")
    ((), ('Pilot',))
    """
    words = [word for word in BETWEEN.split(cell) if word]
    known = [_ROLES.get(plain(word)) or _ROLES.get(plain(word).removesuffix("s")) for word in words]
    roles = tuple(dict.fromkeys(role for role in known if role is not None))
    return roles, tuple(word for word, role in zip(words, known, strict=True) if role is None)


def queues_of(cell: str) -> tuple[str, ...]:
    """Names of queues in a cell.

    >>> queues_of("Spam; Hate speech")
    ('Spam', 'Hate speech')
    """
    return tuple(dict.fromkeys(name for name in BETWEEN_QUEUES.split(cell) if name))


def languages_of(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of the languages that a cell names, each once, and the words in it that name none.

    >>> languages_of("German; pt_BR and de")
    (('de', 'pt-br'), ())
    >>> languages_of("en, Team 1")
    (('en',), ('Team 1',))
    """
    words = [word for word in BETWEEN.split(cell.strip()) if word]
    codes = [_code_of(word) for word in words]
    known = tuple(dict.fromkeys(code for code in codes if code))
    return known, tuple(word for word, code in zip(words, codes, strict=True) if not code)


def problem_of_languages(cell: str) -> str:
    """What is wrong with the languages in a cell, and what to write instead; empty where nothing is.

    >>> problem_of_languages("en, Klingonish")
    'Klingonish is no language. Write codes such as en or pt-br, with commas between them.'
    """
    known, unknown = languages_of(cell)
    if unknown:
        return f"{unknown[0]} is no language. Write codes such as en or pt-br, with commas between them."
    return (
        f"That is more than {MOST_LANGUAGES} languages. Leave it empty for any." if len(known) > MOST_LANGUAGES else ""
    )


def username_from(text: str) -> str:
    """A user name made of a name or the first part of an address; empty where nothing is left.

    >>> username_from("Zoë Müller"), username_from("ana.souza@example.org")
    ('zoe.muller', 'ana.souza')
    """
    folded = unicodedata.normalize("NFKD", text.partition("@")[0].casefold())
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    return re.sub(r"[^\w+-]+", ".", letters).strip(".")[:140]


def _code_of(word: str) -> str:
    named = _LANGUAGES.get(plain(word), "")
    return named or (word.lower().replace("_", "-") if _CODE.fullmatch(word) else "")
