"""Answers that are sets of labels: how one is written as a single word."""

# The word of the empty set, which is an answer ("none of these"), unlike an empty cell.
EMPTY = "(none)"


def set_word(cell: str, separator: str) -> str:
    """The members of a set in their order, each once, joined by the separator.

    >>> set_word("spam | abuse|spam", "|"), set_word("|", "|")
    ('abuse|spam', '(none)')
    """
    return separator.join(members_of(cell, separator)) or EMPTY


def members_of(word: str, separator: str) -> list[str]:
    """The members of a set, sorted.

    >>> members_of("b|a", "|"), members_of("(none)", "|")
    (['a', 'b'], [])
    """
    return sorted({member.strip() for member in word.split(separator)} - {"", EMPTY})
