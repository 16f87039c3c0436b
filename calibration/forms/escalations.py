"""Forms of escalations."""

from django import forms

from labeling.enums import EscalationOutcome
from labeling.services.escalations import LONGEST_NOTE


class OutcomeForm(forms.Form):
    """What becomes of an escalated item."""

    outcome = forms.ChoiceField(choices=EscalationOutcome.choices, widget=forms.RadioSelect, label="What becomes of it")
    note = forms.CharField(
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Why, and to whom it was reported",
        help_text="Kept with the decision. Do not repeat the content.",
    )
