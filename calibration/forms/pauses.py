"""Forms of the emergency pause."""

from django import forms

MOST_HOURS = 24


class PauseForm(forms.Form):
    """How long, and why; the person reads both at once."""

    hours = forms.IntegerField(
        min_value=1,
        max_value=MOST_HOURS,
        initial=MOST_HOURS,
        label="Hours",
        help_text="24 at most. It ends by itself; the time is paid.",
        error_messages={
            "max_value": "Choose 24 hours at most: longer needs a second person, who prolongs the pause here.",
            "min_value": "Choose one hour at least.",
        },
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
        help_text="The person reads it on their first page at once.",
        error_messages={"required": "Write the reason: the person reads it at once."},
    )


class PauseReasonForm(forms.Form):
    """Why a pause is ended or prolonged."""

    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 2000}),
        error_messages={"required": "Write the reason: the person reads it."},
    )
