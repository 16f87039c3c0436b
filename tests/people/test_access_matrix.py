"""Who may call which route (T1, T2): the rules in the code against a table written by hand."""

import pytest

from qaplatform.people.access import ANONYMOUS, Access, Holding
from qaplatform.people.enums import Role, Scope
from tests.people.access_table import ANYBODY, LABELER, ROUTES, SIGNED_IN
from tests.people.routes import Route, all_routes

ALL = all_routes()


def access_of(role: Role) -> Access:
    return Access(user_id=1, holdings=frozenset({Holding(role, Scope.PLATFORM)}))


def is_in_table(access: Access, route: Route) -> bool:
    allowed = ROUTES[route.name]
    return (
        ANYBODY in allowed
        or (access.is_signed_in and SIGNED_IN in allowed)
        or (access.labeler_id is not None and LABELER in allowed)
        or not access.roles.isdisjoint(allowed)
    )


def test_every_route_is_in_the_table_and_carries_a_rule():
    assert {route.name for route in ALL} == set(ROUTES)
    assert [route.name for route in ALL if route.rule is None] == []


@pytest.mark.parametrize("route", ALL, ids=lambda route: route.name)
def test_a_rule_allows_exactly_the_roles_of_the_table(route):
    for role in Role:
        access = access_of(role)
        assert bool(route.rule.test(access)) == is_in_table(access, route), role
    labeler = Access(user_id=1, labeler_id=1, holdings=frozenset({Holding(Role.LABELER, Scope.VENDOR, 1)}))
    assert bool(route.rule.test(labeler)) == is_in_table(labeler, route)
    assert bool(route.rule.test(ANONYMOUS)) == (ANYBODY in ROUTES[route.name])
