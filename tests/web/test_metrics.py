from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.urls import reverse

from calibration.models import StaleMark
from labeling.models import Slot
from labeling.services.assignments import claim_assignment
from qaplatform import clock
from qaplatform.env import BadSetting
from qaplatform.env import read as read_environment
from qaplatform.jobs.models import Canary
from tests.builders import make_items, make_labeler, make_queue
from tests.jobs.builders import make_job

NETWORK = (ip_network("10.0.0.0/8"),)


def read(client, **more):
    response = client.get(reverse("metrics"), **more)
    lines = response.content.decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line and line[0] != "#"}


@pytest.mark.django_db
def test_nothing_going_on_measures_zero_and_no_canary(client):
    assert read(client) == {"qa_oldest_stale_mark_seconds": 0, "qa_expired_leases": 0, "qa_parked_jobs": 0}


@pytest.mark.django_db
def test_each_gauge_measures_what_it_names(client):
    queue = make_queue()
    make_items(queue, 1)
    claim_assignment(queue, make_labeler(queues=[queue]))
    Slot.objects.update(lease_until=clock.now() - timedelta(minutes=1))
    StaleMark.objects.create(queue=queue, created_at=clock.now() - timedelta(minutes=5))
    make_job(tries=5)
    Canary.objects.create(line="long", seen_at=clock.now() - timedelta(minutes=2))

    found = read(client)

    assert found["qa_expired_leases"] == 1
    assert found["qa_parked_jobs"] == 1
    assert 300 <= found["qa_oldest_stale_mark_seconds"] < 330
    assert 120 <= found['qa_canary_age_seconds{line="long"}'] < 150


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        {"REMOTE_ADDR": "10.0.0.9"},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "unknown"},
    ],
    ids=["elsewhere", "a proxy", "a unix socket", "no address"],
)
def test_who_asks_from_elsewhere_finds_no_page(client, asked):
    make_job(tries=5)

    response = client.get(reverse("metrics"), **asked)

    assert response.status_code == 404
    assert b"qa_parked_jobs" not in response.content


@pytest.mark.django_db
def test_a_named_network_may_read(client, settings):
    settings.METRICS_FROM = (*settings.METRICS_FROM, *NETWORK)

    assert client.get(reverse("metrics"), REMOTE_ADDR="10.0.0.9").status_code == 200


@pytest.mark.django_db
def test_who_comes_by_a_unix_socket_may_read_where_that_was_asked_for(client, settings):
    found = read_environment({"QA_METRICS_FROM": "unix"})
    settings.METRICS_FROM, settings.METRICS_FROM_SOCKET = found.metrics_from, found.metrics_from_socket

    by_socket, by_proxy, by_address = (
        client.get(reverse("metrics"), **asked).status_code
        for asked in ({"REMOTE_ADDR": ""}, {"REMOTE_ADDR": "", "headers": {"X-Forwarded-For": "127.0.0.1"}}, {})
    )

    assert (by_socket, by_proxy, by_address) == (200, 404, 404)


@pytest.mark.django_db
def test_an_address_written_for_both_kinds_of_network_is_the_one_of_its_kind(client):
    assert client.get(reverse("metrics"), REMOTE_ADDR="::ffff:127.0.0.1").status_code == 200


def test_a_network_that_is_none_is_refused_by_name():
    with pytest.raises(BadSetting, match="QA_METRICS_FROM is 'everywhere'"):
        read_environment({"QA_METRICS_FROM": "everywhere"})
