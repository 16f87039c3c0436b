"""How far the demo is loaded."""

from django.db import models
from django.db.models import Q

from qaplatform import clock


class DemoLoad(models.Model):
    """The one load of the demo: steps done of all, then when it was finished, or why it stopped."""

    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    step = models.CharField(max_length=200, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_demo_load", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.step or "demo"
