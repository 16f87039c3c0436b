"""Flags that somebody may see, and what one flag says."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from calibration.enums import DisputeState, ErrorKind, FlagState, SuspensionState
from calibration.models import Dispute, EvidenceRow, Flag, FlagReply, GoldScore, SkillSuspension
from calibration.queries.answer_names import AnswerNames, read_answer_names
from calibration.queries.error_kinds import kind_of_error
from calibration.rules import AT_WORK_STATES, UNFINISHED_STATES, is_finished
from calibration.stats import Estimate, proportion
from labeling.models import Item
from qaplatform import clock
from qaplatform.people.access import Access, Reach
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler

READERS = frozenset({Role.QA_MANAGER, Role.TEAM_LEAD, Role.VENDOR_MANAGER})
KIND_WORDS = (
    (
        ErrorKind.FALSE_POSITIVE,
        "false positive (a violation where none is)",
        "false positives (a violation where none is)",
    ),
    (ErrorKind.FALSE_NEGATIVE, "false negative (a violation missed)", "false negatives (a violation missed)"),
    (ErrorKind.WRONG_SELECTION, "wrong selection (another category)", "wrong selections (another category)"),
    (None, "answered “cannot tell”", "answered “cannot tell”"),
)
TRAINER_STATES = (*AT_WORK_STATES, FlagState.RECERTIFIED)


@dataclass(frozen=True)
class FlagRights:
    """What the asker may do on a flag's page."""

    is_own: bool
    decides: bool
    replies: bool
    coaches: bool
    assigns: bool
    sees_items: bool


@dataclass(frozen=True)
class Figures:
    """Accuracy over the items of a flag: as it was found, as it stands now, and without what is still disputed."""

    found: Estimate
    standing_now: Estimate
    undisputed: Estimate
    left_the_score: int
    rescored: int
    errors: int
    disputed: int

    @property
    def has_changed(self) -> bool:
        """Whether a dispute, or a correction of gold, has changed anything."""
        return bool(self.left_the_score or self.rescored or self.disputed)

    @property
    def disputed_words(self) -> str:
        """In words, as "Two of the nine errors are disputed."; empty where none is."""
        if not self.disputed:
            return ""
        errors = "the one error" if self.errors == 1 else f"the {number_word(self.errors)} errors"
        is_are = "is" if self.disputed == 1 else "are"
        return f"{number_word(self.disputed).capitalize()} of {errors} {is_are} disputed."


@dataclass(frozen=True)
class EvidenceView:
    """One item of a flag as its page shows it."""

    row: EvidenceRow
    item: Item | None
    given: str
    expected: tuple[str, ...]
    peers: tuple[tuple[str, int], ...]
    kind: ErrorKind | None
    dispute: Dispute | None
    now: GoldScore | None
    expected_now: tuple[str, ...]

    @property
    def has_left_the_score(self) -> bool:
        """Whether it counts no longer: by its own dispute, while its gold is corrected, or because it was withdrawn."""
        return self.now is None

    @property
    def was_rescored(self) -> bool:
        """Whether a correction of the gold has scored it anew."""
        return self.now is not None and self.now.pk != self.row.score_id

    @property
    def counts_as_right(self) -> bool:
        """Whether it is right as things stand."""
        return self.now.is_correct if self.now is not None else self.row.is_correct

    @property
    def is_open_error(self) -> bool:
        """Whether it counts as wrong as things stand."""
        return self.now is not None and not self.now.is_correct

    @property
    def is_disputed(self) -> bool:
        """Whether it waits for the decision of its dispute."""
        return self.dispute is not None and self.dispute.state == DisputeState.OPEN


def visible_flags(access: Access) -> QuerySet[Flag]:
    """Own flags; those of the people whom the asker manages; for trainers those that are being worked on."""
    own = Q(labeler=access.labeler_id) if access.labeler_id else Q(pk__in=[])
    managed = _covered(access.reach(READERS))
    trained = _covered(access.reach({Role.TRAINER})) & Q(state__in=TRAINER_STATES)
    return Flag.objects.filter(own | managed | trained).select_related("labeler__vendor", "labeler__team", "queue")


def managed_flags(access: Access) -> QuerySet[Flag]:
    """Flags for the inbox: of other people."""
    return visible_flags(access).exclude(labeler=access.labeler_id) if access.labeler_id else visible_flags(access)


def flags_needing_decision(access: Access) -> QuerySet[Flag]:
    """Flags that wait for the asker as a QA manager: open ones, and those with a suspension to confirm."""
    covered = _covered(access.reach({Role.QA_MANAGER}))
    confirm = Q(suspensions__state=SuspensionState.PROPOSED) & ~Q(suspensions__proposed_by=access.user_id)
    waiting = Flag.objects.filter(covered).filter(Q(state=FlagState.OPEN) | Q(is_disputed=True) | confirm)
    return waiting.select_related("labeler__vendor", "queue").order_by("opened_at").distinct()


def replies_due(access: Access) -> QuerySet[Flag]:
    """Open flags of the asker's own team that nobody has replied to yet, the soonest first."""
    covered = _covered(access.reach({Role.TEAM_LEAD}))
    flags = Flag.objects.filter(covered, state=FlagState.OPEN, replies=None)
    return flags.select_related("labeler", "queue").order_by("reply_due_at")


def counts_by_state(flags: QuerySet[Flag]) -> dict[str, int]:
    """How many flags are in each state."""
    return dict(flags.order_by().values_list("state").annotate(Count("pk", distinct=True)))


def rights_on(flag: Flag, access: Access) -> FlagRights:
    """What this page offers to the asker."""
    is_own = flag.labeler_id == access.labeler_id
    manages = covers(access.reach({Role.QA_MANAGER}), flag.labeler)
    leads = covers(access.reach({Role.TEAM_LEAD}), flag.labeler)
    trains = covers(access.reach({Role.TRAINER}), flag.labeler)
    return FlagRights(
        is_own=is_own,
        decides=manages and not is_own,
        replies=(is_own or leads) and not is_finished(flag.state),
        coaches=is_own or leads or trains or manages,
        assigns=(trains or manages) and flag.state in AT_WORK_STATES,
        sees_items=is_own or manages or leads or trains,
    )


def covers(reach: Reach, labeler: Labeler) -> bool:
    """Whether a reach holds this person."""
    return reach.everything or labeler.vendor_id in reach.vendor_ids or labeler.team_id in reach.team_ids


def is_of_vendor_side(flag: Flag, access: Access) -> bool:
    """Whether the asker belongs to those for whom shown gold is burnt: the person and their team lead."""
    rights = rights_on(flag, access)
    return rights.is_own or not covers(access.reach({Role.QA_MANAGER, Role.TRAINER}), flag.labeler)


def has_own_reply(flag: Flag) -> bool:
    """Whether the flagged person has replied in their own words; a team lead's reply is not theirs."""
    return FlagReply.objects.filter(flag=flag, author=flag.labeler.user_id).exists()


def evidence_of(flag: Flag) -> list[EvidenceView]:
    """Every item that counted, as it was then, in the order of the answers."""
    names = read_answer_names(flag.queue)
    rows = flag.evidence.select_related(
        "score__item", "score__queue", "score__gold_answer__gold", "dispute__filed_by", "dispute__decided_by"
    )
    standing = _scores_now(flag)
    return [_evidence_view(row, flag, names, standing) for row in rows.order_by("position")]


def figures_of(evidence: Sequence[EvidenceView]) -> Figures:
    """The figures of a flag, with and without what is disputed, so that mass disputes neither clear nor convict."""
    standing = [view for view in evidence if not view.has_left_the_score]
    undisputed = [view for view in standing if not view.is_disputed]
    return Figures(
        found=proportion(sum(view.row.is_correct for view in evidence), len(evidence)),
        standing_now=_accuracy(standing),
        undisputed=_accuracy(undisputed),
        left_the_score=len(evidence) - len(standing),
        rescored=sum(view.was_rescored for view in evidence),
        errors=sum(view.is_open_error for view in standing),
        disputed=len(standing) - len(undisputed),
    )


def error_words(evidence: Sequence[EvidenceView]) -> list[str]:
    """How the errors divide, by kind in words; what has left the score is not counted."""
    kinds = Counter(view.kind for view in evidence if view.is_open_error)
    return [f"{kinds[kind]} {one if kinds[kind] == 1 else many}" for kind, one, many in KIND_WORDS if kinds[kind]]


def finding_sentences(flag: Flag) -> list[str]:
    """What was found, in plain words with its numbers; frozen with the flag."""
    finding: Mapping[str, Any] = flag.finding
    expectation = finding.get("expected_false_flags", {}).get("sentence", "")
    sentences = [_lead(finding), _change(finding), finding.get("words", ""), expectation]
    return [sentence for sentence in sentences if sentence]


def number_word(n: int) -> str:
    """A small number as a word.

    >>> number_word(2), number_word(13)
    ('two', '13')
    """
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return words[n] if n < len(words) else str(n)


def kind_words(flag: Flag) -> str:
    """The error kind as part of a sentence."""
    return {
        ErrorKind.FALSE_POSITIVE: "mostly false positives: violations seen where there are none",
        ErrorKind.FALSE_NEGATIVE: "mostly false negatives: violations missed",
        ErrorKind.WRONG_SELECTION: "mostly the wrong category",
        ErrorKind.MIXED: "of mixed kinds",
    }[ErrorKind(flag.error_kind)]


def open_suspension(flag: Flag) -> SkillSuspension | None:
    """The suspension that waits for the second person, or is in force."""
    states = [SuspensionState.PROPOSED, SuspensionState.CONFIRMED]
    rows = flag.suspensions.filter(state__in=states).select_related("proposed_by", "decided_by", "grant__skill")
    return rows.order_by("-proposed_at").first()


def unfinished_flags(labeler: Labeler) -> QuerySet[Flag]:
    """Flags of a person that are not at their end."""
    return Flag.objects.filter(labeler=labeler, state__in=UNFINISHED_STATES).select_related("queue")


def suspension_possible_at(flag: Flag) -> datetime | None:
    """From when on a suspension can be confirmed; None where it can be now."""
    return flag.reply_due_at if clock.now() < flag.reply_due_at else None


def with_page_rows(flags: QuerySet[Flag]) -> QuerySet[Flag]:
    """Flags with what a line of the inbox shows, whatever their number."""
    pending = SkillSuspension.objects.filter(state=SuspensionState.PROPOSED)
    return flags.annotate(
        wrong=Count("evidence", filter=Q(evidence__is_correct=False), distinct=True),
        counted=Count("evidence", distinct=True),
        reply_count=Count("replies", distinct=True),
    ).prefetch_related(Prefetch("suspensions", queryset=pending, to_attr="pending_suspensions"))


def _covered(reach: Reach) -> Q:
    if reach.everything:
        return Q(pk__isnull=False)
    return Q(labeler__vendor__in=reach.vendor_ids) | Q(labeler__team__in=reach.team_ids)


Standing = Mapping[tuple[int, str], GoldScore]


def _scores_now(flag: Flag) -> Standing:
    """What counts of a flag's items as things stand, by item and question."""
    items = flag.evidence.values("score__item")
    scores = GoldScore.objects.filter(labeler=flag.labeler_id, item__in=items, ended_at=None)
    return {(score.item_id, score.question): score for score in scores.select_related("gold_answer")}


def _evidence_view(row: EvidenceRow, flag: Flag, names: AnswerNames, standing: Standing) -> EvidenceView:
    item, question = row.score.item, row.score.question
    now = standing.get((item.pk, question))
    peers = sorted(row.peers.items(), key=lambda pair: (-pair[1], pair[0]))
    return EvidenceView(
        row=row,
        item=None if item.withdrawn_at else item,
        given=names.words(question, row.given),
        expected=tuple(names.words(question, code) for code in row.accepted),
        peers=tuple((names.words(question, code), n) for code, n in peers),
        kind=_kind_of_row(row, now, names),
        dispute=_dispute_of(row, flag),
        now=now,
        expected_now=tuple(names.words(question, code) for code in now.gold_answer.accepted) if now else (),
    )


def _dispute_of(row: EvidenceRow, flag: Flag) -> Dispute | None:
    dispute: Dispute | None = getattr(row, "dispute", None)
    if dispute is not None:
        row.flag, dispute.evidence = flag, row
    return dispute


def _kind_of_row(row: EvidenceRow, now: GoldScore | None, names: AnswerNames) -> ErrorKind | None:
    question = names.questions.get(row.score.question)
    expected, is_correct = (now.expected, now.is_correct) if now else (row.expected, row.is_correct)
    return kind_of_error(expected, row.given, question) if question and not is_correct else None


def _accuracy(views: Sequence[EvidenceView]) -> Estimate:
    return proportion(sum(view.counts_as_right for view in views), len(views))


def _lead(finding: Mapping[str, Any]) -> str:
    if not finding.get("n"):
        return ""
    since = f" since {_day(finding['answered_at'][0])}" if finding.get("answered_at") else ""
    p0 = finding.get("parameters", {}).get("p0")
    target = f"; the target allows {_share(p0)}" if p0 is not None else ""
    return f"{finding['wrong_count']} of {finding['n']} checked answers{since} were wrong{target}."


def _change(finding: Mapping[str, Any]) -> str:
    change, alarm, days = finding.get("change_point"), finding.get("alarm"), finding.get("answered_at") or []
    if change is None or alarm is None or alarm >= len(days):
        return ""
    before, since = finding["wrong"][:change], finding["wrong"][change : alarm + 1]
    earlier = f"before it {sum(before)} of {len(before)} were wrong, " if before else ""
    return (
        f"The change probably began at answer {change + 1}, on {_day(days[change])}: "
        f"{earlier}from it on {sum(since)} of {len(since)}."
    )


def _day(at: str) -> str:
    return f"{datetime.fromisoformat(at):%-d %B %Y}"


def _share(value: float) -> str:
    return f"{round(100 * value, 1):g} in 100"
