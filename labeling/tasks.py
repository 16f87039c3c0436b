"""Work of labeling that needs no request."""

from celery import shared_task

from labeling.services.pruning import prune_idempotent_answers
from qaplatform import clock


@shared_task(name="labeling.tasks.prune_keys")
def prune_keys() -> int:
    """Forget the keys of submits that nobody sends again."""
    return prune_idempotent_answers(now=clock.now())
