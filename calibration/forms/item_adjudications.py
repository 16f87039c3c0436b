"""The form that decides an item on which labelers differ."""

from django import forms

from calibration.enums import GoldPool
from calibration.forms.adjudications import RulingForm
from calibration.queries.item_adjudications import DisputedItem
from calibration.services.item_adjudications import ItemRuling
from labeling.models import Queue


class ItemAdjudicationForm(RulingForm):
    """What is right, why, and whether a copy of the item becomes gold."""

    accepted = forms.MultipleChoiceField(
        label="What is right",
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick more where several are right; an error on the gold is booked under the first.",
    )
    pool = forms.ChoiceField(label="Pool of the gold", choices=GoldPool.choices, initial=GoldPool.MONITORING)

    def __init__(self, *args: object, facts: DisputedItem, queue: Queue, **kwargs: object) -> None:
        super().__init__(*args, queue=queue, **kwargs)
        self.fields["accepted"].choices = facts.choices
        self.fields["propose_gold"].help_text = (
            "A copy goes live once somebody else approves it. Nobody who has met the item is served it, and the "
            "answers that stand here are never scored against it."
        )

    @property
    def ruling(self) -> ItemRuling:
        """What was decided."""
        chosen = self.cleaned_data
        return ItemRuling(accepted=chosen["accepted"], reason=chosen["reason"], gold=self.gold_wish)
