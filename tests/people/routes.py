"""All routes of ours, as the resolver knows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from rules.predicates import Predicate

from qaplatform.people.middleware import OPEN_MODULES


@dataclass(frozen=True)
class Route:
    """A route with the rule that its view carries."""

    name: str
    parameters: tuple[str, ...]
    rule: Predicate | None
    token_scope: str | None


def all_routes() -> list[Route]:
    """Every route but those of libraries that sign people in."""
    return sorted(_walk(get_resolver().url_patterns, ""), key=lambda route: route.name)


def _walk(patterns: list[URLPattern | URLResolver], namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner)
        elif not pattern.callback.__module__.startswith(OPEN_MODULES):
            yield _route(pattern, namespace)


def _route(pattern: URLPattern, namespace: str) -> Route:
    view = pattern.callback
    marked = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    return Route(
        name=f"{namespace}{pattern.name}",
        parameters=tuple(pattern.pattern.converters),
        rule=getattr(marked, "rule", None),
        token_scope=getattr(marked, "token_scope", None),
    )
