"""Setting up a queue, in the units that people think in: per cent and minutes."""

from typing import Any
from uuid import UUID

from django import forms

from labeling.enums import QueueOrder, QueueState
from labeling.models import Policy, Queue
from labeling.queries.vendor_shares import shares_of
from labeling.services.queues import QueueSettings, check_shares
from qaplatform.errors import InvalidInput
from qaplatform.people.models import Skill, Vendor

SHARE = "share_"

# What each is for is told beside it; measuring has presets under the same keys.
PRESETS = {
    "launch": ("Launch", {"base_answers": 2, "overlap_percent": 30, "overlap_size": 3}),
    "steady": ("Steady", {"base_answers": 1, "overlap_percent": 10, "overlap_size": 3}),
    "high_stakes": ("High stakes", {"base_answers": 2, "overlap_percent": 50, "overlap_size": 5}),
}
PRESET_WORDS = {
    "launch": "a new policy or team: two answers to everything, so that unclear clauses show within days",
    "steady": "a queue that runs well: one answer, and enough overlap to watch agreement",
    "high_stakes": "errors cost much: two answers to everything, five to half of it",
}


class QueueForm(forms.Form):
    """What a QA manager decides about a queue."""

    name = forms.CharField(max_length=200)
    base_answers = forms.IntegerField(
        min_value=1, max_value=20, initial=1, label="Answers every item gets", help_text="Usually 1."
    )
    overlap_percent = forms.FloatField(
        min_value=0,
        max_value=100,
        initial=10,
        label="Share of items with overlap, in %",
        help_text="Drawn at random as items enter. Agreement is measured on them.",
    )
    overlap_size = forms.IntegerField(min_value=1, max_value=20, initial=3, label="Answers an item with overlap gets")
    order = forms.ChoiceField(
        choices=QueueOrder.choices,
        initial=QueueOrder.MIXED,
        required=False,
        help_text=(
            "Among items of one priority and due hour. With breadth, second answers wait while "
            "new items keep coming, and agreement cannot be told meanwhile."
        ),
    )
    answers_a_day_cap = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        required=False,
        label="Most answers of one person in 24 hours",
        help_text="Empty for no limit.",
    )
    reveals_a_day_cap = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        required=False,
        label="Most sensitive items one person uncovers in 24 hours",
        help_text="In all queues together; after that this queue hands them only other items. Empty for no limit.",
    )
    lease_minutes = forms.FloatField(
        min_value=0.2,
        max_value=1440,
        initial=10,
        label="Minutes that an item is lent",
        help_text="Activity extends it. After that somebody else may get the item.",
    )
    skill = forms.ModelChoiceField(
        Skill.objects.all(),
        required=False,
        label="Who may work here",
        empty_label="Whoever is certified for this queue alone",
        help_text="Those certified for what is chosen.",
    )
    language = forms.CharField(max_length=20, required=False, help_text="A tag such as en; empty for any.")
    priority = forms.IntegerField(
        min_value=-32768, max_value=32767, initial=0, help_text="Queues with a higher one are offered first."
    )
    due_at = forms.DateTimeField(
        required=False, label="Due (UTC)", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shares = {
            share_field(vendor.public_id): forms.FloatField(
                min_value=0, max_value=100, required=False, label=f"Share of {vendor} in the answers, in %"
            )
            for vendor in Vendor.objects.all()
        }
        if shares:
            next(iter(shares.values())).help_text = "Empty for all vendors: whoever comes first gives the answer."
        names = list(self.fields)
        place = names.index("overlap_size") + 1
        self.fields.update(shares)
        self.order_fields([*names[:place], *shares, *names[place:]])

    def clean(self) -> dict[str, Any]:
        shares = self.vendor_shares()
        try:
            check_shares(shares)
        except InvalidInput as error:
            self.add_error(share_field(UUID(next(iter(shares)))), error.message)
        return self.cleaned_data

    def vendor_shares(self) -> dict[str, float]:
        """By vendors' public ids, those that were given one."""
        given = {name: value for name, value in self.cleaned_data.items() if name.startswith(SHARE) and value}
        return {str(UUID(name.removeprefix(SHARE))): value / 100 for name, value in given.items()}

    def settings(self, *, state: str = QueueState.ACTIVE) -> QueueSettings:
        """The settings that were chosen."""
        chosen = self.cleaned_data
        return QueueSettings(
            name=chosen["name"],
            base_answers=chosen["base_answers"],
            overlap_rate=chosen["overlap_percent"] / 100,
            overlap_size=chosen["overlap_size"],
            order=chosen["order"] or QueueOrder.MIXED,
            answers_a_day_cap=chosen["answers_a_day_cap"],
            reveals_a_day_cap=chosen["reveals_a_day_cap"],
            vendor_shares=self.vendor_shares(),
            lease_seconds=round(chosen["lease_minutes"] * 60),
            skill=chosen["skill"],
            language=chosen["language"],
            priority=chosen["priority"],
            due_at=chosen["due_at"],
            state=chosen.get("state", state),
        )


class NewQueueForm(QueueForm):
    """A queue that does not exist yet; it begins with one question, the policy's categories."""

    policy = forms.ModelChoiceField(
        Policy.objects.filter(versions__published_at__isnull=False).distinct(), empty_label=None
    )
    prompt = forms.CharField(
        max_length=500,
        initial="Which category fits best?",
        label="Question",
        help_text="Answered with the policy's categories. More questions can be added afterwards.",
    )
    field_order = ("name", "policy", "prompt")


class QueueSettingsForm(QueueForm):
    """A queue that exists; it may also be paused or closed."""

    state = forms.ChoiceField(choices=QueueState.choices, help_text="Paused and closed queues hand out nothing.")
    reaches_waiting = forms.BooleanField(
        required=False,
        label="Apply answers, order and vendors to the items that are in, too",
        help_text="Answers that are missing are asked for, those too many are asked for no longer; given ones stay.",
    )
    field_order = ("name", "state")


def share_field(vendor: UUID) -> str:
    """The name of the field for a vendor's share."""
    return f"{SHARE}{vendor.hex}"


def initial_of(queue: Queue) -> dict[str, Any]:
    """A queue's settings as the form shows them."""
    return {
        "name": queue.name,
        "state": queue.state,
        "base_answers": queue.base_answers,
        "overlap_percent": round(queue.overlap_rate * 100, 2),
        "overlap_size": queue.overlap_size,
        "order": queue.order,
        "answers_a_day_cap": queue.answers_a_day_cap,
        "reveals_a_day_cap": queue.reveals_a_day_cap,
        "lease_minutes": round(queue.lease_seconds / 60, 2),
        "skill": queue.skill,
        "language": queue.language,
        "priority": queue.priority,
        "due_at": queue.due_at,
        **{share_field(UUID(vendor)): round(share * 100, 2) for vendor, share in shares_of(queue).items()},
    }
