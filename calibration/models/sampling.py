"""How much gold is placed, and which slots were placed for what."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from calibration.enums import GoldMode, Purpose
from calibration.models.gold import GoldItem
from labeling.models import Queue, Slot
from qaplatform import clock


class SamplingPlan(models.Model):
    """A queue's rules of measuring. Shares run from 0 to 1; `p0` of the CUSUM is `1 - target`.

    `gold_rate` is the base rate, `watch_gold_rate` the rate while a person's CUSUM is above the watch level; at or
    under the base rate, the rate is flat. `cusum_h` None means: solved for p0 and the gold a day to `false_alarm_rate`
    in 90 days. `figures` is what the check then does, with the settings that it was solved for; None: not solved yet.
    `severity_costs` maps an expected category to the cost of not giving it, 1 where it names none.
    `sightings_counted_at` is when `TeamSightings` of the queue was counted last.
    """

    queue = models.OneToOneField(Queue, on_delete=models.PROTECT, related_name="sampling_plan")
    question = models.CharField(max_length=60)
    gold_rate = models.FloatField(default=0.04)
    watch_gold_rate = models.FloatField(default=0.25)
    mode = models.CharField(max_length=10, choices=GoldMode.choices, default=GoldMode.MATCHED)
    gold_a_day_cap = models.PositiveSmallIntegerField(default=30)
    exposures_a_team_cap = models.PositiveSmallIntegerField(default=3)
    target = models.FloatField(default=0.95)
    items_a_day = models.PositiveIntegerField(default=100)
    cusum_h = models.FloatField(null=True, blank=True)
    false_alarm_rate = models.FloatField(default=0.0125)
    is_small_team = models.BooleanField(default=False)
    severity_costs = models.JSONField(default=dict, blank=True)
    figures = models.JSONField(null=True, editable=False)
    changed_at = models.DateTimeField(default=clock.now)
    sightings_counted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="plan_gold_rate_is_a_share", condition=Q(gold_rate__gte=0, gold_rate__lte=0.5)),
            models.CheckConstraint(
                name="plan_watch_gold_rate_is_a_share",
                condition=Q(watch_gold_rate__gte=0, watch_gold_rate__lte=0.5),
            ),
            models.CheckConstraint(name="plan_target_is_a_share", condition=Q(target__gt=0.5, target__lt=1)),
            models.CheckConstraint(
                name="plan_false_alarm_rate_is_a_share",
                condition=Q(false_alarm_rate__gt=0, false_alarm_rate__lt=1),
            ),
        ]

    def __str__(self) -> str:
        return f"plan of {self.queue_id}"

    @property
    def is_adaptive(self) -> bool:
        """Whether people whose watch has risen are served more gold."""
        return 0 < self.gold_rate < self.watch_gold_rate


class TeamSightings(models.Model):
    """How many ordinary items of a queue a team has lately met once, twice, ...: what matched gold is matched to.

    `team` is minus the vendor's id for people without a team. Counted anew from rows, so it can be recomputed.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="team_sightings", db_index=False)
    team = models.BigIntegerField()
    items = ArrayField(models.PositiveIntegerField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "team"], name="sightings_once_a_team")]

    def __str__(self) -> str:
        return f"sightings of {self.team} in {self.queue_id}"


class Placement(models.Model):
    """Why a slot was placed: known only here. `is_base` is drawn with probability base rate / rate in force."""

    slot = models.OneToOneField(Slot, on_delete=models.PROTECT, related_name="placement")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    gold = models.ForeignKey(GoldItem, on_delete=models.PROTECT, related_name="placements")
    rate_in_force = models.FloatField(default=1)
    is_base = models.BooleanField(default=True)
    placed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.purpose} in slot {self.slot_id}"
