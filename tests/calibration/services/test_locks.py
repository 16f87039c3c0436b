"""Jobs of the night compute for longer than a transaction may be idle, and hold up nobody while they do."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from calibration.services.attribution import attribute_queue
from calibration.services.consensus import join_queue
from calibration.services.marks import lock_figures
from calibration.services.suspicions import search_queue
from tests.builders import make_queue


def idle_timeout():
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        return cursor.fetchone()[0]


def hold_figures(queue, is_held, is_done):
    try:
        with transaction.atomic():
            lock_figures(queue.pk)
            is_held.set()
            is_done.wait(30)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("job", [search_queue, join_queue, attribute_queue])
def test_a_job_of_the_night_may_compute_for_long_between_two_statements(job):
    queue, before = make_queue(), idle_timeout()

    with transaction.atomic():
        job(queue.pk)
        during = idle_timeout()

    assert (during, idle_timeout()) == ("15min", before)
    assert before == "1min"


@pytest.mark.django_db(transaction=True)
def test_sources_are_counted_while_somebody_else_has_the_figures():
    queue, is_held, is_done = make_queue(), Event(), Event()
    thread = Thread(target=hold_figures, args=(queue, is_held, is_done))
    thread.start()
    is_held.wait(30)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            found = attribute_queue(queue.pk)
    finally:
        is_done.set()
        thread.join()

    assert found >= 0
