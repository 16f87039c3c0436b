"""The rail: which pages a person can go to, by role."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True, kw_only=True)
class NavEntry:
    """One line of the rail. No roles means everybody who is signed in."""

    label: str
    url_name: str
    roles: frozenset[str]
    order: int
    icon: str = "dot"
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class RailLink:
    label: str
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class RailSection:
    title: str
    links: tuple[RailLink, ...]


class Registry:
    """Entries by URL name, so that registering twice changes nothing."""

    def __init__(self) -> None:
        self._entries: dict[str, NavEntry] = {}

    def register(self, entry: NavEntry) -> None:
        self._entries[entry.url_name] = entry

    def entries_for(self, roles: Iterable[str]) -> list[NavEntry]:
        held = frozenset(roles)
        shown = [entry for entry in self._entries.values() if not entry.roles or entry.roles & held]
        return sorted(shown, key=lambda entry: (entry.order, entry.label))


registry = Registry()


def register(entry: NavEntry) -> None:
    """Add an entry; apps call this in `ready()`."""
    registry.register(entry)


def rail_sections(entries: Iterable[NavEntry], *, path: str) -> tuple[RailSection, ...]:
    """Entries grouped by section in the order of each section's first entry, the current page marked."""
    placed = [(entry, reverse(entry.url_name)) for entry in entries]
    current = _longest_prefix([url for _, url in placed], path)
    sections: dict[str, list[RailLink]] = {}
    for entry, url in placed:
        link = RailLink(label=entry.label, url=url, icon=entry.icon, is_current=url == current)
        sections.setdefault(entry.section, []).append(link)
    return tuple(RailSection(title=title, links=tuple(links)) for title, links in sections.items())


def _longest_prefix(urls: Iterable[str], path: str) -> str | None:
    matching = [url for url in urls if path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))]
    return max(matching, key=len, default=None)
