"""Changing a policy's taxonomy: codes stay for ever, categories come, titles may be put better."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Max

from labeling.models import Category, Policy
from labeling.queries.policies import clauses_of, latest_version
from labeling.services.policies import CODE, HIGHEST_SEVERITY, CategoryText
from qaplatform.errors import InvalidInput
from qaplatform.trail.services import record

MARKS = frozenset({"critical", "never sample"})


@transaction.atomic
def add_category(policy: Policy, category: CategoryText, *, actor: AbstractBaseUser) -> Category:
    """A further category; queues offer it once their questions do. Raises InvalidInput."""
    policy = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    _check(policy, category)
    last = policy.categories.aggregate(last=Max("position"))["last"]
    made = Category.objects.create(
        policy=policy,
        clause=policy.clauses.filter(code=category.clause).first() if category.clause else None,
        code=category.code,
        name=category.name.strip(),
        severity=category.severity,
        is_critical="critical" in category.marks,
        never_sample="never sample" in category.marks,
        position=0 if last is None else last + 1,
    )
    record("category_added", made, actor=actor, detail={"policy": policy.name, "code": made.code})
    return made


@transaction.atomic
def rename_category(category: Category, name: str, *, actor: AbstractBaseUser) -> Category:
    """Give a category another title; its code, which answers and gold name, stays. Raises InvalidInput."""
    category = Category.objects.select_for_update(of=["self"]).select_related("policy").get(pk=category.pk)
    name = name.strip()
    if not name:
        raise InvalidInput("Give the category a title.", detail={"field": "name"})
    if name == category.name:
        return category
    _refuse_taken_name(category.policy, name, code=category.code)
    before, category.name = category.name, name
    category.save(update_fields=["name"])
    record("category_renamed", category, actor=actor, detail={"code": category.code, "from": before, "to": name})
    return category


def _check(policy: Policy, category: CategoryText) -> None:
    if not CODE.fullmatch(category.code):
        message = f"{category.code!r} is no code. Use small letters, digits, - and _, at most 60 of them."
        raise InvalidInput(message, detail={"field": "code"})
    if policy.categories.filter(code=category.code).exists():
        message = f"There is a category {category.code} already. Codes are never used twice: choose another."
        raise InvalidInput(message, detail={"field": "code"})
    if not category.name.strip():
        raise InvalidInput("Give the category a title.", detail={"field": "name"})
    _refuse_taken_name(policy, category.name.strip(), code=category.code)
    if not 0 <= category.severity <= HIGHEST_SEVERITY:
        message = f"The severity runs from 0 (none) to {HIGHEST_SEVERITY} (gravest)."
        raise InvalidInput(message, detail={"field": "severity"})
    latest = latest_version(policy)
    codes = {clause.code for clause in clauses_of(latest)} if latest else set()
    if category.clause and category.clause not in codes:
        message = f"The latest version has no clause {category.clause}. Publish it first, or choose another clause."
        raise InvalidInput(message, detail={"field": "clause"})
    if not category.marks <= MARKS:
        raise InvalidInput(f"Marks are {' and '.join(sorted(MARKS))}.", detail={"field": "marks"})


def _refuse_taken_name(policy: Policy, name: str, *, code: str) -> None:
    if policy.categories.filter(name__iexact=name).exclude(code=code).exists():
        message = f"Another category is called {name}. Labelers could not tell them apart: choose another title."
        raise InvalidInput(message, detail={"field": "name"})
