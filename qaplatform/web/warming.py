"""What a fresh process reads before its first visitor comes, so that nobody waits for it."""

from pathlib import Path

from django.apps import apps
from django.template import Engine
from django.template.loader import get_template
from django.urls import get_resolver, reverse

OURS = frozenset({"qaplatform", "labeling", "calibration"})


def warm_up() -> None:
    """Read all views and addresses, all context processors and our own templates, as Django does at first use."""
    reverse("healthz")
    for app in OURS & get_resolver().namespace_dict.keys():
        get_resolver().namespace_dict[app][1].reverse_dict  # noqa: B018
    Engine.get_default().template_context_processors  # noqa: B018
    for name in own_templates():
        get_template(name)


def own_templates() -> list[str]:
    """The names of the templates of our own apps."""
    ours = [app for app in apps.get_app_configs() if app.name.partition(".")[0] in OURS]
    folders = [Path(app.path) / "templates" for app in ours]
    return [str(file.relative_to(folder)) for folder in folders for file in sorted(folder.rglob("*.html"))]
