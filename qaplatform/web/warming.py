"""What a fresh process reads before its first visitor comes, so that nobody waits for it."""

from pathlib import Path

from django.apps import apps
from django.template import engines
from django.urls import get_resolver

OURS = frozenset({"qaplatform", "labeling", "calibration"})


def warm_up() -> None:
    """Read all views, all context processors and our own templates, which Django otherwise does at first use."""
    get_resolver().url_patterns  # noqa: B018
    django = engines["django"]
    django.engine.template_context_processors  # noqa: B018
    for name in own_templates():
        django.get_template(name)


def own_templates() -> list[str]:
    """The names of the templates of our own apps."""
    ours = [app for app in apps.get_app_configs() if app.name.partition(".")[0] in OURS]
    folders = [Path(app.path) / "templates" for app in ours]
    return [str(file.relative_to(folder)) for folder in folders for file in sorted(folder.rglob("*.html"))]
