"""What the shell needs on every page."""

from dataclasses import dataclass

from django.http import HttpRequest

from qaplatform.web.navigation import RailSection, rail_sections, registry

THEME_COOKIE = "theme"
THEMES = frozenset({"light", "dark"})


@dataclass(frozen=True, kw_only=True)
class Shell:
    theme: str
    sections: tuple[RailSection, ...]


def shell(request: HttpRequest) -> dict[str, Shell]:
    return {"shell": Shell(theme=_theme(request), sections=_sections(request))}


def _theme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def _sections(request: HttpRequest) -> tuple[RailSection, ...]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ()
    roles: frozenset[str] = getattr(request, "roles", frozenset())
    return rail_sections(registry.entries_for(roles), path=request.path)
