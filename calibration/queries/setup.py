"""How far an installation is set up: the ways to a first result, and what comes after."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from calibration.enums import GoldState, Metric
from calibration.models import GoldItem, MetricSnapshot, SamplingPlan
from labeling.enums import ImportKind, ImportState, QueueKind, SlotOrigin
from labeling.models import ImportFolder, ImportRun, Item, Label, PolicyVersion, Queue
from qaplatform.people.access import Access
from qaplatform.people.enums import LabelerKind, Role
from qaplatform.people.models import Labeler, Membership, SkillGrant, User, Vendor
from qaplatform.people.queries.accounts import quality_managers


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of setting up; `url_name`, with `target` where it names a thing, is where it is done."""

    title: str
    words: str
    is_done: bool
    url_name: str = ""
    target: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Track:
    """Steps that end in something; `url_name` of its next step is where to go on."""

    key: str
    title: str
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_finished(self) -> bool:
        """Whether its last step is done: what comes before was one way to it."""
        return self.steps[-1].is_done

    @property
    def next_step(self) -> Step | None:
        """The first step that is not done; none once the track has ended."""
        return None if self.is_finished else next((step for step in self.steps if not step.is_done), None)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The tracks, and how many people hold each role.

    `first` lead to a first result, the further one before the other; `later` is for work with others.
    `may_run_queues`: the asker is QA manager. `may_take_role`: they may become it, as nobody is.
    """

    first: tuple[Track, ...]
    later: Track
    roles: tuple[tuple[str, int], ...]
    accounts: int
    labelers: int
    vendors: int
    is_empty: bool
    has_result: bool
    may_run_queues: bool
    may_take_role: bool
    quality_manager: str

    @property
    def way(self) -> Track | None:
        """The way that was begun, while it has no end yet."""
        return None if self.is_empty or self.has_result else self.first[0]


def read_setup(access: Access) -> Setup:
    """What is there, read from the rows themselves."""
    managers = quality_managers()
    may_run = access.reach({Role.QA_MANAGER}).everything
    people = Membership.objects.filter(user__is_active=True).values_list("role")
    held = dict(people.annotate(Count("user", distinct=True)))
    tracks = (_decisions_track(has_manager=bool(managers)), _queue_track(has_manager=bool(managers)))
    return Setup(
        first=tuple(sorted(tracks, key=lambda track: -track.done / len(track.steps))),
        later=_later_track(held),
        roles=tuple((str(role.label), held.get(role.value, 0)) for role in Role),
        accounts=User.objects.filter(is_active=True).count(),
        labelers=Labeler.objects.filter(is_active=True).count(),
        vendors=Vendor.objects.count(),
        is_empty=not any(step.is_done for track in tracks for step in track.steps[1:]),
        has_result=not is_before_first_result(),
        may_run_queues=may_run,
        may_take_role=not managers and access.has(Role.ADMINISTRATOR),
        quality_manager="" if may_run or not managers else str(managers[0]),
    )


def is_before_first_result() -> bool:
    """Whether there is no figure at all yet."""
    return not MetricSnapshot.objects.exists()


def _manager_step(*, has_manager: bool) -> Step:
    return Step(
        title="Be QA manager",
        words="Importing and queues are a QA manager's work.",
        is_done=has_manager,
    )


def _decisions_track(*, has_manager: bool) -> Track:
    runs = ImportRun.objects.filter(kind=ImportKind.DECISIONS)
    open_run = runs.exclude(state__in=[ImportState.DONE, ImportState.UNDONE, ImportState.REFUSED]).first()
    imported = runs.filter(state=ImportState.DONE).first()
    return Track(
        key="import",
        title="With decisions that you have",
        steps=(
            _manager_step(has_manager=has_manager),
            Step(
                title="Upload a file of decisions",
                words="A CSV as it comes out of your tool; nothing has to be prepared.",
                is_done=bool(open_run or imported),
                url_name="labeling:new_decisions",
            ),
            Step(
                title="Say what its columns mean, and confirm what is new",
                words="The meanings are guessed; you see what will be made before anything is.",
                is_done=bool(imported),
                url_name="labeling:import" if open_run else "labeling:imports",
                target=open_run.public_id if open_run else None,
            ),
            Step(
                title="Read the first result",
                words="By person and policy, each figure with its interval.",
                is_done=bool(imported) and not is_before_first_result(),
                url_name="calibration:first_result" if imported else "labeling:imports",
                target=imported.public_id if imported else None,
            ),
        ),
    )


def _queue_track(*, has_manager: bool) -> Track:
    entered = Item.objects.filter(slots__origin=SlotOrigin.ENTRY)
    answered = Label.objects.filter(slot__origin=SlotOrigin.ENTRY)
    agreement = MetricSnapshot.objects.filter(metric=Metric.AGREEMENT)
    has_answers = answered.exists()
    return Track(
        key="queue",
        title="With a queue that is labeled here",
        steps=(
            _manager_step(has_manager=has_manager),
            Step(
                title="Publish a policy",
                words="Its categories are what people choose from.",
                is_done=PolicyVersion.objects.filter(published_at__isnull=False).exists(),
                url_name="labeling:policies",
            ),
            Step(
                title="Set up a queue",
                words="It follows the policy and says how many answers an item needs.",
                is_done=Queue.objects.filter(kind=QueueKind.ORDINARY, schemas__isnull=False).exists(),
                url_name="labeling:queues",
            ),
            Step(
                title="Bring in items",
                words="CSV or JSON lines; a file comes in whole or not at all.",
                is_done=entered.exists(),
                url_name="labeling:new_import",
            ),
            Step(
                title="Add the people who label, certified for the queue",
                words="Only certified people are given its items; two or more, so that agreement can be told.",
                is_done=SkillGrant.objects.filter(revoked_at=None, labeler__kind=LabelerKind.PERSON).count() > 1,
                url_name="people:add_many",
            ),
            Step(
                title="Let them label",
                words="They sign in and press Start; this ticks with the first answer.",
                is_done=has_answers,
                url_name="labeling:queues",
            ),
            Step(
                title="Read the first result",
                words="Agreement, within ten seconds of the first answers that overlap.",
                is_done=has_answers and agreement.exists(),
                url_name="calibration:agreement",
            ),
        ),
    )


def _later_track(held: dict[str, int]) -> Track:
    return Track(
        key="later",
        title="Before others rely on it",
        steps=(
            Step(
                title="Give accounts to the people who run it",
                words="A QA manager decides on flags, another confirms; a policy owner approves gold.",
                is_done=held.get(Role.QA_MANAGER, 0) > 1 and held.get(Role.POLICY_OWNER, 0) > 0,
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
                title="Repeat the import by itself",
                words="A watched folder imports each new file with the columns that you confirmed once.",
                is_done=ImportFolder.objects.filter(is_active=True).exists(),
                url_name="labeling:folders",
            ),
        ),
    )
