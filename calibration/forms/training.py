"""Forms of sets and assignments."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from calibration.enums import SetPurpose
from calibration.models import Attempt, GoldItem
from labeling.models import Category, Clause, Queue
from qaplatform.people.models import Labeler

MOST_ITEMS = 400
USUAL_TRY = 40
USUAL_PASS_MARK = 37
USUAL_ITEMS = 80
LAST_SECOND = time(23, 59, 59)
NO_ITEM = "An item is not live gold of this pool any more. Reload the page and choose again."
NOBODY = "Somebody whom you chose is not there any more. Reload the page and choose again."
NO_ASSIGNMENT = "An assignment is not there any more. Reload the page and choose again."
DIFFICULTIES = [
    ("", "Any"),
    ("hard", "Hard: under 80 % right so far"),
    ("medium", "Medium: 80 to 94 % right"),
    ("easy", "Easy: 95 % right or more"),
    ("unknown", "Not known yet: under 5 answers"),
]


class RowsField(forms.ModelMultipleChoiceField):
    """Rows by their public ids; what is no such id reads like what is not there."""

    def clean(self, value: list[str] | None) -> QuerySet[Any]:
        """The rows that were named."""
        if not all(_is_uuid(public_id) for public_id in value or []):
            raise forms.ValidationError(self.error_messages["invalid_choice"])
        return super().clean(value)


class DueField(forms.DateField):
    """A day that ends at its last second, UTC."""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value: object) -> datetime | None:
        """The last second of the day that was named, so that the day is shown as it was chosen."""
        day = super().clean(value)
        return datetime.combine(day, LAST_SECOND, UTC) if day else None


class DrawForm(forms.Form):
    """Which items to draw for a set; sent by GET, so that the address holds it."""

    queue = forms.ModelChoiceField(
        label="Queue", queryset=Queue.objects.none(), to_field_name="public_id", empty_label=None
    )
    purpose = forms.ChoiceField(label="Purpose", choices=SetPurpose.choices)
    n = forms.IntegerField(label="Items to draw", min_value=1, max_value=MOST_ITEMS)
    clause = forms.ModelChoiceField(
        label="Clause",
        queryset=Clause.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="All, evenly",
    )
    category = forms.ModelChoiceField(
        label="Expected answer",
        queryset=Category.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="All",
    )
    difficulty = forms.ChoiceField(label="Difficulty", choices=DIFFICULTIES, required=False)
    fresh_to = forms.ModelChoiceField(
        label="New to",
        queryset=Labeler.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label="Nobody in particular",
    )

    def __init__(
        self, *args: object, queues: QuerySet[Queue], labelers: QuerySet[Labeler], queue: Queue, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].queryset = queues
        self.fields["fresh_to"].queryset = labelers
        self.fields["clause"].queryset = Clause.objects.filter(policy=queue.policy_id).order_by("code")
        self.fields["category"].queryset = Category.objects.filter(policy=queue.policy_id)


class SizeForm(forms.Form):
    """How much of its items a set asks, and what passes."""

    draw_size = forms.IntegerField(
        label="Items a try asks",
        min_value=1,
        max_value=MOST_ITEMS,
        required=False,
        help_text="Drawn anew for each person and try. Empty: all of them, so nobody can try an exam twice.",
    )
    pass_mark = forms.IntegerField(label="Right answers that pass", min_value=1, max_value=MOST_ITEMS)
    shows_answers = forms.BooleanField(
        label="Show people each item with its expected answer afterwards",
        required=False,
        initial=True,
        help_text="Either way nobody meets the same exam item twice.",
    )
    items = RowsField(
        queryset=GoldItem.objects.none(),
        to_field_name="public_id",
        error_messages={
            "required": "Choose at least one item.",
            "invalid_choice": NO_ITEM,
        },
    )

    def __init__(self, *args: object, golds: QuerySet[GoldItem], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].queryset = golds

    def in_order(self) -> list[GoldItem]:
        """The chosen items in the order in which the page listed them."""
        places = {public_id: place for place, public_id in enumerate(self.data.getlist("items"))}
        return sorted(self.cleaned_data["items"], key=lambda gold: places[str(gold.public_id)])


class SetForm(SizeForm):
    """A set with its chosen items."""

    name = forms.CharField(label="Name", max_length=180)


class AssignForm(forms.Form):
    """Who does a set, and by when."""

    labelers = RowsField(
        label="People",
        queryset=Labeler.objects.none(),
        to_field_name="public_id",
        error_messages={
            "required": "Choose at least one person.",
            "invalid_choice": NOBODY,
        },
    )
    due_on = DueField(label="Due on", help_text="To the end of that day in UTC (23:59).", required=False)

    def __init__(self, *args: object, labelers: QuerySet[Labeler], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["labelers"].queryset = labelers


class AttemptsForm(forms.Form):
    """Several assignments of the board."""

    attempts = RowsField(
        queryset=Attempt.objects.none(),
        to_field_name="public_id",
        error_messages={
            "required": "Tick at least one assignment first.",
            "invalid_choice": NO_ASSIGNMENT,
        },
    )

    def __init__(self, *args: object, attempts: QuerySet[Attempt], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attempts"].queryset = attempts


class CancelForm(AttemptsForm):
    """Taking assignments back."""

    reason = forms.CharField(
        label="Reason",
        max_length=200,
        error_messages={"required": "Say why: the person reads it."},
    )


class PostponeForm(AttemptsForm):
    """Another due date."""

    due_on = DueField(
        label="New due date",
        help_text="To the end of that day in UTC (23:59).",
        error_messages={"required": "Choose the new due date."},
    )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
