"""Each process of a test run has a Valkey number of its own."""

import os

from django.conf import settings

from qaplatform.celery import app


def test_settings_and_broker_are_those_of_this_process():
    assert os.environ["REDIS_URL"] == settings.REDIS_URL
    assert app.conf.broker_url == os.environ["REDIS_URL"]
