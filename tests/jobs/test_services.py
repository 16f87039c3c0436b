from datetime import timedelta

import pytest
from django.db import connection

from qaplatform import clock
from qaplatform.errors import NotFound
from qaplatform.jobs.models import Canary, Job
from qaplatform.jobs.queries import parked_arguments, parked_count, parked_jobs
from qaplatform.jobs.services import begin_job, end_job, fail_job, forget_jobs, release_job, sing
from qaplatform.trail.models import TrailEntry
from tests.builders import make_user
from tests.jobs.builders import make_job

TASK = "calibration.tasks.refresh_scope"
MINUTE = timedelta(minutes=1)


def fail(times, error="It broke."):
    for _ in range(times):
        fail_job(begin_job(TASK, [7]), error)


@pytest.mark.django_db
def test_a_job_that_ends_well_forgets_its_tries():
    fail(4)

    end_job(begin_job(TASK, [7]))

    [job] = Job.objects.all()
    assert (job.task, job.arguments, job.tries, job.error, job.is_parked) == (TASK, "[7]", 0, "", False)
    assert job.ended_at is not None


@pytest.mark.django_db
def test_a_job_is_parked_after_five_tries_and_others_go_on():
    fail(5)

    assert begin_job(TASK, [7]) is None
    assert begin_job(TASK, [8]) is not None
    assert [(job.tries, job.error) for job in parked_jobs()] == [(5, "It broke.")]
    assert (parked_count(), parked_arguments(TASK), parked_arguments("another")) == (1, {7}, frozenset())


@pytest.mark.django_db
def test_a_try_that_kills_its_process_is_counted_without_an_error():
    fail(1)

    begin_job(TASK, [7])

    job = Job.objects.get()
    assert (job.tries, job.error, job.ended_at) == (2, "", None)


@pytest.mark.django_db
def test_a_parked_job_is_tried_once_an_hour():
    make_job(tries=5, ago=61 * MINUTE)

    first = begin_job(TASK, [1])
    fail_job(first, "It broke again.")
    second = begin_job(TASK, [1])

    job = Job.objects.get()
    assert first is not None
    assert second is None
    assert (job.tries, job.error) == (6, "It broke again.")


@pytest.mark.django_db
def test_a_released_job_is_tried_at_once_and_the_trail_names_who_asked():
    user = make_user()
    job = make_job(tries=5, error="It broke.")

    release_job(job, actor=user)

    assert begin_job(TASK, [1]) is not None
    [entry] = TrailEntry.objects.filter(action="job_released")
    assert (entry.actor, entry.target_id, entry.detail["task"]) == (user, job.public_id, TASK)


@pytest.mark.django_db
def test_a_job_that_is_not_parked_cannot_be_released():
    job = make_job(tries=4)

    with pytest.raises(NotFound):
        release_job(job, actor=make_user())


@pytest.mark.django_db(transaction=True)
def test_a_second_message_for_a_job_at_work_neither_begins_nor_clears_its_count():
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_advisory_lock(hashtext('jobs.job'), hashtext(%s))", [f"{TASK}[70]"])
        begun = begin_job(TASK, [70])
        other.connection.close()

    assert begun is None
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("silence", [timedelta(0), MINUTE])
def test_a_job_is_taken_from_a_session_that_was_silent_for_too_long_and_from_no_other(silence):
    frozen = connection.copy()
    with frozen.cursor() as other:
        other.execute("SELECT pg_advisory_lock(hashtext('jobs.job'), hashtext(%s))", [f"{TASK}[71]"])

    begun = begin_job(TASK, [71], longest_silence=silence)

    has_ended = not frozen.is_usable()
    frozen.close()
    assert (begun is not None, has_ended) == (not silence, not silence)
    if begun is not None:
        end_job(begun)


@pytest.mark.django_db
def test_only_jobs_that_ended_well_long_ago_are_forgotten():
    week = timedelta(days=7)
    make_job(arguments="[1]", ended=True, ago=week + MINUTE)
    make_job(arguments="[2]", ended=True, ago=week - MINUTE)
    make_job(arguments="[3]", tries=5, ago=2 * week)

    assert forget_jobs(now=clock.now()) == 1
    assert sorted(Job.objects.values_list("arguments", flat=True)) == ["[2]", "[3]"]


@pytest.mark.django_db
def test_the_latest_canary_of_a_line_is_kept():
    first = sing("quick")

    second = sing("quick")

    assert Canary.objects.get() == second
    assert second.seen_at >= first.seen_at
