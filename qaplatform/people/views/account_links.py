"""Further pages about somebody's account. Other applications add theirs when they are ready."""

from dataclasses import dataclass

from django.urls import reverse

from qaplatform.people.models import User

_pages: dict[str, str] = {}


@dataclass(frozen=True)
class AccountLink:
    """A page about an account."""

    label: str
    url: str


def register_account_link(label: str, url_name: str) -> None:
    """Add a page to each labeler's account; its address takes the user's public id."""
    _pages[url_name] = label


def links_of(user: User) -> list[AccountLink]:
    """Links of somebody's further pages."""
    return [AccountLink(label, reverse(url_name, args=[user.public_id])) for url_name, label in _pages.items()]
