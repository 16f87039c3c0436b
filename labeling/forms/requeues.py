"""Whose answers of which period are asked again, and why."""

from datetime import datetime

from django import forms
from django.db.models import QuerySet

from labeling.services.requeue import LONGEST_REASON
from qaplatform.people.models import Labeler

MINUTE = "%Y-%m-%dT%H:%M"
IN_MINUTES = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE)


class PersonField(forms.ModelChoiceField):
    """One person, by name and vendor."""

    def label_from_instance(self, obj: Labeler) -> str:
        """The name, and for whom they work."""
        return f"{obj.display_name}, {obj.vendor.name}"

    def to_python(self, value: object) -> Labeler | None:
        """Whoever has this public id; what is none reads like one that nobody has."""
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from error


class RequeueForm(forms.Form):
    """Whose answers, and of which period."""

    labeler = PersonField(
        queryset=Labeler.objects.none(),
        to_field_name="public_id",
        label="Whose answers",
        empty_label="Choose a person",
        help_text="Those who have answered here.",
        error_messages={
            "required": "Choose the person whose answers are asked again.",
            "invalid_choice": "Choose somebody who has answered in this queue.",
        },
    )
    since = forms.DateTimeField(
        label="Given from (UTC)",
        widget=IN_MINUTES,
        error_messages={"required": "Choose from when on.", "invalid": "Write a date and a time."},
    )
    until = forms.DateTimeField(
        required=False,
        label="Until (UTC)",
        widget=IN_MINUTES,
        help_text="Empty: until now.",
        error_messages={"invalid": "Write a date and a time, or leave it empty."},
    )

    def __init__(self, *args: object, people: QuerySet[Labeler], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["labeler"].queryset = people

    def period(self, *, now: datetime) -> dict[str, datetime]:
        """From when to when; never beyond now."""
        until = self.cleaned_data["until"] or now
        return {"since": self.cleaned_data["since"], "until": min(until, now)}


class ConfirmRequeueForm(RequeueForm):
    """The same, looked at: why, and up to which moment the count was shown. What was given since is not asked again."""

    shown_at = forms.DateTimeField(
        required=False,
        label="Time of the count",
        widget=forms.HiddenInput,
        error_messages={"invalid": "Choose “Show what happens” again."},
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands on the queue’s page and on the quality flag, if there is one; there the person reads it.",
        error_messages={
            "required": "Write the reason: it stays with what was asked again.",
            "max_length": f"Give a reason of 1 to {LONGEST_REASON} characters.",
        },
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="confirm_%s", **kwargs)
        for name in ("labeler", "since", "until"):
            self.fields[name].widget = forms.HiddenInput()

    def looked_at(self, *, now: datetime) -> datetime:
        """Up to when the count was shown; now where that is not known."""
        return min(self.cleaned_data.get("shown_at") or now, now)
