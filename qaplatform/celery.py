"""The Celery application. The database is the truth; messages are hints that may be lost."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qaplatform.settings")

app = Celery("qaplatform", task_cls="qaplatform.jobs.tasks:CountedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
