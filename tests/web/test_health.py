import json
import re
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client, override_settings
from django.urls import reverse

from qaplatform import clock
from qaplatform.jobs.models import Canary
from qaplatform.jobs.tasks import sing
from qaplatform.local.waiting import wait_until
from qaplatform.web.health import healthz, readyz
from tests.builders import api_client_for, make_items, make_labeler, make_queue

DEAD_CACHE = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
}


def body(response):
    return json.loads(response.content)


def test_health_needs_no_database(rf):
    response = healthz(rf.get("/healthz"))

    assert (response.status_code, response.content) == (200, b"ok\n")


def with_round_ages(told):
    """Ages in whole tens of seconds: some pass while the test runs."""
    return json.loads(re.sub(r"\d(?= s ago)", "0", json.dumps(told)))


@pytest.mark.django_db
def test_all_there_is_ready(rf):
    sing("quick")
    sing("long")

    response = readyz(rf.get("/readyz"))

    assert response.status_code == 200
    assert {name: check["ok"] for name, check in body(response)["checks"].items()} == {
        "database": True,
        "cache": True,
        "jobs": True,
        "long jobs": True,
        "labelers' role": True,
        "figures": True,
        "counting": True,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "sentence"), [(None, "no canary yet"), (95, "last canary 90 s ago")])
def test_missing_worker_is_told_and_takes_no_web_node_out_of_service(rf, age, sentence):
    if age is not None:
        Canary.objects.create(line="quick", seen_at=clock.now() - timedelta(seconds=age))

    response = readyz(rf.get("/readyz"))

    assert (response.status_code, body(response)["status"]) == (200, "degraded")
    told = {"ok": False, "detail": f"{sentence}: are worker and beat running?"}
    assert with_round_ages(body(response))["checks"]["jobs"] == told
    assert body(response)["checks"]["database"]["ok"]


@pytest.mark.django_db
def test_a_busy_line_of_long_jobs_is_told_and_takes_nothing_out_of_service(rf):
    sing("quick")
    Canary.objects.create(line="long", seen_at=clock.now() - timedelta(seconds=205))

    response = readyz(rf.get("/readyz"))

    assert response.status_code == 200
    assert with_round_ages(body(response))["checks"]["long jobs"] == {
        "ok": False,
        "detail": "last canary 200 s ago: its workers are busy with long jobs, hang, or are not running.",
    }


@pytest.mark.django_db
@override_settings(CACHES=DEAD_CACHE)
def test_dead_cache_is_told_and_takes_no_web_node_out_of_service(rf):
    sing("quick")
    sing("long")

    response = readyz(rf.get("/readyz"))

    assert (response.status_code, body(response)["status"]) == (200, "degraded")
    assert {name: check["ok"] for name, check in body(response)["checks"].items()} == {
        "database": True,
        "cache": False,
        "jobs": True,
        "long jobs": True,
        "labelers' role": True,
        "figures": True,
        "counting": True,
    }


@pytest.mark.django_db
@override_settings(CACHES=DEAD_CACHE)
def test_without_the_cache_people_label_on_and_nobody_signs_in():
    queue = make_queue()
    labeler = make_labeler("lena", queues=[queue])
    make_items(queue, 1)
    api, stranger = api_client_for(labeler.user), Client(raise_request_exception=False)

    claimed = api.post(f"/api/v1/queues/{queue.public_id}/claim", {}, content_type="application/json")
    held = claimed.json()
    body = {"token": held["token"], "answers": {"category": "spam"}}
    answered = api.post(f"/api/v1/assignments/{held['id']}/submit", body, content_type="application/json")
    refused = stranger.post(reverse("account_login"), {"login": "lena", "password": "a wrong password"})

    assert (claimed.status_code, answered.status_code, refused.status_code) == (200, 201, 503)
    assert b"Signing in is not possible at the moment; whoever is signed in goes on." in refused.content


@pytest.mark.django_db(transaction=True)
def test_dead_database_is_told_and_nothing_breaks(rf, settings):
    sing("quick")
    port = connections["default"].settings_dict["PORT"]
    connections["default"].close()
    connections["default"].settings_dict["PORT"] = 1
    try:
        response = readyz(rf.get("/readyz"))
    finally:
        connections["default"].settings_dict["PORT"] = port

    assert (response.status_code, body(response)["status"]) == (503, "not ready")
    assert body(response)["checks"]["database"] == {
        "ok": False,
        "detail": "does not answer; see the log of the service",
    }


@pytest.mark.django_db(transaction=True)
def test_real_worker_takes_the_canaries_of_both_lines(rf, real_worker):
    for line in ("quick", "long"):
        sing.apply_async([line], queue=line)

    assert wait_until(lambda: Canary.objects.count() == 2, seconds=20)
    assert readyz(rf.get("/readyz")).status_code == 200
