"""Is the process up, and can it work: `/healthz` and `/readyz`, for whoever watches over the service.

A web node is ready as long as it can serve: with its database. What else is vital, and what is only told, the apps
register. Cache, broker and workers are shared by all nodes, and people label without them: no node is out for them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from rules import always_allow

UNKNOWN = "unknown"
UNASKED = "not asked: the database does not answer"


@dataclass(frozen=True)
class Check:
    """One thing that the product needs, and how it is; what is not vital is told and takes nothing out of service."""

    name: str
    is_fine: bool
    detail: str
    is_vital: bool = True


# Checks of the apps, which this layer does not know: registered when they start. And whether each is vital.
_checks: dict[str, tuple[Callable[[], str], bool]] = {}


def register_check(name: str, see: Callable[[], str], *, is_vital: bool = False) -> None:
    """Tell of something more; `see` raises NotThere with a sentence when it is not as it should be."""
    _checks[name] = see, is_vital


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Each view takes a request.
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Each view takes a request.
    """Say of each thing that is needed whether it is there: 503 where a vital one is not, else degraded or ready."""
    checks = see_all()
    is_ready = all(check.is_fine for check in checks if check.is_vital)
    is_whole = all(check.is_fine for check in checks)
    body = {
        "status": ("ready" if is_whole else "degraded") if is_ready else "not ready",
        "checks": {check.name: {"ok": check.is_fine, "detail": check.detail} for check in checks},
    }
    return JsonResponse(body, status=200 if is_ready else 503)


healthz.rule = always_allow  # type: ignore[attr-defined]
readyz.rule = always_allow  # type: ignore[attr-defined]


def see_all() -> tuple[Check, ...]:
    """Each thing that is needed, and how it is now.

    What the apps register reads the database: where that is away, nothing more is asked of it, for each question would
    wait for a connection, and whoever watches over the service waits for the answer.
    """
    database, cached = _check("database", _see_database), _check("cache", _see_cache, is_vital=False)
    if not database.is_fine:
        unasked = (Check(name, is_fine=False, detail=UNASKED, is_vital=vital) for name, (_, vital) in _checks.items())
        return database, cached, *unasked
    return database, cached, *(_check(name, see, is_vital=is_vital) for name, (see, is_vital) in _checks.items())


class NotThere(Exception):
    """Something answers, but not as it should."""


def _check(name: str, see: Callable[[], str], *, is_vital: bool = True) -> Check:
    try:
        return Check(name=name, is_fine=True, detail=see(), is_vital=is_vital)
    except (DatabaseError, redis.RedisError):
        return Check(name=name, is_fine=False, detail="does not answer; see the log of the service", is_vital=is_vital)
    except NotThere as error:
        return Check(name=name, is_fine=False, detail=str(error), is_vital=is_vital)


def _see_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "answers"


def _see_cache() -> str:
    cache.get(UNKNOWN)
    return "answers"
