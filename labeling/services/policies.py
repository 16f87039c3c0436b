"""Publishing the first version of a policy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from labeling.engine.clauses import ClauseText, cut_clauses
from labeling.models import Category, Clause, ClauseRevision, Policy, PolicyVersion
from qaplatform import clock
from qaplatform.errors import InvalidInput
from qaplatform.trail.services import record

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
HIGHEST_SEVERITY = 4
MARKS = {"critical", "never sample", "no violation"}


@dataclass(frozen=True, kw_only=True)
class CategoryText:
    """A category as an author writes it; `clause` is the code of its clause, or nothing."""

    code: str
    name: str
    severity: int = 0
    clause: str = ""
    marks: frozenset[str] = frozenset()


def read_clauses(text: str) -> tuple[ClauseText, ...]:
    r"""Clauses from pasted text: a line that begins with a number opens one. Raises InvalidInput.

    >>> read_clauses("1.1 Spam\nUnasked advertising.")
    (ClauseText(code='1.1', title='Spam', text='Unasked advertising.'),)
    """
    cut = cut_clauses(text)
    if cut.problems:
        raise InvalidInput(" ".join(cut.problems), detail={"field": "clauses"})
    return cut.clauses


def read_categories(text: str) -> tuple[CategoryText, ...]:
    r"""Categories from lines `code | name | severity 0 to 4 | clause | marks`. Raises InvalidInput with the line.

    >>> read_categories("spam | Spam | 2 | 1.1\nfine | No violation | 0 | | no violation")[1].marks
    frozenset({'no violation'})
    """
    rows = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    categories = tuple(_category(number, [part.strip() for part in line.split("|")]) for number, line in rows)
    if sum("no violation" in category.marks for category in categories) != 1:
        message = "Mark exactly one category “no violation”: without it nobody can tell over- from under-enforcing."
        raise InvalidInput(message, detail={"field": "categories"})
    if len(categories) < 2:
        raise InvalidInput("Name at least one category that is a violation.", detail={"field": "categories"})
    return categories


@transaction.atomic
def publish_first_version(
    *,
    name: str,
    description: str,
    clauses: Sequence[ClauseText],
    categories: Sequence[CategoryText],
    author: AbstractBaseUser,
) -> Policy:
    """Make a policy with version 1, in force at once. Raises InvalidInput."""
    if Policy.objects.filter(name=name.strip()).exists():
        raise InvalidInput(f"There is a policy named {name.strip()} already.", detail={"field": "name"})
    policy = Policy.objects.create(name=name.strip(), description=description)
    version = PolicyVersion.objects.create(policy=policy, number=1, author_id=author.pk, published_at=clock.now())
    made = {clause.code: _publish_clause(policy, version, clause) for clause in clauses}
    for position, category in enumerate(categories):
        _make_category(policy, made, category, position=position)
    record("policy_published", version, actor=author, detail={"policy": policy.name, "number": 1})
    return policy


def _category(number: int, parts: Sequence[str]) -> CategoryText:
    code, name, severity, clause, marks = [*parts, "", "", "", ""][:5]
    if not CODE.fullmatch(code):
        raise _bad_line(number, f"{code!r} is no code. Use small letters, digits, - and _.")
    if severity and (not severity.isdecimal() or int(severity) > HIGHEST_SEVERITY):
        raise _bad_line(number, f"The severity {severity!r} is no whole number from 0 to {HIGHEST_SEVERITY}.")
    found = frozenset(mark.strip().lower() for mark in marks.split(",") if mark.strip())
    if not found <= MARKS:
        raise _bad_line(number, f"Marks are {', '.join(sorted(MARKS))}; {min(found - MARKS)!r} is none.")
    return CategoryText(code=code, name=name or code, severity=int(severity or 0), clause=clause, marks=found)


def _bad_line(number: int, message: str) -> InvalidInput:
    return InvalidInput(f"Line {number}: {message}", detail={"field": "categories"})


def _publish_clause(policy: Policy, version: PolicyVersion, text: ClauseText) -> Clause:
    clause = Clause.objects.create(policy=policy, code=text.code)
    revision = ClauseRevision.objects.create(clause=clause, number=1, title=text.title, text=text.text)
    version.revisions.add(revision)
    return clause


def _make_category(policy: Policy, clauses: dict[str, Clause], text: CategoryText, *, position: int) -> None:
    if text.clause and text.clause not in clauses:
        message = f"The category {text.code} names the clause {text.clause}, which the text above does not have."
        raise InvalidInput(message, detail={"field": "categories"})
    if Category.objects.filter(policy=policy, code=text.code).exists():
        raise InvalidInput(f"Two categories have the code {text.code}.", detail={"field": "categories"})
    Category.objects.create(
        policy=policy,
        clause=clauses.get(text.clause),
        code=text.code,
        name=text.name,
        severity=text.severity,
        is_critical="critical" in text.marks,
        never_sample="never sample" in text.marks,
        is_no_violation="no violation" in text.marks,
        position=position,
    )
