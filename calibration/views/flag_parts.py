"""The items of a flag with what may be done about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.forms import Form

from calibration.enums import DisputeState
from calibration.forms.flags import DisputeDecisionForm, DisputeForm
from calibration.models import Dispute, Flag
from calibration.queries.deciders import excluded_deciders
from calibration.queries.flags import EvidenceView, FlagRights, rights_on
from calibration.queries.questions import MeasuredQuestion, read_questions
from qaplatform.people.access import Access


@dataclass(frozen=True)
class EvidenceBlock:
    """One item; a form is None where its act is not for the asker; `excluded` says that a part in it forbids one."""

    view: EvidenceView
    dispute_form: Form | None
    decision_form: Form | None
    excluded: bool
    confirms_correction: bool

    @property
    def is_open(self) -> bool:
        """Whether a form on it was refused, so that it must be in view."""
        return any(form is not None and form.is_bound for form in (self.dispute_form, self.decision_form))


def evidence_blocks(
    flag: Flag, access: Access, evidence: Sequence[EvidenceView], bound: Mapping[str, Form]
) -> list[EvidenceBlock]:
    """The items in the order of the answers, each with its forms."""
    rights = rights_on(flag, access)
    questions = {question.key: question for question in read_questions(flag.queue)} if rights.decides else {}
    waiting = [view.dispute for view in evidence if _waits(view.dispute)] if rights.decides else []
    excluded = excluded_deciders(waiting)
    return [_block(view, rights, access, bound, questions, excluded) for view in evidence]


def _block(  # noqa: PLR0917
    view: EvidenceView,
    rights: FlagRights,
    access: Access,
    bound: Mapping[str, Form],
    questions: Mapping[str, MeasuredQuestion],
    excluded_people: Mapping[int, frozenset[int]],
) -> EvidenceBlock:
    dispute = view.dispute
    waits = _waits(dispute) and rights.decides
    excluded = waits and access.user_id in excluded_people[dispute.pk]
    return EvidenceBlock(
        view=view,
        dispute_form=_dispute_form(view, rights, bound),
        decision_form=_decision_form(dispute, bound, questions) if waits and not excluded else None,
        excluded=excluded,
        confirms_correction=rights.decides and dispute is not None and _waits_for_second(dispute, access),
    )


def _waits(dispute: Dispute | None) -> bool:
    return dispute is not None and dispute.state == DisputeState.OPEN


def _dispute_form(view: EvidenceView, rights: FlagRights, bound: Mapping[str, Form]) -> Form | None:
    if not rights.replies or view.row.is_correct or view.dispute is not None:
        return None
    return bound.get(f"dispute_form_{view.row.pk}") or DisputeForm(prefix=f"row-{view.row.pk}")


def _decision_form(dispute: Dispute, bound: Mapping[str, Form], questions: Mapping[str, MeasuredQuestion]) -> Form:
    question = questions.get(dispute.evidence.score.question)
    return bound.get(f"decision_form_{dispute.pk}") or DisputeDecisionForm(dispute=dispute, question=question)


def _waits_for_second(dispute: Dispute, access: Access) -> bool:
    is_waiting = dispute.state == DisputeState.GOLD_CORRECTED and dispute.corrected_at is None
    return is_waiting and access.user_id not in {dispute.decided_by_id, dispute.filed_by_id}
