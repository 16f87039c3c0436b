"""The form that decides on a suspicion."""

from django import forms

from calibration.enums import SuspicionState

DECISIONS = {
    "wrong_gold": ("Confirmed: an expert finds the expected answer wrong", "Dismissed: the expected answer is right"),
    "leaked_gold": ("Confirmed: the answer has got about", "Dismissed: it has not"),
    "copying": ("Confirmed: answers were taken over", "Dismissed: there is another reason"),
    "speeding": ("Confirmed: answered without reading", "Dismissed: there is another reason"),
    "long_runs": ("Confirmed: answered without reading", "Dismissed: there is another reason"),
}


class SuspicionForm(forms.Form):
    """Whether it holds, and what was found."""

    state = forms.ChoiceField(
        label="Does it hold?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether it is confirmed or dismissed."},
    )
    note = forms.CharField(
        label="What you found",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the suspicion and in the activity history. The people concerned do not read it.",
        error_messages={"required": "Write what you found: the note is kept with the suspicion."},
    )

    def __init__(self, *args: object, kind: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        confirmed, dismissed = DECISIONS[kind]
        self.fields["state"].choices = [
            (SuspicionState.CONFIRMED.value, confirmed),
            (SuspicionState.DISMISSED.value, dismissed),
        ]

    @property
    def chosen(self) -> SuspicionState:
        """The decision as the service takes it."""
        return SuspicionState(self.cleaned_data["state"])
