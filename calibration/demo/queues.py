"""Policies and queues of the demo as rows."""

from dataclasses import dataclass
from datetime import datetime

from calibration.demo.plans import DemoPlan
from calibration.demo.policies import DemoQueue, questions_of
from calibration.demo.uuids import Uuids
from calibration.enums import GoldMode
from calibration.models import SamplingPlan
from labeling.models import Category, Clause, ClauseRevision, LabelSchema, Policy, PolicyVersion, Queue
from qaplatform.people.models import Skill, User

# A gold item of a matched queue is shown to one person of each team; of a pooled queue to everybody.
MATCHED_CAP = 3


@dataclass(frozen=True)
class QueueRows:
    """A queue and what hangs on it; `revisions` by number of the clause."""

    queue: Queue
    version: PolicyVersion
    schema: LabelSchema
    skill: Skill
    gold_rate: float
    revisions: dict[str, ClauseRevision]


def enter_queue(
    demo: DemoQueue, plan: DemoPlan, uuids: Uuids, *, is_matched: bool, draw_seed: int, author: User, since: datetime
) -> QueueRows:
    """Store the policy in its first version, the queue with its questions, and its plan of measuring."""
    version, revisions = _enter_policy(demo, uuids, author=author, since=since)
    skill = Skill.objects.create(public_id=uuids.one(), name=demo.skill, created_at=since)
    queue = Queue.objects.create(
        public_id=uuids.one(),
        name=demo.name,
        policy=version.policy,
        policy_version=version,
        skill=skill,
        overlap_rate=plan.overlap_rate,
        overlap_size=plan.overlap_size,
        draw_seed=draw_seed,
        created_at=since,
    )
    schema = LabelSchema.objects.create(
        public_id=uuids.one(), queue=queue, number=1, questions=questions_of(demo), created_at=since
    )
    SamplingPlan.objects.create(
        queue=queue,
        question="category",
        gold_rate=plan.gold_share,
        watch_gold_rate=0,
        false_alarm_rate=0.02,
        cusum_h=plan.cusum_h,
        mode=GoldMode.MATCHED if is_matched else GoldMode.POOLED,
        exposures_a_team_cap=MATCHED_CAP if is_matched else plan.people_a_team,
        changed_at=since,
    )
    return QueueRows(queue, version, schema, skill, plan.gold_share, revisions)


def _enter_policy(
    demo: DemoQueue, uuids: Uuids, *, author: User, since: datetime
) -> tuple[PolicyVersion, dict[str, ClauseRevision]]:
    policy = Policy.objects.create(
        public_id=uuids.one(), name=demo.policy, description=demo.description, created_at=since
    )
    version = PolicyVersion.objects.create(
        public_id=uuids.one(),
        policy=policy,
        number=1,
        note="First version.",
        author=author,
        published_at=since,
        created_at=since,
    )
    clauses = {
        clause.code: Clause.objects.create(public_id=uuids.one(), policy=policy, code=clause.code)
        for clause in demo.clauses
    }
    revisions = {
        clause.code: ClauseRevision.objects.create(
            public_id=uuids.one(),
            clause=clauses[clause.code],
            number=1,
            title=clause.title,
            text=clause.text,
            created_at=since,
        )
        for clause in demo.clauses
    }
    version.revisions.set(revisions.values())
    _enter_categories(demo, policy, clauses, uuids)
    return version, revisions


def _enter_categories(demo: DemoQueue, policy: Policy, clauses: dict[str, Clause], uuids: Uuids) -> None:
    Category.objects.bulk_create(
        Category(
            public_id=uuids.one(),
            policy=policy,
            clause=clauses.get(category.clause),
            code=category.code,
            name=category.name,
            severity=category.severity,
            is_critical=category.is_critical,
            is_no_violation=category.is_no_violation,
            never_sample=category.never_sample,
            position=position,
        )
        for position, category in enumerate(demo.categories)
    )
