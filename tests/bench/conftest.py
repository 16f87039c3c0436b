"""The full demo, loaded once for the benches that want it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from calibration.demo.loading import Loaded, load_history, load_people
from calibration.demo.plans import FULL
from calibration.demo.stories import live_through
from qaplatform import clock


def _say_nothing(_step: str) -> None:
    pass


@pytest.fixture(scope="module")
def full_demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Loaded]:
    now: datetime = clock.now()
    with django_db_blocker.unblock(), transaction.atomic():
        staff = load_people(FULL, today=now.date())
        loaded = load_history(FULL, staff, today=now.date(), report=_say_nothing)
        live_through(loaded, report=_say_nothing, now=now)
        yield loaded
        transaction.set_rollback(True)
