"""Setting up queues and changing what they ask."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from secrets import randbits

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from labeling.engine.errors import SchemaError
from labeling.engine.schemas import parse_questions
from labeling.enums import QueueKind, QueueOrder, QueueState
from labeling.models import LabelSchema, Policy, PolicyVersion, Queue
from qaplatform.errors import InvalidInput
from qaplatform.people.models import Skill
from qaplatform.trail.services import record

SHORTEST_LEASE, LONGEST_LEASE = 10, 86_400
SEED_BITS = 62
# Thirds in per cent with two digits.
SHARES_MAY_MISS = 0.001

Questions = Sequence[Mapping[str, object]]


@dataclass(frozen=True, kw_only=True)
class QueueSettings:
    """What a QA manager decides about a queue. Shares run from 0 to 1.

    `vendor_shares` maps vendors' public ids to their parts of all answers, 1 in all; empty: whoever comes gives any.
    """

    name: str
    base_answers: int = 1
    overlap_rate: float = 0.1
    overlap_size: int = 3
    order: str = QueueOrder.MIXED
    answers_a_day_cap: int | None = None
    reveals_a_day_cap: int | None = None
    vendor_shares: Mapping[str, float] = field(default_factory=dict)
    lease_seconds: int = 600
    skill: Skill | None = None
    language: str = ""
    priority: int = 0
    due_at: datetime | None = None
    state: str = QueueState.ACTIVE


@transaction.atomic
def create_queue(settings: QueueSettings, *, policy: Policy, questions: Questions, actor: AbstractBaseUser) -> Queue:
    """Set up a queue under the policy's latest published version, with what it asks. Raises InvalidInput.

    Without a skill the queue gets one of its own, named like the queue: nobody works in it before being certified.
    """
    _check(settings)
    _refuse_taken_name(settings.name)
    version = _latest_version(policy)
    columns = _columns(settings)
    if settings.skill is None:
        columns["skill"], _ = Skill.objects.get_or_create(name=settings.name.strip())
    queue = Queue.objects.create(
        **columns,
        kind=QueueKind.ORDINARY,
        policy=policy,
        policy_version=version,
        draw_seed=randbits(SEED_BITS),
    )
    publish_schema(queue, questions, actor=actor)
    record("queue_created", queue, actor=actor, detail=_told(settings))
    return queue


@transaction.atomic
def change_queue(queue: Queue, settings: QueueSettings, *, actor: AbstractBaseUser) -> Queue:
    """Change a queue's settings. Items that are in keep the number of answers that they were drawn."""
    _check(settings)
    queue = Queue.objects.select_for_update(of=["self"]).get(pk=queue.pk)
    if settings.name != queue.name:
        _refuse_taken_name(settings.name)
    for name, value in _columns(settings).items():
        if name == "skill" and value is None:
            continue
        setattr(queue, name, value)
    queue.save()
    record("queue_changed", queue, actor=actor, detail=_told(settings))
    return queue


@transaction.atomic
def publish_schema(queue: Queue, questions: Questions, *, actor: AbstractBaseUser | None = None) -> LabelSchema:
    """Ask these questions from the next claim on; labels keep the schema that they were given under."""
    asked = [dict(question) for question in questions]
    try:
        parse_questions(asked)
    except SchemaError as error:
        raise InvalidInput(error.message, detail={"field": error.field}) from error
    Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    latest = queue.schemas.order_by("-number").first()
    if latest is not None and latest.questions == asked:
        return latest
    schema = LabelSchema.objects.create(queue=queue, number=latest.number + 1 if latest else 1, questions=asked)
    record("schema_published", queue, actor=actor, detail={"number": schema.number})
    return schema


def taxonomy_options(policy: Policy) -> list[dict[str, object]]:
    """The policy's categories as options of a question, in the policy's order."""
    return [
        {
            "code": category.code,
            "name": category.name,
            "parent": category.parent.code if category.parent else None,
            "severity": category.severity,
        }
        for category in policy.categories.select_related("parent")
    ]


def check_shares(shares: Mapping[str, float]) -> None:
    """Raises InvalidInput where vendors' shares are not the whole."""
    total = sum(shares.values())
    if shares and (min(shares.values()) < 0 or abs(total - 1) > SHARES_MAY_MISS):
        message = f"The vendors' shares add up to {total * 100:g} %. Make them 100 %, or leave all of them empty."
        raise InvalidInput(message, detail={"field": "vendor_shares"})


def _check(settings: QueueSettings) -> None:
    if not settings.name.strip():
        raise InvalidInput("Give the queue a name.", detail={"field": "name"})
    if settings.base_answers < 1:
        raise InvalidInput("Each item needs one answer or more.", detail={"field": "base_answers"})
    if settings.overlap_size < settings.base_answers:
        message = f"Overlap must be {settings.base_answers} answers or more, as every item gets that many."
        raise InvalidInput(message, detail={"field": "overlap_size"})
    if not 0 <= settings.overlap_rate <= 1:
        raise InvalidInput("The share with overlap runs from 0 to 100 %.", detail={"field": "overlap_rate"})
    check_shares(settings.vendor_shares)
    if not SHORTEST_LEASE <= settings.lease_seconds <= LONGEST_LEASE:
        raise InvalidInput("An item is lent for 10 seconds to a day.", detail={"field": "lease_seconds"})


def _refuse_taken_name(name: str) -> None:
    if Queue.objects.filter(name=name.strip()).exists():
        raise InvalidInput(
            f"There is a queue named {name.strip()} already. Choose another name.", detail={"field": "name"}
        )


def _latest_version(policy: Policy) -> PolicyVersion:
    version = policy.versions.filter(published_at__isnull=False).order_by("-number").first()
    if version is None:
        message = f"{policy.name} has no published version. Publish one first."
        raise InvalidInput(message, detail={"field": "policy"})
    return version


def _columns(settings: QueueSettings) -> dict[str, object]:
    names = [name for name in settings.__dataclass_fields__ if name != "skill"]
    return {name: getattr(settings, name) for name in names} | {"name": settings.name.strip(), "skill": settings.skill}


def _told(settings: QueueSettings) -> dict[str, object]:
    told = asdict(settings) if settings.skill is None else {**_columns(settings), "skill": settings.skill.name}
    return {**told, "due_at": settings.due_at.isoformat() if settings.due_at else None}
