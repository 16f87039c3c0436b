"""The heartbeat, which `/readyz` reads."""

import time

from celery import shared_task
from django.core.cache import cache

from qaplatform.web.health import HEARTBEAT


@shared_task
def heartbeat() -> None:
    """Write down that clock, broker and worker are up."""
    cache.set(HEARTBEAT, time.time(), timeout=None)
