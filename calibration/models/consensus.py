"""Joint answers of several labelers, and which way of joining them was chosen for a queue."""

from uuid import uuid4

from django.db import models

from calibration.enums import Aggregator
from labeling.models import Item, Queue
from qaplatform import clock


class ConsensusRun(models.Model):
    """The joint answers to one question of a queue; a later run replaces it.

    `accuracies` holds for each way of joining its right answers of n on the queue's own gold, and the categories in
    their order; `words` says why `aggregator` was chosen, `population` what was joined.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="consensus_runs")
    question = models.CharField(max_length=60)
    aggregator = models.CharField(max_length=12, choices=Aggregator.choices)
    words = models.CharField(max_length=500)
    accuracies = models.JSONField()
    population = models.JSONField()
    n_items = models.PositiveIntegerField()
    computed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "question"], name="one_consensus_a_question")]

    def __str__(self) -> str:
        return f"{self.aggregator} of {self.queue_id}"


class ConsensusAnswer(models.Model):
    """The joint answer of one item: empty where the first places are tied, and where nothing was chosen.

    `shares` is the probability of each category, `certainty` that of the first.
    """

    run = models.ForeignKey(ConsensusRun, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    category = models.TextField(blank=True)
    is_tied = models.BooleanField(default=False)
    certainty = models.FloatField()
    shares = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="one_consensus_an_item")]

    def __str__(self) -> str:
        return f"{'tie' if self.is_tied else self.category} for {self.item_id}"
