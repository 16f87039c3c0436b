import pytest
from django.urls import NoReverseMatch

from qaplatform.web.navigation import NavEntry, Registry, rail_sections


def entry(label: str, url_name: str, *roles: str, order: int = 0, section: str = "") -> NavEntry:
    return NavEntry(
        label=label,
        url_name=url_name,
        roles=frozenset(roles),
        order=order,
        section=section,
    )


def test_entries_are_those_of_the_roles_held() -> None:
    registry = Registry()
    registry.register(entry("Flags", "flags", "qa_manager", "trainer", order=2))
    registry.register(entry("Work", "work", "labeler", order=1))
    registry.register(entry("Help", "help", order=3))

    shown = registry.entries_for({"trainer"})

    assert [item.label for item in shown] == ["Flags", "Help"]


def test_registering_twice_changes_nothing() -> None:
    registry = Registry()
    registry.register(entry("Flags", "flags"))
    registry.register(entry("Flags", "flags"))

    assert len(registry.entries_for(())) == 1


def test_current_page_is_the_longest_address_that_fits() -> None:
    entries = [
        entry("Out", "account_logout"),
        entry("In", "account_login", section="Account"),
    ]

    sections = rail_sections(entries, path="/accounts/login/more")

    assert [(link.label, link.is_current) for section in sections for link in section.links] == [
        ("Out", False),
        ("In", True),
    ]
    assert [section.title for section in sections] == ["", "Account"]


def test_dead_entry_is_an_error() -> None:
    with pytest.raises(NoReverseMatch):
        rail_sections([entry("Gone", "no-such-page")], path="/")
