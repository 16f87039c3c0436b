"""The form that decides a disagreement, and what it has in common with the one that decides an item."""

from django import forms

from calibration.enums import AdjudicationOutcome, GoldPool
from calibration.queries.adjudications import DisagreementFacts
from calibration.services.adjudications import GoldWish, Ruling
from labeling.models import ClauseRevision, Queue


class RulingForm(forms.Form):
    """Why something is right, and whether the item becomes gold; what is right comes from the form that extends it."""

    reason = forms.CharField(
        label="Reason",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the decision, and with the gold item if you propose one.",
    )
    propose_gold = forms.BooleanField(
        label="Propose this item as gold",
        required=False,
        help_text="It goes live once somebody else approves it.",
    )
    clause_revision = forms.ModelChoiceField(
        ClauseRevision.objects.none(), label="Clause of the gold", required=False, empty_label="None"
    )
    pool = forms.ChoiceField(label="Pool of the gold", required=False)

    field_order = ("outcome", "accepted")

    def __init__(self, *args: object, queue: Queue, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause_revision"].queryset = queue.policy_version.revisions.select_related("clause")

    @property
    def gold_wish(self) -> GoldWish | None:
        """The gold that was wished for; None where none was."""
        chosen = self.cleaned_data
        if not chosen["propose_gold"]:
            return None
        return GoldWish(GoldPool(chosen["pool"] or GoldPool.TRAINING), chosen["clause_revision"])


class AdjudicationForm(RulingForm):
    """What holds, what is right, why, and whether the item becomes gold."""

    outcome = forms.ChoiceField(
        label="What holds", choices=AdjudicationOutcome.choices, widget=forms.RadioSelect, initial=None
    )
    accepted = forms.MultipleChoiceField(
        label="What is right",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Empty: the answer that holds by your decision. Tick more where several are right.",
    )

    def __init__(
        self,
        *args: object,
        facts: DisagreementFacts,
        queue: Queue,
        clause_revision_id: int | None,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, queue=queue, initial={"clause_revision": clause_revision_id}, **kwargs)
        self.fields["accepted"].choices = facts.choices
        self.fields["pool"].choices = [(pool.value, pool.label) for pool in facts.pools]

    @property
    def ruling(self) -> Ruling:
        """What was decided."""
        chosen = self.cleaned_data
        return Ruling(
            outcome=AdjudicationOutcome(chosen["outcome"]),
            reason=chosen["reason"],
            accepted=chosen["accepted"],
            gold=self.gold_wish,
        )
