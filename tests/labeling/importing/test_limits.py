"""How long jobs of imports may take: longer than others, and never as long as the broker waits."""

import pytest
from django.conf import settings

from labeling import tasks
from labeling.queries.imports import RAN

LONG = [tasks.import_file, tasks.check_file, tasks.watch_folders, tasks.undo_import, tasks.resume_import]


@pytest.mark.parametrize("task", LONG, ids=lambda task: task.name)
def test_a_large_file_has_more_time_than_other_jobs_and_is_never_begun_twice(task):
    waits = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]

    assert settings.CELERY_TASK_TIME_LIMIT < task.soft_time_limit < task.time_limit < waits
    assert task.time_limit < RAN.total_seconds()
