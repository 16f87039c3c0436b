"""How far an installation is set up, and who is in it."""

from dataclasses import dataclass

from django.db.models import Count

from calibration.enums import GoldState
from calibration.models import GoldItem, MetricSnapshot, SamplingPlan
from labeling.enums import QueueKind
from labeling.models import Item, Label, Queue
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Membership, SkillGrant, User, Vendor


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of setting up; `url_name` is where it is done, empty where it comes by itself."""

    title: str
    words: str
    is_done: bool
    url_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The steps, and how many people hold each role."""

    steps: tuple[Step, ...]
    roles: tuple[tuple[str, int], ...]
    accounts: int
    labelers: int
    vendors: int

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been set up at all: nobody works here yet."""
        return not any(step.is_done for step in self.steps[1:])


def read_setup() -> Setup:
    """The administrator's check-list: what is there, read from the rows themselves."""
    accounts = User.objects.filter(is_active=True).count()
    labelers = Labeler.objects.filter(is_active=True).count()
    held = dict(
        Membership.objects.filter(user__is_active=True).values_list("role").annotate(Count("user", distinct=True))
    )
    return Setup(
        steps=_steps(accounts, labelers, held),
        roles=tuple((str(role.label), held.get(role.value, 0)) for role in Role),
        accounts=accounts,
        labelers=labelers,
        vendors=Vendor.objects.count(),
    )


def _steps(accounts: int, labelers: int, held: dict[str, int]) -> tuple[Step, ...]:
    return (
        Step(
            title="Give accounts to the people who run it",
            words="A QA manager decides on flags, another confirms; a policy owner approves gold; a trainer retrains.",
            is_done=accounts > 1 and held.get(Role.QA_MANAGER, 0) > 1 and held.get(Role.POLICY_OWNER, 0) > 0,
            url_name="people:accounts",
        ),
        Step(
            title="Add vendors, teams and labelers",
            words="In-house is a vendor too. Labelers of one vendor never see another.",
            is_done=labelers > 0,
            url_name="people:vendors",
        ),
        Step(
            title="Set up a queue",
            words="It follows a policy, asks its questions, and says how many answers an item needs.",
            is_done=Queue.objects.filter(kind=QueueKind.ORDINARY, schemas__isnull=False).exists(),
            url_name="labeling:queues",
        ),
        Step(
            title="Bring in items, or decisions made elsewhere",
            words="CSV or JSON lines; a file comes in whole or not at all.",
            is_done=Item.objects.exists(),
            url_name="labeling:imports",
        ),
        Step(
            title="Certify people for a queue",
            words="Only certified people are given its items.",
            is_done=SkillGrant.objects.filter(revoked_at=None).exists() or Label.objects.exists(),
            url_name="people:accounts",
        ),
        Step(
            title="Approve gold",
            words="Accuracy is measured on gold: written by one person, approved by another.",
            is_done=GoldItem.objects.filter(state=GoldState.LIVE).exists(),
            url_name="calibration:gold",
        ),
        Step(
            title="Say how gold is sampled",
            words="Rate, target and mode of each queue, in its settings.",
            is_done=SamplingPlan.objects.exists(),
            url_name="labeling:queues",
        ),
        Step(
            title="First figures",
            words="They come by themselves within ten seconds of the first answers.",
            is_done=MetricSnapshot.objects.exists(),
        ),
    )
