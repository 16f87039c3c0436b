"""J2, J5: a worker that freezes while it counts a queue holds that queue up for as long as a job may run."""

import os
import signal
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.models import StaleMark
from calibration.services.marks import mark_stale
from calibration.tasks import refresh_scope
from qaplatform import clock
from qaplatform.celery import app
from qaplatform.jobs.models import Canary, Job
from qaplatform.jobs.tasks import sing
from qaplatform.local.waiting import wait_until
from qaplatform.people.enums import Role
from tests.builders import client_for, make_queue, make_user
from tests.faults.freezing_jobs import FREEZES
from tests.plugin_workers import WORKER_SECONDS, running

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 60
COMMAND = ("-A", "tests.faults.freezing_jobs", "worker", "--pool=prefork", "--concurrency=1", "--loglevel=WARNING")
LIGHT = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@pytest.fixture
def frozen_queue(application):
    """A queue whose counting is held by a worker that froze in the middle of it; another worker is well."""
    app.control.purge()
    queue = make_queue(name="Posts")
    mark_stale(queue)
    freezing = replace(application, environment={**application.environment, FREEZES: "1"})
    with running(lambda: freezing._start("freezing", "celery", *COMMAND, *LIGHT, "-n", "freezing@test")) as frozen:
        try:
            refresh_scope.delay(queue.pk)
            assert wait_until(lambda: is_stopped(frozen.pid) or not frozen.is_running(), seconds=WORKER_SECONDS), (
                frozen.tail()
            )
            with running(lambda: application._start("well", "celery", *COMMAND, *LIGHT, "-n", "well@test")) as well:
                sing.delay("quick")
                assert wait_until(Canary.objects.exists, seconds=WORKER_SECONDS), well.tail()
                yield queue
        finally:
            with suppress(ProcessLookupError):
                os.killpg(frozen.pid, signal.SIGCONT)


def is_stopped(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    return False


def test_a_queue_whose_counting_a_frozen_worker_holds_is_named_and_counted_by_another(frozen_queue):
    StaleMark.objects.update(created_at=clock.now() - timedelta(minutes=5))
    page = client_for(make_user(roles=[Role.ADMINISTRATOR])).get(reverse("calibration:jobs")).content.decode()
    words = " ".join(strip_tags(page).split())

    def is_counted():
        refresh_scope.apply_async([frozen_queue.pk], expires=1)
        return not StaleMark.objects.exists()

    assert "Posts: counting is stuck." in words
    assert wait_until(is_counted, seconds=SECONDS)
    assert wait_until(lambda: Job.objects.get(task=refresh_scope.name).tries == 0, seconds=SECONDS)
