import json
import time

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import override_settings

from qaplatform.local.waiting import wait_until
from qaplatform.web.health import HEARTBEAT, STALE_AFTER, healthz, readyz
from qaplatform.web.tasks import heartbeat


def body(response):
    return json.loads(response.content)


def test_health_needs_no_database(rf):
    response = healthz(rf.get("/healthz"))

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_all_there_is_ready(rf):
    heartbeat()

    response = readyz(rf.get("/readyz"))

    assert response.status_code == 200
    assert [check["ok"] for check in body(response)["checks"].values()] == [True, True, True, True]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "sentence"), [(None, "no heartbeat yet"), (STALE_AFTER + 5, f"last heartbeat {STALE_AFTER + 5} s ago")]
)
def test_missing_worker_is_not_ready(rf, age, sentence):
    if age is None:
        cache.delete(HEARTBEAT)
    else:
        cache.set(HEARTBEAT, time.time() - age)

    response = readyz(rf.get("/readyz"))

    assert response.status_code == 503
    assert body(response)["checks"]["jobs"] == {
        "ok": False,
        "detail": f"{sentence}: are worker and beat running?",
    }
    assert body(response)["checks"]["database"]["ok"]


@pytest.mark.django_db
@override_settings(
    CACHES={"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
)
def test_dead_cache_is_told_and_nothing_breaks(rf):
    response = readyz(rf.get("/readyz"))

    assert response.status_code == 503
    assert {name: check["ok"] for name, check in body(response)["checks"].items()} == {
        "database": True,
        "cache": False,
        "jobs": False,
        "figures": True,
    }


@pytest.mark.django_db(transaction=True)
def test_dead_database_is_told_and_nothing_breaks(rf, settings):
    heartbeat()
    port = connections["default"].settings_dict["PORT"]
    connections["default"].close()
    connections["default"].settings_dict["PORT"] = 1
    try:
        response = readyz(rf.get("/readyz"))
    finally:
        connections["default"].settings_dict["PORT"] = port

    assert response.status_code == 503
    assert body(response)["checks"]["database"] == {
        "ok": False,
        "detail": "does not answer; see the log of the service",
    }


@pytest.mark.django_db(transaction=True)
def test_real_worker_beats(rf, real_worker):
    cache.delete(HEARTBEAT)

    heartbeat.delay()

    assert wait_until(lambda: cache.get(HEARTBEAT) is not None, seconds=20)
    assert readyz(rf.get("/readyz")).status_code == 200
