"""What a monitor reads: `/metrics`, in the text format of Prometheus. Apps register their gauges when they start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from rules import always_allow

from qaplatform.web.views import not_found

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded")


@dataclass(frozen=True)
class Measured:
    """One gauge: `read` gives its value, or, with a `label`, its values by that label."""

    name: str
    meaning: str
    read: Callable[[], float | Mapping[str, float]]
    label: str


_gauges: list[Measured] = []


def register_gauge(
    name: str, meaning: str, read: Callable[[], float | Mapping[str, float]], *, label: str = ""
) -> None:
    """Have something measured at each reading; it must be cheap."""
    _gauges.append(Measured(name=name, meaning=meaning, read=read, label=label))


@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Every gauge as it is now, for whoever asks from a named network and not through the proxy."""
    if not _may_read(request):
        return not_found(request)
    return HttpResponse(generate_latest(_collect()), content_type=CONTENT_TYPE_LATEST)


metrics.rule = always_allow  # type: ignore[attr-defined]


def _may_read(request: HttpRequest) -> bool:
    """Whether the asker has a named address; who comes by a unix socket has none, and may where that was asked for."""
    if any(name in request.headers for name in FORWARDED):
        return False
    asker = request.META.get("REMOTE_ADDR", "")
    if not asker:
        return bool(settings.METRICS_FROM_SOCKET)
    try:
        address = ip_address(asker)
    except ValueError:
        return False
    return any((getattr(address, "ipv4_mapped", None) or address) in network for network in settings.METRICS_FROM)


def _collect() -> CollectorRegistry:
    registry = CollectorRegistry()
    for measured in _gauges:
        gauge = Gauge(measured.name, measured.meaning, [measured.label] if measured.label else [], registry=registry)
        value = measured.read()
        if isinstance(value, Mapping):
            for key, number in value.items():
                gauge.labels(key).set(number)
        else:
            gauge.set(value)
    return registry
