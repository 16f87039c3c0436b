"""Categories of a new policy or question: those that a file names, and those that it cannot do without."""

from collections.abc import Mapping

NO_VIOLATION = ("no_violation", "No violation")
VIOLATION = ("violation", "Violation")
OTHER = ("other", "Other")


def policy_categories(named: Mapping[str, str], fine: str) -> tuple[dict[str, str], str]:
    """Names by code of the categories of a new policy, and the code that means that nothing is wrong.

    `fine` is empty or no code of the file where every answer in it is a violation.

    >>> policy_categories({"spam": "Spam", "ok": "OK"}, "ok")
    ({'spam': 'Spam', 'ok': 'OK'}, 'ok')
    >>> policy_categories({"spam": "Spam"}, "")
    ({'spam': 'Spam', 'no_violation': 'No violation'}, 'no_violation')
    """
    code = fine if fine in named else NO_VIOLATION[0]
    found = dict(named)
    found.setdefault(code, NO_VIOLATION[1])
    if len(found) == 1:
        found.setdefault(*VIOLATION)
    return found, code


def question_options(named: Mapping[str, str]) -> dict[str, str]:
    """Names by code of the options of another new question, which has to offer two at least.

    >>> question_options({"yes": "Yes"})
    {'yes': 'Yes', 'other': 'Other'}
    """
    found = dict(named)
    for code, name in (OTHER, NO_VIOLATION):
        if len(found) < 2:
            found.setdefault(code, name)
    return found
