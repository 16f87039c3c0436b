"""J4: a job that kills its process, raises or hangs is parked after five tries, and others go on."""

import pytest
from django.urls import reverse

from calibration.models import StaleMark
from calibration.services.marks import mark_stale
from calibration.tasks import refresh_scope
from qaplatform import clock
from qaplatform.celery import app
from qaplatform.jobs.models import MOST_TRIES, Canary, Job
from qaplatform.jobs.tasks import sing
from qaplatform.local.waiting import wait_until
from qaplatform.people.enums import Role
from tests.builders import client_for, make_queue, make_user
from tests.faults import broken_jobs
from tests.plugin_workers import WORKER_SECONDS, running

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 60
ERRORS = {
    "kill": "",
    "fail": "ZeroDivisionError: job 7 divides by zero",
    "hang": "It took longer than 1 seconds and was ended.",
    "hang_for_good": "",
}


@pytest.fixture(scope="module")
def worker(application):
    app.control.purge()
    arguments = ("-A", "tests.faults.broken_jobs", "worker", "--pool=prefork", "--concurrency=2", "--loglevel=WARNING")
    with running(lambda: application._start("broken-worker", "celery", *arguments)) as child:
        if not wait_until(lambda: bool(app.control.ping(timeout=0.5)), seconds=WORKER_SECONDS):
            pytest.fail(f"The worker did not start:\n{child.tail()}")
        yield child


def tries_of(task, number=7):
    return Job.objects.filter(task=task.name, arguments=f"[{number}]").values_list("tries", flat=True).first() or 0


def send_until(task, tries):
    """Send a job again and again, as sweeps do, until it was tried so often."""

    def is_there():
        if tries_of(task) < tries:
            task.apply_async([7], expires=1)
        return tries_of(task) >= tries

    assert wait_until(is_there, seconds=SECONDS)


def wait_for_a_canary():
    """Everything sent before has been taken by then, as both processes are idle."""
    Canary.objects.all().delete()
    sing.delay("quick")
    assert wait_until(Canary.objects.exists, seconds=SECONDS)


@pytest.mark.parametrize("name", ERRORS)
def test_a_job_that_goes_wrong_is_parked_after_five_tries_and_others_go_on(worker, name):
    task, queue = getattr(broken_jobs, name), make_queue()
    mark_stale(queue)

    send_until(task, 1)
    refresh_scope.delay(queue.pk)
    send_until(task, MOST_TRIES)

    assert wait_until(lambda: not StaleMark.objects.exists(), seconds=SECONDS)
    for _ in range(3):
        task.delay(7)
    wait_for_a_canary()
    job = Job.objects.get(task=task.name)
    assert (job.tries, job.is_parked) == (MOST_TRIES, True)
    assert wait_until(lambda: Job.objects.get(pk=job.pk).error == ERRORS[name], seconds=5)


def test_one_message_of_a_killer_comes_back_until_it_is_parked(worker):
    broken_jobs.kill.delay(7)

    assert wait_until(lambda: tries_of(broken_jobs.kill) == MOST_TRIES, seconds=SECONDS)


def test_a_parked_job_is_shown_and_tried_again_from_the_page(worker):
    send_until(broken_jobs.fail, MOST_TRIES)
    job = Job.objects.get(task=broken_jobs.fail.name)
    client = client_for(make_user(roles=[Role.ADMINISTRATOR]))
    page = client.get(reverse("calibration:jobs")).content.decode()

    client.post(reverse("calibration:try_job_again", args=[job.public_id]))

    assert "ZeroDivisionError: job 7 divides by zero" in page
    assert "second line" not in page
    assert wait_until(lambda: tries_of(broken_jobs.fail) == 1, seconds=SECONDS)


def test_a_job_that_is_parked_by_chance_ends_well_when_it_is_tried_again(worker):
    queue = make_queue()
    mark_stale(queue)
    job = Job.objects.create(
        task=refresh_scope.name, arguments=f"[{queue.pk}]", tries=MOST_TRIES, started_at=clock.now()
    )
    client = client_for(make_user(roles=[Role.ADMINISTRATOR]))

    client.post(reverse("calibration:try_job_again", args=[job.public_id]))

    assert wait_until(lambda: not StaleMark.objects.exists(), seconds=SECONDS)
    assert wait_until(lambda: Job.objects.get(pk=job.pk).ended_at is not None, seconds=SECONDS)
    assert Job.objects.get(pk=job.pk).tries == 0
