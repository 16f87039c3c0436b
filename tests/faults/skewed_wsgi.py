"""The product in a web process whose clock is off by SKEW_SECONDS."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(seconds=int(os.environ["SKEW_SECONDS"])), tick=True).start()

from qaplatform.wsgi import application  # noqa: E402

__all__ = ["application"]
