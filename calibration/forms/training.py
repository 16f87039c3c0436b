"""Forms of sets and assignments."""

from datetime import UTC, datetime, time

from django import forms
from django.db.models import QuerySet

from calibration.enums import SetPurpose
from calibration.models import GoldItem
from labeling.models import Category, Queue
from qaplatform.people.models import Labeler

MOST_ITEMS = 200
USUAL_ITEMS = 40
USUAL_PASS_MARK = 37
LAST_SECOND = time(23, 59, 59)


class DrawForm(forms.Form):
    """Which items to draw for a set; sent by GET, so that the address holds it."""

    queue = forms.ModelChoiceField(
        label="Queue", queryset=Queue.objects.none(), to_field_name="public_id", empty_label=None
    )
    purpose = forms.ChoiceField(label="Purpose", choices=SetPurpose.choices)
    n = forms.IntegerField(label="Items to draw", min_value=1, max_value=MOST_ITEMS)
    category = forms.ModelChoiceField(
        label="Expected answer",
        queryset=Category.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="All, evenly over clauses",
    )
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
        self.fields["category"].queryset = Category.objects.filter(policy=queue.policy_id)


class SetForm(forms.Form):
    """A set with its chosen items."""

    name = forms.CharField(label="Name", max_length=180)
    pass_mark = forms.IntegerField(label="Right answers that pass", min_value=1, max_value=MOST_ITEMS)
    items = forms.ModelMultipleChoiceField(
        queryset=GoldItem.objects.none(),
        to_field_name="public_id",
        error_messages={
            "required": "Choose at least one item.",
            "invalid_choice": "An item is not live gold of this pool any more. Reload the page and choose again.",
        },
    )

    def __init__(self, *args: object, golds: QuerySet[GoldItem], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].queryset = golds

    def in_order(self) -> list[GoldItem]:
        """The chosen items in the order in which the page listed them."""
        places = {public_id: place for place, public_id in enumerate(self.data.getlist("items"))}
        return sorted(self.cleaned_data["items"], key=lambda gold: places[str(gold.public_id)])


class AssignForm(forms.Form):
    """Who does a set, and by when."""

    labelers = forms.ModelMultipleChoiceField(
        label="People",
        queryset=Labeler.objects.none(),
        to_field_name="public_id",
        error_messages={"required": "Choose at least one person."},
    )
    due_on = forms.DateField(
        label="Due on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="To the end of that day, UTC.",
        required=False,
    )

    def __init__(self, *args: object, labelers: QuerySet[Labeler], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["labelers"].queryset = labelers

    @property
    def due_at(self) -> datetime | None:
        """The last second of the day that was named, so that the day is shown as it was chosen."""
        day = self.cleaned_data["due_on"]
        return datetime.combine(day, LAST_SECOND, UTC) if day else None
