"""The items of a flag with what may be done about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.forms import Form
from django.http import QueryDict

from calibration.enums import DisputeState
from calibration.forms.flags import DisputeDecisionForm, DisputeForm
from calibration.models import Dispute, Flag
from calibration.queries.deciders import excluded_deciders, qa_managers_of
from calibration.queries.flags import EvidenceView, FlagRights, rights_on
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.rules import working_days_left
from qaplatform import clock
from qaplatform.people.access import Access
from qaplatform.web.parts import Tab

ITEMS_A_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class EvidenceBlock:
    """One item; a form is None where its act is not for the asker; `excluded` says that a part in it forbids one.

    `deciders` are the names of those who may decide its dispute, for those who decide; `days_left` until it lapses.
    """

    view: EvidenceView
    dispute_form: Form | None
    decision_form: Form | None
    excluded: bool
    deciders: tuple[str, ...]
    days_left: int
    confirms_correction: bool

    @property
    def is_open(self) -> bool:
        """Whether a form on it was refused, so that it must be in view."""
        return any(form is not None and form.is_bound for form in (self.dispute_form, self.decision_form))


@dataclass(frozen=True, kw_only=True)
class EvidenceList:
    """The items that are shown: all where they are few, else those of one tab, page by page."""

    blocks: list[EvidenceBlock]
    page: Page[EvidenceView] | None
    tabs: list[Tab]
    which: str

    @property
    def wrong(self) -> list[EvidenceBlock]:
        """What counted as wrong, or does by now: shown whole."""
        return [block for block in self.blocks if is_wrong(block.view)]

    @property
    def right(self) -> list[EvidenceBlock]:
        """What counted as right and still does: shown in lines."""
        return [block for block in self.blocks if not is_wrong(block.view)]


@dataclass(frozen=True)
class _Asked:
    """What the blocks of a page have in common."""

    rights: FlagRights
    access: Access
    bound: Mapping[str, Form]
    questions: Mapping[str, MeasuredQuestion]
    excluded: Mapping[int, frozenset[int]]
    managers: Mapping[int, str]


def is_wrong(view: EvidenceView) -> bool:
    """Whether an item counted as wrong when the flag opened, or counts as wrong now."""
    return not view.row.is_correct or view.is_open_error


def evidence_list(
    flag: Flag, access: Access, evidence: Sequence[EvidenceView], bound: Mapping[str, Form], asked: QueryDict
) -> EvidenceList:
    """The items in the order of the answers, each with its forms; more than fifty come in tabs and pages."""
    if len(evidence) <= ITEMS_A_PAGE:
        return EvidenceList(blocks=_blocks(flag, access, evidence, bound), page=None, tabs=[], which="all")
    groups = {
        "wrong": [view for view in evidence if is_wrong(view)],
        "disputed": [view for view in evidence if view.dispute is not None],
        "right": [view for view in evidence if not is_wrong(view)],
        "all": list(evidence),
    }
    which = asked.get("items", "wrong") if asked.get("items") in groups else "wrong"
    page = Paginator(groups[which], ITEMS_A_PAGE).get_page(_number(groups[which], bound) or asked.get("page"))
    blocks = _blocks(flag, access, page.object_list, bound)
    return EvidenceList(blocks=blocks, page=page, tabs=_tabs(groups, which), which=which)


def _tabs(groups: Mapping[str, Sequence[EvidenceView]], which: str) -> list[Tab]:
    names = {"wrong": "Wrong", "disputed": "Disputed", "right": "Right", "all": "All"}
    return [Tab(names[key], f"?items={key}#items-title", len(rows), key == which) for key, rows in groups.items()]


def _number(views: Sequence[EvidenceView], bound: Mapping[str, Form]) -> int | None:
    """The page of the item whose form was refused."""
    for place, view in enumerate(views):
        names = {f"dispute_form_{view.row.pk}"} | ({f"decision_form_{view.dispute.pk}"} if view.dispute else set())
        if names & bound.keys():
            return place // ITEMS_A_PAGE + 1
    return None


def _blocks(
    flag: Flag, access: Access, views: Sequence[EvidenceView], bound: Mapping[str, Form]
) -> list[EvidenceBlock]:
    rights = rights_on(flag, access)
    waiting = [view.dispute for view in views if view.dispute is not None and view.is_disputed]
    decides = rights.decides and bool(waiting)
    asked = _Asked(
        rights=rights,
        access=access,
        bound=bound,
        questions={question.key: question for question in read_questions(flag.queue)} if rights.decides else {},
        excluded=excluded_deciders(waiting) if decides else {},
        managers={user.pk: str(user) for user in qa_managers_of(flag.labeler)} if decides else {},
    )
    return [_block(view, asked) for view in views]


def _block(view: EvidenceView, asked: _Asked) -> EvidenceBlock:
    dispute, rights = view.dispute, asked.rights
    waits = dispute is not None and view.is_disputed and rights.decides
    excluded = asked.excluded.get(dispute.pk, frozenset()) if dispute else frozenset()
    is_excluded = waits and asked.access.user_id in excluded
    return EvidenceBlock(
        view=view,
        dispute_form=_dispute_form(view, asked),
        decision_form=_decision_form(dispute, asked) if waits and not is_excluded else None,
        excluded=is_excluded,
        deciders=tuple(sorted(name for pk, name in asked.managers.items() if pk not in excluded)) if waits else (),
        days_left=working_days_left(clock.now(), dispute.due_at) if dispute else 0,
        confirms_correction=rights.decides and dispute is not None and _waits_for_second(dispute, asked.access),
    )


def _dispute_form(view: EvidenceView, asked: _Asked) -> Form | None:
    if not asked.rights.replies or not is_wrong(view) or view.dispute is not None:
        return None
    return asked.bound.get(f"dispute_form_{view.row.pk}") or DisputeForm(prefix=f"row-{view.row.pk}")


def _decision_form(dispute: Dispute | None, asked: _Asked) -> Form | None:
    if dispute is None:
        return None
    question = asked.questions.get(dispute.evidence.score.question)
    return asked.bound.get(f"decision_form_{dispute.pk}") or DisputeDecisionForm(dispute=dispute, question=question)


def _waits_for_second(dispute: Dispute, access: Access) -> bool:
    is_waiting = dispute.state == DisputeState.GOLD_CORRECTED and dispute.corrected_at is None
    return is_waiting and access.user_id not in {dispute.decided_by_id, dispute.filed_by_id}
