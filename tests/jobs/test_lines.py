"""Which line a job waits in."""

from django.conf import settings

from qaplatform.celery import app
from qaplatform.jobs.tasks import CountedTask


def test_jobs_with_more_time_than_others_wait_in_the_long_line_and_no_others_do():
    app.loader.import_default_modules()
    tasks = [task for task in app.tasks.values() if isinstance(task, CountedTask)]
    long = {task.name for task in tasks if (task.time_limit or 0) > settings.CELERY_TASK_TIME_LIMIT}

    routed = {name for name, route in settings.CELERY_TASK_ROUTES.items() if route["queue"] == "long"}

    assert routed == long
    assert len(long) == 11
