"""Importing gold, and proposing it by hand."""

from collections.abc import Sequence

from django import forms

from calibration.enums import GoldPool
from calibration.models import GoldAnswer, SamplingPlan
from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion
from labeling.forms.imports import ColumnsForm
from labeling.models import ClauseRevision, Queue


class GoldColumnsForm(ColumnsForm):
    """The columns of a file of gold, and what holds for rows that do not say it themselves."""

    else_reason = forms.CharField(
        max_length=500,
        required=False,
        label="Reason of rows without one",
        help_text="Read by whoever disputes an answer.",
    )
    else_clause = forms.CharField(
        max_length=20,
        required=False,
        label="Clause of rows without one",
        help_text="Empty: the clause of the accepted category.",
    )
    else_approved_by = forms.CharField(
        max_length=180,
        required=False,
        label="Approved elsewhere by",
        help_text="Empty: rows that do not say so wait for a second person here.",
    )
    else_approved_on = forms.DateField(
        required=False, label="Approved elsewhere on", widget=forms.DateInput(attrs={"type": "date"})
    )
    approve_alone = forms.BooleanField(
        required=False, label="Approve by myself", help_text="This queue's small-team switch is on; figures say so."
    )

    def __init__(self, *args: object, queue: Queue, **kwargs: object) -> None:
        super().__init__(*args, queue=queue, **kwargs)
        extra = ["else_reason", "else_clause", "else_approved_by", "else_approved_on", "approve_alone"]
        self.order_fields([*(meaning.name for meaning in self.meanings), *extra])
        if not SamplingPlan.objects.filter(queue=queue, is_small_team=True).exists():
            del self.fields["approve_alone"]

    def options(self) -> dict[str, object]:
        """What holds for rows that do not say it themselves."""
        chosen = self.cleaned_data
        day = chosen["else_approved_on"]
        defaults = {
            "reason": chosen["else_reason"],
            "clause": chosen["else_clause"],
            "approved_by": chosen["else_approved_by"],
            "approved_on": day.isoformat() if day else "",
        }
        return {"defaults": defaults, "approve_alone": chosen.get("approve_alone", False)}


class GoldForm(forms.Form):
    """An expected answer, proposed by hand."""

    item = forms.CharField(max_length=200, label="Item id", help_text="The external id of an item of this queue.")
    question = forms.ChoiceField()
    accepted = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Accepted answers",
        help_text="Everything that is right. An error is booked under the first.",
    )
    clause_revision = forms.ModelChoiceField(
        ClauseRevision.objects.none(), required=False, label="Clause", empty_label="The accepted category's clause"
    )
    pool = forms.ChoiceField(choices=GoldPool.choices, help_text="Pools never mix.")
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), help_text="Why this is right: whoever disputes it reads this."
    )

    def __init__(self, *args: object, queue: Queue, questions: Sequence[MeasuredQuestion], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["question"].choices = [(question.key, question.prompt) for question in questions]
        codes = {code: question.name_of(code) for question in questions for code in question.codes}
        self.fields["accepted"].choices = [*codes.items(), (CANNOT_TELL, "Cannot tell")]
        self.fields["clause_revision"].queryset = queue.policy_version.revisions.select_related("clause")


class GoldCorrectionForm(forms.Form):
    """What should be expected instead of an answer that is in force."""

    question = forms.ChoiceField()
    accepted = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Answers that are right",
        help_text="Everything that is right. An error is booked under the first.",
    )
    clause_revision = forms.ModelChoiceField(
        ClauseRevision.objects.none(), required=False, label="Clause", empty_label="As before"
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), help_text="Why the answer was wrong: the reason is kept with it."
    )

    def __init__(
        self, *args: object, queue: Queue, questions: Sequence[MeasuredQuestion], in_force: Sequence[GoldAnswer]
    ) -> None:
        first = in_force[0]
        super().__init__(*args, prefix="correction", initial={"question": first.question, "accepted": first.accepted})
        asked = [question for question in questions if question.key in {answer.question for answer in in_force}]
        self.fields["question"].choices = [(question.key, question.prompt) for question in asked]
        if len(in_force) == 1:
            self.fields["question"].widget = forms.HiddenInput()
        codes = {code: question.name_of(code) for question in asked for code in question.codes}
        present = {code: codes.get(code, code) for answer in in_force for code in answer.accepted}
        self.fields["accepted"].choices = list({**present, **codes, CANNOT_TELL: "Cannot tell"}.items())
        self.fields["clause_revision"].queryset = queue.policy_version.revisions.select_related("clause")


class GoldReasonForm(forms.Form):
    """Why gold is suspended, resumed or retired."""

    reason = forms.CharField(max_length=500, label="Reason")
