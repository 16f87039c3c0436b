"""Forms of a flag's page. The rules stand in the services; a form only reads what was typed."""

from django import forms

from calibration.enums import DisputeState, FlagDecision
from calibration.models import Dispute, Flag
from calibration.queries.questions import MeasuredQuestion
from calibration.rules import decisions_in

SHORT = {"rows": 3, "maxlength": 5000}
OUTCOMES = (DisputeState.UPHELD, DisputeState.OVERTURNED, DisputeState.GOLD_CORRECTED)
MOST_CODES = 60
NEEDS_REASON = {"required": "Write the reason of the decision: the person reads it."}


class DecisionForm(forms.Form):
    """What is decided, and why."""

    decision = forms.ChoiceField(
        label="Decision", widget=forms.RadioSelect, error_messages={"required": "Choose a decision."}
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs=SHORT), error_messages=NEEDS_REASON)

    def __init__(self, *args: object, flag: Flag, **kwargs: object) -> None:
        super().__init__(*args, prefix="decision", **kwargs)
        self.fields["decision"].choices = [(choice.value, choice.label) for choice in decisions_in(flag.state)]
        # An older page may send what is possible no more: the service then says who decided meanwhile.
        self.fields["decision"].valid_value = FlagDecision.values.__contains__
        self.fields["reason"].help_text = f"{flag.labeler} reads it. Name what convinced you."

    @property
    def chosen(self) -> FlagDecision:
        """The decision as the service takes it."""
        return FlagDecision(self.cleaned_data["decision"])


class ReplyForm(forms.Form):
    """What the person or their team lead says."""

    text = forms.CharField(
        label="Reply",
        widget=forms.Textarea(attrs=SHORT),
        error_messages={"required": "Write your reply, then send it."},
    )


class DisputeForm(forms.Form):
    """Why an answer was right."""

    reason = forms.CharField(
        label="Why was the answer right?",
        widget=forms.Textarea(attrs=SHORT),
        error_messages={"required": "Say why the answer was right: whoever decides reads only this and the item."},
    )


class ReasonForm(forms.Form):
    """The reason of an act that has no other field."""

    reason = forms.CharField(
        label="Reason", widget=forms.Textarea(attrs={**SHORT, "rows": 2}), error_messages=NEEDS_REASON
    )


class DisputeDecisionForm(forms.Form):
    """How a dispute ends."""

    outcome = forms.ChoiceField(
        label="How it ends", widget=forms.RadioSelect, choices=[(outcome.value, outcome.label) for outcome in OUTCOMES]
    )
    accepted = forms.MultipleChoiceField(
        label="Right answers, if the gold was wrong", widget=forms.CheckboxSelectMultiple, required=False
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs=SHORT), error_messages=NEEDS_REASON)

    def __init__(self, *args: object, dispute: Dispute, question: MeasuredQuestion | None, **kwargs: object) -> None:
        super().__init__(*args, prefix=f"dispute-{dispute.pk}", **kwargs)
        self.fields["accepted"].choices = _answers(dispute, question)

    @property
    def chosen(self) -> DisputeState:
        """The outcome as the service takes it."""
        return DisputeState(self.cleaned_data["outcome"])


def _answers(dispute: Dispute, question: MeasuredQuestion | None) -> list[tuple[str, str]]:
    """Answers that may be right: the given one, those accepted so far, and the options of the question."""
    score = dispute.evidence.score
    codes = [score.given, *dispute.evidence.accepted, *(question.codes if question else ())]
    known = list(dict.fromkeys(codes))[:MOST_CODES]
    return [(code, question.name_of(code) if question else code) for code in known]
