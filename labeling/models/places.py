"""Who may open the desk of which queue."""

from django.db import models

from labeling.models.queues import Queue
from qaplatform.people.models import Labeler


class Place(models.Model):
    """A row of the view `labeling_place`: the one rule of who may open the desk of a queue.

    Whoever is certified for it, also while that is suspended or expired; whoever has something reserved or in hand
    there; and in a queue of training or audit whoever has answered in it, so that the desk can say that all is done.
    Whether anything is handed out is for the claim to say. Somebody may stand in it several times: ask whether a row
    exists.
    """

    pk = models.CompositePrimaryKey("queue_id", "labeler_id")
    queue = models.ForeignKey(Queue, on_delete=models.DO_NOTHING, related_name="places")
    labeler = models.ForeignKey(Labeler, on_delete=models.DO_NOTHING, related_name="places")

    class Meta:
        managed = False
        db_table = "labeling_place"

    def __str__(self) -> str:
        return f"{self.labeler_id} in {self.queue_id}"
