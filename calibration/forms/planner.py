"""What somebody wants to know, in per cent."""

from django import forms


class PlannerForm(forms.Form):
    """Somebody's accuracy, a target, and how exact a figure should be."""

    accuracy_percent = forms.FloatField(
        min_value=1, max_value=99.9, label="True accuracy, in %", help_text="Of somebody whom you want to tell apart."
    )
    target_percent = forms.FloatField(min_value=50.1, max_value=99.9, label="Target, in %")
    points = forms.FloatField(
        min_value=0.5,
        max_value=40,
        label="Known to plus or minus, in points",
        help_text="Half the width of the 95 % interval.",
    )


INITIAL = {"accuracy_percent": 90, "target_percent": 95, "points": 5}
