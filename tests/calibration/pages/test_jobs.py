"""The administrator's page of jobs: empty, at work, and with parked ones."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.models import StaleMark
from calibration.queries.overview import COUNTING
from labeling.models import ImportRun
from qaplatform import clock
from qaplatform.celery import app
from qaplatform.jobs.models import Canary, Job
from qaplatform.jobs.tasks import CountedTask
from qaplatform.people.enums import Role
from tests.builders import client_for, make_queue, make_user
from tests.jobs.builders import make_job

PAGE = "calibration:jobs"


def administrator():
    return client_for(make_user(roles=[Role.ADMINISTRATOR]))


def read(client):
    response = client.get(reverse(PAGE))
    assert response.status_code == 200
    return " ".join(strip_tags(response.content.decode()).split())


@pytest.mark.django_db
def test_without_workers_the_page_says_what_to_start():
    page = read(administrator())

    assert page.count("no worker has taken a canary yet. Start worker and beat") == 2
    assert "Nothing is parked" in page
    assert "Every answer is in its figures." in page


@pytest.mark.django_db
def test_lines_marks_and_jobs_at_work_are_told():
    queue = make_queue(name="Posts")
    StaleMark.objects.create(queue=queue)
    Canary.objects.create(line="quick", seen_at=clock.now())
    Canary.objects.create(line="long", seen_at=clock.now() - timedelta(minutes=5))
    make_job("calibration.tasks.refresh_stale", "[]", ended=True)
    make_job("calibration.tasks.place_gold", "[]", tries=3)

    page = read(administrator())

    assert "Posts: 1 change since" in page
    assert "the last canary came through 0&nbsp;s ago" in page
    assert "the last canary came through 5 min ago" in page
    assert "Failed 3 times in a row" in page


@pytest.mark.django_db
def test_of_many_queues_that_wait_the_oldest_are_named():
    for number in range(7):
        at = clock.now() - timedelta(minutes=number)
        StaleMark.objects.create(queue=make_queue(name=f"Posts {number}"), created_at=at)

    page = read(administrator())

    assert [number for number in range(7) if f"Posts {number}:" in page] == [2, 3, 4, 5, 6]
    assert "And 2 more queues with changes to count." in page


@pytest.mark.django_db
def test_a_queue_whose_counting_is_stuck_is_said_to_be_stuck_wherever_somebody_looks():
    StaleMark.objects.create(queue=make_queue(name="Posts"), created_at=clock.now() - timedelta(minutes=3))
    StaleMark.objects.create(queue=make_queue(name="Chats"), created_at=clock.now() - timedelta(minutes=1))
    ada, quinn = administrator(), client_for(make_user(roles=[Role.QA_MANAGER]))

    page = read(ada)
    ready = ada.get(reverse("readyz")).json()["checks"]["counting"]
    overview = strip_tags(quinn.get(reverse("calibration:overview")).content.decode())

    assert "Posts: counting is stuck. 1 change since" in page
    assert "Chats: 1 change since" in page
    assert ready == {
        "ok": False,
        "detail": "answers wait for 3 minutes to be counted: the page Jobs says in which queue.",
    }
    assert "Posts: counting is stuck, answers since" in overview
    assert "Chats: counting is stuck" not in overview


@pytest.mark.django_db
def test_a_parked_job_is_shown_with_what_it_is_about_and_its_error():
    queue = make_queue(name="Posts")
    make_job(COUNTING, f"[{queue.pk}]", tries=5, error="ZeroDivisionError: division by zero")
    run = ImportRun.objects.create(kind="items", queue=queue, file_name="bad.csv", created_by=make_user())
    make_job("labeling.tasks.import_file", f"[{run.pk}]", tries=6)

    page = read(administrator())

    assert "Count one queue again: PostsZeroDivisionError: division by zero" in page
    assert "5 tries, the last" in page
    assert "Import one uploaded file: bad.csvIts process ended while it ran" in page


@pytest.mark.django_db
def test_parked_jobs_of_a_release_that_is_gone_are_shown_all_the_same():
    make_job("calibration.tasks.gone", "[4]", tries=5)
    make_job(COUNTING, "[0]", tries=5)

    page = read(administrator())

    assert "calibration.tasks.gone" in page
    assert "something that is gone" in page


@pytest.mark.django_db
def test_many_parked_jobs_cost_no_more_queries_and_come_in_pages(django_assert_max_num_queries):
    queues = [make_queue() for _ in range(60)]
    for queue in queues:
        make_job(COUNTING, f"[{queue.pk}]", tries=5)
    client = administrator()
    client.get(reverse(PAGE))

    with django_assert_max_num_queries(14):
        page = read(client)

    assert page.count("Try again: Count one queue again") == 50
    assert "60 jobs did not end well five times in a row" in page


@pytest.mark.django_db(transaction=True)
def test_try_again_runs_the_job_at_once(real_worker):
    queue = make_queue()
    job = make_job(COUNTING, f"[{queue.pk}]", tries=5, error="It broke.")

    response = administrator().post(reverse("calibration:try_job_again", args=[job.public_id]), follow=True)

    job.refresh_from_db()
    assert "It is tried again now." in response.content.decode()
    assert not job.is_parked


@pytest.mark.django_db
def test_try_again_twice_finds_nothing_the_second_time():
    job = make_job(tries=5)
    client = administrator()
    address = reverse("calibration:try_job_again", args=[job.public_id])

    statuses = [client.post(address).status_code for _ in range(2)]

    assert statuses == [302, 404]
    assert Job.objects.get().tries == 0


def test_every_scheduled_task_is_one_of_ours_and_says_what_it_does():
    tasks = [app.tasks[entry["task"]] for entry in app.conf.beat_schedule.values()]

    assert all(isinstance(task, CountedTask) and task.run.__doc__ for task in tasks)
    assert isinstance(app.tasks[COUNTING], CountedTask)
