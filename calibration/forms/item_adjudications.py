"""The form that decides an item on which labelers differ."""

from django import forms

from calibration.enums import GoldPool
from calibration.queries.item_adjudications import DisputedItem
from calibration.services.adjudications import GoldWish
from calibration.services.item_adjudications import ItemRuling
from labeling.models import ClauseRevision, Queue


class ItemAdjudicationForm(forms.Form):
    """What is right, why, and whether the item becomes gold."""

    accepted = forms.MultipleChoiceField(
        label="What is right",
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick more where several are right; an error on the gold is booked under the first.",
    )
    reason = forms.CharField(
        label="Reason",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the decision, and with the gold item if you propose one.",
    )
    propose_gold = forms.BooleanField(
        label="Propose this item as gold",
        required=False,
        help_text="A copy goes live once somebody else approves it. Nobody who has met the item is served it, and the "
        "answers that stand here are never scored against it.",
    )
    clause_revision = forms.ModelChoiceField(
        ClauseRevision.objects.none(), label="Clause of the gold", required=False, empty_label="None"
    )
    pool = forms.ChoiceField(label="Pool of the gold", choices=GoldPool.choices, initial=GoldPool.MONITORING)

    def __init__(self, *args: object, facts: DisputedItem, queue: Queue, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accepted"].choices = facts.choices
        self.fields["clause_revision"].queryset = queue.policy_version.revisions.select_related("clause")

    @property
    def ruling(self) -> ItemRuling:
        """What was decided."""
        chosen = self.cleaned_data
        gold = GoldWish(GoldPool(chosen["pool"]), chosen["clause_revision"]) if chosen["propose_gold"] else None
        return ItemRuling(accepted=chosen["accepted"], reason=chosen["reason"], gold=gold)
