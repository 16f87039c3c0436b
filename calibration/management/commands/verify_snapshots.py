"""Check every stored figure against a recomputation from the labels by another route."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calibration.models import MetricSnapshot
from calibration.services.checking import check_snapshots
from labeling.models import Queue


class Command(BaseCommand):
    """Names each figure that is not confirmed; the exit code is 1 if there is one."""

    help = __doc__

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Check queue by queue."""
        wrong = 0
        for queue in Queue.objects.filter(pk__in=MetricSnapshot.objects.values("queue_id")):
            differences = check_snapshots(queue.pk)
            wrong += len(differences)
            self.stdout.write(f"{queue.name}: {MetricSnapshot.objects.filter(queue=queue).count()} figures checked.")
            for found in differences:
                self.stderr.write(f"  {found.what}: stored {found.stored}, recomputed {found.recomputed}")
        if wrong:
            raise CommandError(f"{wrong} figures differ. Append a stale mark to the queue to have it counted again.")
        self.stdout.write("All figures agree with the labels.")
