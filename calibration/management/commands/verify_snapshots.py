"""Check every stored figure against a recomputation from the labels by another route."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calibration.models import Verification
from calibration.queries.verifications import queues_with_figures
from calibration.services.verification import verified_tonight, verify_queue
from labeling.models import Queue
from qaplatform import clock


class Command(BaseCommand):
    """Names each figure that is not confirmed; the exit code is 1 if there is one. What it finds is kept."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which queues."""
        parser.add_argument("--tonight", action="store_true", help="Only the queues whose turn it is by the day.")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Check queue by queue."""
        every = tuple(check.queue_id for check in queues_with_figures())
        ids = verified_tonight(clock.now().date()) if options["tonight"] else every
        wrong = sum(self._verify(queue) for queue in Queue.objects.filter(pk__in=ids).order_by("pk"))
        if wrong:
            raise CommandError(
                f"{wrong} figures differ. Have them counted again from the first page of an administrator or a QA "
                "manager; a difference that comes back is a fault of the product."
            )
        self.stdout.write("All figures agree with the labels.")

    def _verify(self, queue: Queue) -> int:
        """How many figures of a queue differ."""
        found = verify_queue(queue.pk)
        if found is None:
            self.stdout.write(f"{queue.name}: being counted right now; run the command again.")
            return 0
        self.stdout.write(f"{queue.name}: {found.compared} figures checked in {found.took_ms / 1000:.1f} s.")
        self._name(found)
        return len(found.differences)

    def _name(self, found: Verification) -> None:
        for row in found.differences:
            self.stderr.write(f"  {row['what']}: stored {row['stored']}, recomputed {row['recomputed']}")
