"""Load the demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from calibration.demo import progress
from calibration.demo.loading import load_history, load_people
from calibration.demo.nights import pass_the_night
from calibration.demo.plans import FULL, SMALL, DemoPlan
from calibration.demo.stories import live_through
from calibration.queries.demo_loads import is_loaded
from qaplatform import clock

PLANS = {"full": FULL, "small": SMALL}


class Command(BaseCommand):
    """Writes six weeks of made-up history with planted truth, once; docs/demo.md says what is in it."""

    help = "Load the demo where it is not loaded yet. Refused unless QA_DEMO is 1."

    def add_arguments(self, parser: CommandParser) -> None:
        """The small demo is for tests."""
        parser.add_argument("--size", choices=sorted(PLANS), default="full", help="full (default), or small for tests")

    def handle(self, *_: Any, **options: Any) -> None:
        """Wait for another load, then load unless it is done. Raises CommandError with the reason."""
        if not settings.IS_DEMO:
            raise CommandError(
                "This is no demo installation: demo and real rows never share a database. "
                "Set QA_DEMO=1 for a database of its own, or use `make run`."
            )
        with progress.one_at_a_time():
            if is_loaded():
                self.stdout.write("The demo is loaded already.")
                return
            self._load(PLANS[options["size"]])
        self.stdout.write("The demo is loaded.")

    def _load(self, plan: DemoPlan) -> None:
        progress.begin()
        line = progress.ProgressLine()
        try:
            _load_all(plan, line)
        except Exception as error:
            line.fail(f"The demo could not be loaded: {error}. The log says more; start again to try once more.")
            raise
        finally:
            line.close()


def _load_all(plan: DemoPlan, line: progress.ProgressLine) -> None:
    """People first, so that they can sign in meanwhile; everything else at once or not at all."""
    now = clock.now()
    line.report("Making accounts")
    staff = load_people(plan, today=now.date())
    with transaction.atomic():
        loaded = load_history(plan, staff, today=now.date(), report=line.report)
        live_through(loaded, report=line.report, now=now)
        pass_the_night(loaded, report=line.report, now=now)
        progress.finish()
