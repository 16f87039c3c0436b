"""How a queue is measured, in the units that people think in: per cent, and people in a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from calibration.enums import GoldMode
from calibration.models import SamplingPlan
from calibration.queries.questions import MeasuredQuestion
from calibration.services.sampling_plans import PlanSettings


@dataclass(frozen=True)
class Preset:
    """A way to begin: what it is for, what it fills in, and how many decisions to audit a week beside it."""

    name: str
    words: str
    gold_rate: float
    watch_gold_rate: float
    mode: str
    audits_a_week: int

    @property
    def audit_words(self) -> str:
        """What so many audits tell."""
        at_most = 1 - (1 - AUDIT_CONFIDENCE) ** (1 / self.audits_a_week)
        return (
            f"Beside gold, audit about {self.audits_a_week} decisions of the queue a week: if none of them is wrong, "
            f"fewer than {at_most * 100:.1f} % of all are, 95 % sure."
        )


AUDIT_CONFIDENCE = 0.95
# Under the same keys as the presets of a queue's own settings.
PRESETS = {
    "launch": Preset("Launch", "a new policy or team: much gold, soon", 0.1, 0.25, GoldMode.POOLED, 100),
    "steady": Preset(
        "Steady", "a queue that runs well: little gold that is hard to spot", 0.04, 0.25, GoldMode.MATCHED, 50
    ),
    "high_stakes": Preset("High stakes", "errors cost much: more gold, more audits", 0.08, 0.25, GoldMode.MATCHED, 200),
}


# What the fields of severity costs begin with; the rest is the category.
COST = "cost_"


class PlanForm(forms.Form):
    """What a QA manager decides about measuring."""

    question = forms.ChoiceField(label="Measured question")
    target_percent = forms.FloatField(
        min_value=50.1, max_value=99.9, label="Target accuracy, in %", help_text="What people are measured against."
    )
    gold_percent = forms.FloatField(
        min_value=0,
        max_value=50,
        label="Share of gold, in %",
        help_text="Of what each person is served. 0: none is placed.",
    )
    watch_gold_percent = forms.FloatField(
        min_value=0,
        max_value=50,
        label="Share of gold while somebody is watched closely, in %",
        help_text="While their running check stands above its watch line; nobody is told. 0: always the share above.",
    )
    mode = forms.ChoiceField(choices=GoldMode.choices, widget=forms.RadioSelect, label="How often a gold item is shown")
    items_a_day = forms.IntegerField(min_value=1, max_value=10_000, label="Items a person does a working day")
    gold_a_day_cap = forms.IntegerField(min_value=0, max_value=1000, label="Gold a person meets a day, at most")
    exposures_a_team_cap = forms.IntegerField(
        min_value=1,
        max_value=100,
        label="Times a team meets a gold item, at most",
        help_text="In matched mode gold comes by as often as other items do; this stops it earlier.",
    )
    false_flags = forms.FloatField(
        min_value=0.1,
        max_value=999,
        label="False flags allowed, of 1,000 people in 90 days",
        help_text="Of people who are exactly on target.",
    )
    cusum_h = forms.FloatField(
        min_value=0.5,
        max_value=15,
        required=False,
        label="Control limit of the watch",
        help_text="Empty: computed from the line above.",
    )
    is_small_team = forms.BooleanField(
        required=False,
        label="Small team: one person may approve gold alone",
        help_text="Figures that rest on such gold say so.",
    )

    def __init__(self, *args: Any, questions: Sequence[MeasuredQuestion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["question"].choices = [(question.key, question.prompt) for question in questions]
        self.fields.update(cost_fields(questions))

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """All fields but the costs."""
        return [field for field in self if not field.name.startswith(COST)]

    @property
    def cost_fields(self) -> list[forms.BoundField]:
        """What an error costs, by expected category; folded on the page."""
        return [field for field in self if field.name.startswith(COST)]

    @property
    def has_told_costs(self) -> bool:
        """Whether a cost is given or refused, so that it has to be seen."""
        return any(field.value() not in {None, ""} or field.errors for field in self.cost_fields)

    def settings(self) -> PlanSettings:
        """The settings that were chosen."""
        chosen = self.cleaned_data
        return PlanSettings(
            question=chosen["question"],
            gold_rate=round(chosen["gold_percent"] / 100, 6),
            watch_gold_rate=round(chosen["watch_gold_percent"] / 100, 6),
            mode=chosen["mode"],
            gold_a_day_cap=chosen["gold_a_day_cap"],
            exposures_a_team_cap=chosen["exposures_a_team_cap"],
            target=round(chosen["target_percent"] / 100, 6),
            items_a_day=chosen["items_a_day"],
            cusum_h=chosen["cusum_h"],
            false_alarm_rate=round(chosen["false_flags"] / 1000, 6),
            is_small_team=chosen["is_small_team"],
            severity_costs=self._costs(),
        )

    def _costs(self) -> dict[str, float]:
        """Costs other than 1, by expected category."""
        told = {name.removeprefix(COST): cost for name, cost in self.cleaned_data.items() if name.startswith(COST)}
        return {code: cost for code, cost in told.items() if cost is not None and cost != 1}


def cost_fields(questions: Sequence[MeasuredQuestion]) -> dict[str, forms.FloatField]:
    """One field for each category: what it costs not to give it where it is expected."""
    return {
        f"{COST}{code}": forms.FloatField(
            min_value=0,
            max_value=1000,
            required=False,
            label=f"Cost of an error where “{question.name_of(code)}” was expected",
        )
        for question in questions
        if question.is_taxonomy
        for code in question.codes
    }


FIELDS = {
    "gold_rate": "gold_percent",
    "watch_gold_rate": "watch_gold_percent",
    "target": "target_percent",
    "false_alarm_rate": "false_flags",
}


def initial_of(plan: SamplingPlan) -> dict[str, Any]:
    """A plan as the form shows it."""
    return {
        **{f"{COST}{code}": cost for code, cost in plan.severity_costs.items()},
        "question": plan.question,
        "target_percent": round(plan.target * 100, 2),
        "gold_percent": round(plan.gold_rate * 100, 2),
        "watch_gold_percent": round(plan.watch_gold_rate * 100, 2),
        "mode": plan.mode,
        "items_a_day": plan.items_a_day,
        "gold_a_day_cap": plan.gold_a_day_cap,
        "exposures_a_team_cap": plan.exposures_a_team_cap,
        "false_flags": round(plan.false_alarm_rate * 1000, 2),
        "cusum_h": plan.cusum_h,
        "is_small_team": plan.is_small_team,
    }
