"""The pages of a queue. Other applications add theirs when they are ready."""

from django.urls import reverse

from labeling.models import Queue
from qaplatform.web.parts import Tab

_tabs = {"labeling:queue": "Overview", "labeling:queue_settings": "Settings", "labeling:queue_questions": "Questions"}


def register_queue_tab(label: str, url_name: str) -> None:
    """Add a page to each queue; its address takes the queue's public id."""
    _tabs[url_name] = label


def tabs_of(queue: Queue) -> list[Tab]:
    """The tabs of a queue's pages, in the order of their registration."""
    return [Tab(label, reverse(url_name, args=[queue.public_id])) for url_name, label in _tabs.items()]
