"""Builders of rows for tests: short to call, valid as they are, each default can be overridden by name."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import count
from secrets import token_urlsafe

from django.test import Client

from labeling.enums import QueueKind
from labeling.models import (
    Category,
    Clause,
    ClauseRevision,
    Item,
    LabelSchema,
    Policy,
    PolicyVersion,
    Queue,
)
from labeling.services.entry import ItemDraft, enter_items
from qaplatform import clock
from qaplatform.people.enums import GrantSource, LabelerKind, Role, Scope
from qaplatform.people.models import (
    ApiToken,
    Labeler,
    Membership,
    Skill,
    SkillGrant,
    Team,
    User,
    Vendor,
)
from qaplatform.people.queries.tokens import digest_of

CATEGORIES = ("no_violation", "spam", "scam", "impersonation")

_numbers = count(1)


def make_vendor(name: str = "", **fields: object) -> Vendor:
    return Vendor.objects.create(name=name or f"Vendor {next(_numbers)}", **fields)


def make_team(vendor: Vendor | None = None, name: str = "") -> Team:
    return Team.objects.create(vendor=vendor or make_vendor(), name=name or f"Team {next(_numbers)}")


def make_user(
    username: str = "",
    *,
    roles: Iterable[Role] = (),
    vendor: Vendor | None = None,
    team: Team | None = None,
) -> User:
    """A user with these roles: of the team or vendor that is named, else of the whole platform."""
    user = User(username=username or f"user{next(_numbers)}")
    user.set_unusable_password()
    user.save()
    for role in roles:
        give_role(user, role, vendor=vendor, team=team)
    return user


def give_role(user: User, role: Role, *, vendor: Vendor | None = None, team: Team | None = None) -> Membership:
    vendor = team.vendor if team else vendor
    scope = Scope.TEAM if team else Scope.VENDOR if vendor else Scope.PLATFORM
    return Membership.objects.create(user=user, role=role, scope=scope, vendor=vendor, team=team)


def make_labeler(
    name: str = "",
    *,
    vendor: Vendor | None = None,
    team: Team | None = None,
    queues: Iterable[Queue] = (),
) -> Labeler:
    """A person with an account who is certified for these queues."""
    vendor = team.vendor if team else vendor or make_vendor()
    name = name or f"labeler{next(_numbers)}"
    user = make_user(name)
    give_role(user, Role.LABELER, vendor=vendor, team=team)
    labeler = Labeler.objects.create(vendor=vendor, team=team, kind=LabelerKind.PERSON, user=user, display_name=name)
    for queue in queues:
        grant_skill(labeler, queue)
    return labeler


def make_external_labeler(external_id: str = "", *, vendor: Vendor | None = None) -> Labeler:
    """Somebody known only from imported decisions."""
    external_id = external_id or f"ext-{next(_numbers)}"
    return Labeler.objects.create(
        vendor=vendor or make_vendor(),
        kind=LabelerKind.EXTERNAL,
        external_id=external_id,
        display_name=external_id,
    )


def make_policy(name: str = "", *, categories: Iterable[str] = CATEGORIES) -> Policy:
    """A policy with version 1: each category has a clause (1.1, 1.2, …) with revision 1; `no_violation` has none."""
    policy = Policy.objects.create(name=name or f"Policy {next(_numbers)}")
    version = PolicyVersion.objects.create(policy=policy, number=1, published_at=clock.now())
    for position, code in enumerate(categories):
        _make_category(policy, version, code=code, position=position)
    return policy


def _make_category(policy: Policy, version: PolicyVersion, *, code: str, position: int) -> Category:
    is_fine = code == "no_violation"
    title = code.replace("_", " ").capitalize()
    clause = None
    if not is_fine:
        clause = Clause.objects.create(policy=policy, code=f"1.{position}")
        revision = ClauseRevision.objects.create(clause=clause, number=1, title=title, text=f"What {title} is.")
        version.revisions.add(revision)
    return Category.objects.create(
        policy=policy,
        clause=clause,
        code=code,
        name=title,
        severity=0 if is_fine else 2,
        is_no_violation=is_fine,
        position=position,
    )


def make_category_question(policy: Policy, **changes: object) -> dict[str, object]:
    """The question that names the policy's categories."""
    options = [
        {
            "code": category.code,
            "name": category.name,
            "parent": None,
            "severity": category.severity,
        }
        for category in policy.categories.all()
    ]
    question = {
        "key": "category",
        "kind": "single",
        "prompt": "Which clause is broken?",
        "options": options,
        "taxonomy": True,
        "cannot_tell": True,
        "required": True,
        "show_if": None,
    }
    return question | changes


def make_queue(
    name: str = "",
    *,
    policy: Policy | None = None,
    questions: list[dict[str, object]] | None = None,
    **fields: object,
) -> Queue:
    """An active queue with a skill and schema 1, one answer an item and no overlap unless told."""
    policy = policy or make_policy()
    name = name or f"Queue {next(_numbers)}"
    defaults: dict[str, object] = {
        "overlap_rate": 0.0,
        "draw_seed": next(_numbers),
        "lease_seconds": 600,
    }
    if fields.get("kind") != QueueKind.TRAINING:
        defaults["skill"] = Skill.objects.create(name=f"Skill of {name}")
    queue = Queue.objects.create(
        name=name,
        policy=policy,
        policy_version=policy.versions.latest("number"),
        **(defaults | fields),
    )
    LabelSchema.objects.create(queue=queue, number=1, questions=questions or [make_category_question(policy)])
    return queue


def make_items(queue: Queue, number: int = 1, **fields: object) -> list[Item]:
    """Items with text content, entered as the product enters them: with their open slots."""
    drafts = [
        ItemDraft(
            **(
                {
                    "external_id": f"item-{next(_numbers)}",
                    "content": {"text": f"Text {next(_numbers)}"},
                }
                | fields
            )
        )
        for _ in range(number)
    ]
    return enter_items(queue, drafts, now=clock.now())


def grant_skill(labeler: Labeler, queue: Queue, **fields: object) -> SkillGrant:
    return SkillGrant.objects.create(labeler=labeler, skill=queue.skill, source=GrantSource.MANUAL, **fields)


def make_token(
    user: User,
    *,
    scopes: Iterable[str] = ("label",),
    lifetime: timedelta = timedelta(days=1),
) -> str:
    """A live token of the API, as its owner saw it once."""
    token = token_urlsafe(32)
    ApiToken.objects.create(
        user=user,
        name="test",
        prefix=token[:8],
        digest=digest_of(token),
        scopes=list(scopes),
        expires_at=clock.now() + lifetime,
    )
    return token


def client_for(user: User | Labeler) -> Client:
    """A browser of somebody who has signed in."""
    account = user.user if isinstance(user, Labeler) else user
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def api_client_for(user: User | Labeler, *, scopes: Iterable[str] = ("label",)) -> Client:
    """A program of somebody, with a token of these scopes."""
    account = user.user if isinstance(user, Labeler) else user
    return Client(headers={"Authorization": f"Token {make_token(account, scopes=scopes)}"})


def answer(category: str = "spam", **others: object) -> Mapping[str, object]:
    """Answers to the questions of `make_queue`."""
    return {"category": category} | others
