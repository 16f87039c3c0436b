"""What a night does with the loaded history, so that the demo shows it from the first minute."""

from datetime import datetime

from calibration.demo.loading import Loaded, Report
from calibration.services.attribution import attribute_queue
from calibration.services.consensus import join_queue
from calibration.services.suspicions import search_queue


def pass_the_night(loaded: Loaded, *, report: Report, now: datetime) -> None:
    """Search gold and answers for what looks wrong and join answers, as the beat does every night."""
    report("Searching gold and answers")
    for rows in loaded.queues:
        search_queue(rows.queue.pk, now=now)
        join_queue(rows.queue.pk, now=now)
        attribute_queue(rows.queue.pk, now=now)
