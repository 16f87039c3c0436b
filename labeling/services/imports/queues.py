"""The queue of a file that names one."""

from labeling.models import ImportRun, Queue
from qaplatform.errors import Refused


def queue_of(run: ImportRun) -> Queue:
    """Where the rows of a file go. Raises Refused for files of decisions, whose rows say it themselves."""
    if run.queue is None:
        raise Refused("A file of decisions has no queue of its own. Choose the meaning of its columns instead.")
    return run.queue
