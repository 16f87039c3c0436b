"""What to read once an import is in. Other applications add theirs when they are ready."""

from django.urls import reverse

from labeling.models import ImportRun
from qaplatform.web.parts import Tab

_results: dict[str, str] = {}


def register_import_result(label: str, url_name: str) -> None:
    """Add a page about what an import of decisions brought in; its address takes the run's public id."""
    _results[url_name] = label


def results_of(run: ImportRun) -> list[Tab]:
    """The pages about what a run brought in, the first one first."""
    return [Tab(label, reverse(url_name, args=[run.public_id])) for url_name, label in _results.items()]
